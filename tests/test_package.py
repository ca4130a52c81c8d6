"""What people meet who install the package: quiet starts, hints that hold."""

import ast
import glob
import os
import re
import subprocess
import sys

from nose.tools import assert_equal

from tests.helpers import ROOT

COMPILE_LASAGNE = """
import glob, importlib.util, os
import juntingnet_theano, theano
folder, = importlib.util.find_spec('lasagne').submodule_search_locations
for path in glob.glob(os.path.join(folder, '**', '*.py'), recursive=True):
    with open(path, encoding='utf-8') as file:
        compile(file.read(), path, 'exec')
"""


def test_python_does_not_warn_of_lasagnes_escapes_when_it_compiles_them():
    done = subprocess.run(
        [sys.executable, '-c', COMPILE_LASAGNE],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        check=True,
        env=dict(os.environ, PYTHONWARNINGS=''),
    )
    assert_equal(done.stdout.decode(), '')


def test_no_hint_tells_people_to_install_this_package_from_an_index():
    hint = re.compile(r'install\s+[\'"]?juntingnet_theano')
    found = []
    for folder in ('juntingnet_theano', 'docs', 'experiments', 'data', '.github'):
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                if name.endswith(('.py', '.rst', '.toml', '.md', '.yml')):
                    with open(os.path.join(where, name), encoding='utf-8') as file:
                        if hint.search(file.read()):
                            found.append(os.path.join(where, name))
    assert_equal(found, [])


def public_functions(body):
    for node in body:
        if getattr(node, 'name', '_').startswith('_') and getattr(node, 'name', '') != '__init__':
            continue
        if isinstance(node, ast.ClassDef):
            yield from public_functions(node.body)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_public_functions_have_types_outside_the_kernels():
    found = []
    for path in glob.glob(os.path.join(ROOT, 'juntingnet_theano', '**', '*.py'), recursive=True):
        if os.path.join('numba', 'kernels') in path:
            continue
        with open(path, encoding='utf-8') as file:
            functions = list(public_functions(ast.parse(file.read()).body))
        for each in functions:
            given = each.args
            arguments = given.args + given.kwonlyargs + [given.vararg, given.kwarg]
            if each.returns is None or any(
                argument is not None
                and argument.annotation is None
                and argument.arg not in ('self', 'cls')
                for argument in arguments
            ):
                found.append(f'{path}:{each.lineno} {each.name}')
    assert_equal(found, [])
