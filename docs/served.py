"""Sphinx directive ``served-table``: Theano's modules, served and absent.

``theano-1.0.5.txt`` lists the modules of Theano 1.0.5, a line each, and for
those that people call most the functions they define. What is served is asked
of the package itself, so the table cannot say anything else.
"""

import importlib
import json
import os
import warnings

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = os.path.join(os.path.dirname(HERE), 'tests', 'theano_suite')
LIST = os.path.join(HERE, 'theano-1.0.5.txt')


def read_original():
    """Modules of Theano 1.0.5 and their functions, as a dict of lists."""
    with open(LIST, encoding='utf-8') as file:
        lines = [line.split() for line in file]
    return {line[0].rstrip(':'): line[1:] for line in lines}


def find_absent(module, names):
    """Those of `names` that the served module does not have."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        found = importlib.import_module(module)
        return [
            name
            for name in names
            if not hasattr(found, name) or getattr(getattr(found, name), 'refused', None) is True
        ]


def table_rows():
    """(module, what is served, absent names) for each module of the original."""
    import juntingnet_theano  # noqa: F401  makes theano importable
    from juntingnet_theano.engine.finder import facade_modules

    served = set(facade_modules())
    for module, names in sorted(read_original().items()):
        if module not in served:
            yield module, 'absent', []
        elif not names:
            yield module, 'served', []
        else:
            absent = find_absent(module, names)
            yield module, f'{len(names) - len(absent)} of {len(names)} functions', absent


class ServedTable(Directive):
    """A table of the served modules, then a list of the absent ones."""

    def run(self):
        """Write both as reStructuredText and parse it."""
        rows = list(table_rows())
        lines = ['.. list-table::', '   :header-rows: 1', '   :widths: 30 20 50', '']
        for row in [('Module', 'Served', 'Absent')] + [
            (f'``{module}``', served, ' '.join(f'``{name}``' for name in absent))
            for module, served, absent in rows
            if served != 'absent'
        ]:
            lines += ['   * - ' + row[0], '     - ' + row[1], '     - ' + row[2]]
        absent = ', '.join(f'``{module}``' for module, served, _ in rows if served == 'absent')
        lines += ['', 'Modules of Theano 1.0.5 that are absent: ' + absent + '.']
        container = nodes.container()
        self.state.nested_parse(StringList(lines, LIST), self.content_offset, container)
        return [container]


def read_counts(linker):
    """Counts of Theano's own tests that ``run.py --record`` wrote."""
    with open(os.path.join(SUITE, f'counts{linker}.json'), encoding='utf-8') as file:
        return json.load(file)


def sum_up(found):
    """How many failures have which kind of reason, as a text."""
    return ', '.join(f'{kind} {number}' for kind, number in sorted(found['kinds'].items()))


class CountsTable(Directive):
    """A table of Theano's own tests: passed, failed, skipped by file, on the
    NumPy references and with the kernels."""

    def run(self):
        """Write it as reStructuredText and parse it."""
        references, kernels = read_counts(''), read_counts('-kernels')
        kinds = 'passed', 'failed', 'skipped'
        lines = ['.. list-table::', '   :header-rows: 1', '']
        rows = [('File', *kinds, 'with the kernels', *kinds)]
        for name, count in sorted(references['files'].items()):
            other = kernels['files'][name]
            part = 'all' if other['one_of'] == 1 else f'one test in {other["one_of"]}'
            counts = [count[kind] for kind in kinds], [other[kind] for kind in kinds]
            rows.append((f'``{name}``', *counts[0], part, *counts[1]))
        for row in rows:
            lines += ['   * - ' + str(row[0])] + [f'     - {each}' for each in row[1:]]
        lines += ['', f'Failures by reason: {sum_up(references)}; another number 0.']
        lines += [f'Those with the kernels alone: {sum_up(kernels)}; another number 0.']
        container = nodes.container()
        self.state.nested_parse(StringList(lines, __file__), self.content_offset, container)
        return [container]


def setup(app):
    """Register the directives."""
    app.add_directive('served-table', ServedTable)
    app.add_directive('counts-table', CountsTable)
    return {'parallel_read_safe': True}
