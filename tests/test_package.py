"""What people meet who install the package: quiet starts, hints that hold."""

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
