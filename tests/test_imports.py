"""Imports point one way: the table in CONTRIBUTING.rst is what the code does."""
import ast
import os
import re

from nose.tools import assert_equal, assert_true

import juntingnet_theano

PACKAGE = os.path.dirname(os.path.abspath(juntingnet_theano.__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

FREE = ('errors', 'names', 'outside')   # the bottom, for everybody

ROOMS = {  # outside library -> the units that may import it
    'theano': {'network', 'functions', 'losses', 'warping', 'theano_facade'},
    'lasagne': {'network', 'functions', 'losses', 'weights'},
    'h5py': {'cache', 'cell_arrays', 'hdf5_files', 'weights', 'mat73',
             'variable_lengths'},
    'matplotlib': {'plots'},
    'argparse': {'cli'},
    'pooch': {'transfer'},
    'requests': {'transfer', 'pacing'},
    'gdown': {'transfer'},
    'tomli_w': {'settings'},
    'filelock': {'files', 'theano_facade'},
    'pytensor': {'theano_facade'},
    'numba': {'theano_facade'},
    'jax': {'theano_facade'},
    'PIL': {'images', 'saliency_maps', 'map_files', 'datasets', 'pictures',
            'showing'},
}


def allowed_imports():
    """The table between the two marks: unit -> units it may import."""
    with open(os.path.join(ROOT, 'CONTRIBUTING.rst')) as file:
        text = file.read()
    table = text.split('.. imports-begin')[1].split('.. imports-end')[0]
    rows = re.findall(r'^    (\w+) *:(.*)$', table, re.M)
    return {unit: set(names.split()) for unit, names in rows}


def sources():
    """(unit, path) of every source file; a sub-package is one unit."""
    for folder, _, names in os.walk(PACKAGE):
        for name in names:
            if name.endswith('.py'):
                path = os.path.join(folder, name)
                parts = os.path.relpath(path, PACKAGE)[:-3].split(os.sep)
                yield ('juntingnet_theano' if parts == ['__init__']
                       else parts[0]), path


def imported(path):
    """Dotted names that a file imports, relative ones made absolute."""
    with open(path) as file:
        tree = ast.parse(file.read())
    package = os.path.relpath(os.path.dirname(path), os.path.dirname(PACKAGE))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ''
            if node.level:
                up = package.split(os.sep)
                up = up[:len(up) - node.level + 1]
                base = '.'.join(up + ([base] if base else []))
            for alias in node.names:
                yield base + '.' + alias.name


def unit_of(dotted, known):
    parts = dotted.split('.')
    if parts[0] != 'juntingnet_theano':
        return None
    return parts[1] if len(parts) > 1 and parts[1] in known else parts[0]


def test_every_import_is_an_arrow_that_the_table_allows():
    table = allowed_imports()
    wrong = []
    for unit, path in sources():
        for dotted in imported(path):
            target = unit_of(dotted, table)
            if target in (None, unit) or target in FREE:
                continue
            if target not in table.get(unit, ()):
                wrong.append('{} imports {}'.format(unit, dotted))
    assert_equal(wrong, [])


def test_outside_libraries_stay_in_their_rooms():
    wrong = ['{} imports {}'.format(unit, dotted)
             for unit, path in sources() for dotted in imported(path)
             if unit not in ROOMS.get(dotted.split('.')[0], {unit})]
    assert_equal(wrong, [])


def test_table_lists_every_unit_and_has_no_cycle():
    table = allowed_imports()
    assert_equal(sorted({unit for unit, _ in sources()} - set(table)), [])
    done = set()
    while len(done) < len(table):
        ready = {unit for unit in set(table) - done if table[unit] <= done}
        assert_true(ready, 'a cycle among {}'.format(set(table) - done))
        done |= ready
