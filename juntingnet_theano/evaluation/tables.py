"""Tables of scores: published rows and measured ones, never mixed up.

A `Table` is text already; `plain` is for the terminal, `rst`, `csv_text` and
`latex` are for papers and pages (``experiments/tables.py``). tabulate lays out the
columns. It has no rows that span a table, does not escape RST, and in LaTeX
escapes bold cells too, so those parts are done here.

>>> table = Table('T', ['method', 'CC'], [Group('published', [
...     ['a', Cell('0.5', True)]])], ['a remark'])
>>> print(rst(table))
.. table:: T
<BLANKLINE>
   ========  =======
   method    CC
   ========  =======
   *published*
   -----------------
   a         **0.5**
   ========  =======
<BLANKLINE>
- a remark
<BLANKLINE>
"""

import csv
import io
import re
from typing import Any, Dict, Iterator, NamedTuple, Optional, Sequence

from juntingnet_theano.evaluation.leaderboard import Board, remarks
from juntingnet_theano.metrics import LABELS, SMALLER_IS_BETTER
from juntingnet_theano.names import printable

_LATEX = {mark: '\\' + mark for mark in '&%_#${}'}
_LATEX.update({'\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}'})


class Cell(NamedTuple):
    """A score as text, and whether it is the best of its group's column."""

    text: str
    best: bool = False


class Group(NamedTuple):
    """Rows that may be compared: scored on the same images, the same way.

    Attributes
    ----------
    title : str
        Data set, images, protocol and date.
    rows : list of list
        Method and a `Cell` for each further column.
    """

    title: str
    rows: list


class Table(NamedTuple):
    """Groups under common columns.

    Attributes
    ----------
    caption : str
    columns : list of str
        Labels; the first is the methods'.
    groups : list of Group
    notes : list of str
        Under the table.
    """

    caption: str
    columns: list
    groups: list
    notes: list


def table(caption: str, board: Optional[Board], evaluations: Sequence[Dict[str, Any]]) -> Table:
    """A published table and what was measured, as groups beside each other.

    Parameters
    ----------
    caption : str
    board : leaderboard.Board or None
    evaluations : sequence of dict
        Contents of scores.json. Those that agree in data set, split,
        number of images, protocol (but for the list of metrics) and seed
        make a group.

    Returns
    -------
    Table
        With the columns of `board`, or the first evaluation's.
    """
    columns = board.columns if board else list(evaluations[0]['metrics'])
    groups, notes = [], []
    if board:
        groups.append(
            Group(f'published: {board.title} ({board.source})', _rows(board.rows, columns))
        )
        notes = ['Published: ' + _labelled(each) for each in remarks(board)]
    gathered = {}
    for content in evaluations:
        gathered.setdefault(_conditions(content), []).append(content)
    for conditions, alike in sorted(gathered.items()):
        scored = [
            (
                printable(each['model']),
                [each['metrics'].get(key, {}).get('mean') for key in columns],
            )
            for each in alike
        ]
        groups.append(Group(f'{conditions}, {_days(alike)}', _rows(scored, columns)))
    return Table(
        printable(caption),
        ['method'] + [LABELS.get(each, printable(each)) for each in columns],
        groups,
        notes,
    )


def plain(content: Dict[str, Any], board: Optional[Board]) -> Iterator[str]:
    """Lines for the terminal: one evaluation, intervals, the leaderboard.

    Parameters
    ----------
    content : dict
        Of scores.json.
    board : leaderboard.Board or None

    Yields
    ------
    str
    """
    metrics = content['metrics']
    rows = [[''] + [LABELS[each] for each in metrics]]
    rows.append([content['model']] + [_number(each['mean']) for each in metrics.values()])
    for label, key in (('95 % from', 'low'), ('95 % to', 'high')):
        rows.append([label] + [_number(each[key]) for each in metrics.values()])
    if any(each['nan'] for each in metrics.values()):
        rows.append(['images without score'] + [str(each['nan']) for each in metrics.values()])
    count = len(rows)
    if board is not None:
        for method, scores in board.rows:
            known = dict(zip(board.columns, scores))
            rows.append([method] + [_number(known.get(each)) for each in metrics])
    lines = _lines(rows, tablefmt='plain', colalign=['left'] + ['right'] * len(metrics))
    yield f'{_conditions(content)}, {_days([content])}'
    for line in lines[:count]:
        yield line
    if board is not None:
        yield 'published, for other images: ' + board.title
        for line in lines[count:]:
            yield line


def rst(table: Table) -> str:
    """The table in reStructuredText, best scores in bold."""
    rows = [
        [_marked(row[0])] + [f'**{cell.text}**' if cell.best else cell.text for cell in row[1:]]
        for group in table.groups
        for row in group.rows
    ]
    lines = _lines(rows, headers=table.columns, tablefmt='rst')
    place = 3  # behind the heads and their rules
    for group in table.groups:
        lines[place:place] = [f'*{_marked(group.title)}*', '-' * len(lines[0])]
        place += 2 + len(group.rows)
    text = f'.. table:: {table.caption}\n\n'
    text += ''.join(f'   {line}\n' for line in lines) + '\n'
    return text + ''.join(f'- {note}\n' for note in table.notes)


def csv_text(table: Table) -> str:
    """The table as CSV: the group of each row in its first column."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow(['scored on'] + table.columns)
    for group in table.groups:
        for row in group.rows:
            writer.writerow([group.title, row[0]] + [cell.text for cell in row[1:]])
    return file.getvalue()


def latex(table: Table) -> str:
    """The table as a LaTeX ``table`` that needs ``booktabs``."""
    width = len(table.columns)
    lines = [
        '\\begin{table}',
        f'\\caption{{{_escaped(table.caption)}}}',
        '\\begin{tabular}{l%s}' % ('r' * (width - 1)),
        '\\toprule',
        ' & '.join(map(_escaped, table.columns)) + ' \\\\',
    ]
    for group in table.groups:
        lines += [
            '\\midrule',
            f'\\multicolumn{{{width}}}{{p{{\\linewidth}}}}'
            f'{{\\emph{{{_escaped(group.title)}}}}} \\\\',
        ]
        for row in group.rows:
            lines.append(
                ' & '.join(
                    [_escaped(row[0])]
                    + [f'\\textbf{{{cell.text}}}' if cell.best else cell.text for cell in row[1:]]
                )
                + ' \\\\'
            )
    lines += ['\\bottomrule', '\\end{tabular}']
    lines += [_escaped(note) + '\\\\' for note in table.notes]
    return '\n'.join(lines + ['\\end{table}', ''])


def _conditions(content):
    """On what and how a model was scored; which metrics does not matter."""
    changes = [change for change in content['changes'] if not change.startswith('metrics=')]
    changed = ' with ' + ' '.join(changes) if changes else ''
    images, protocol = content['images'], content['protocol']['name']
    return printable(
        f'measured: {content["dataset"]} {content["split"]}, {images["scored"]} of '
        f'{images["split"]} images, protocol {protocol}{changed}, seed {content["seed"]}'
    )


def _days(contents):
    days = sorted({printable(content['date']) for content in contents})
    return ' to '.join(days[:1] + days[1:][-1:])


def _rows(scored, columns):
    """Methods with cells, the best of each column marked."""
    best = []
    for place, column in enumerate(columns):
        values = [scores[place] for _, scores in scored if scores[place] is not None]
        pick = min if column in SMALLER_IS_BETTER else max
        best.append(pick(values) if values else None)
    return [
        [method]
        + [
            Cell(_number(value), value is not None and value == best[place])
            for place, value in enumerate(scores)
        ]
        for method, scores in scored
    ]


def _number(value):
    return '--' if value is None else f'{value:.4f}'


def _labelled(remark):
    for metric, label in LABELS.items():
        remark = remark.replace(metric, label)
    return remark


def _lines(rows, **options):
    """Lines of a table whose cells are text."""
    from tabulate import tabulate  # slow to import, and scores do without

    text = tabulate(rows, disable_numparse=True, **options)
    return [line.rstrip() for line in text.split('\n')]


def _marked(text):
    """Text that reStructuredText takes as such: no emphasis, reference,
    list, directive or rule."""
    return re.sub(r'[*`|\\]|_(?!\w)|::|^[^\w(]', r'\\\g<0>', text)


def _escaped(text):
    return text.translate(str.maketrans(_LATEX))
