"""What the tests of the facade share."""

import os
import subprocess
import sys
import tempfile
from unittest import SkipTest

import juntingnet_theano
from tests.helpers import ROOT

import theano

ON_ORIGINAL = not theano.__file__.startswith(
    os.path.dirname(os.path.abspath(juntingnet_theano.__file__))
)


def skip_on_original():
    """For what only the facade does, or does in its own way."""
    if ON_ORIGINAL:
        raise SkipTest('the original Theano is installed and wins')


def computed(expression, *values, **options):
    """Value of an expression by NumPy; `values` are (variable, array)."""
    inputs = [each for each, _ in values]
    return theano.function(
        inputs, expression, mode='FAST_COMPILE', on_unused_input='ignore', **options
    )(*(each for _, each in values))


def python(code, flags='', rc=None, **environ):
    """Standard output and error of a fresh Python, which must succeed.

    Parameters
    ----------
    code : str
        Runs in an empty folder.
    flags : str
        THEANO_FLAGS.
    rc : str, optional
        Text of a ``.theanorc``.
    **environ
        Further environment variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'rc')
        if rc is not None:
            with open(path, 'w') as file:
                file.write(rc)
        root = ROOT
        paths = [environ.pop('PYTHONPATH', ''), root]
        script = os.path.join(folder, 'script.py')
        with open(script, 'w') as file:
            file.write(code)
        result = subprocess.run(
            [sys.executable, script],
            cwd=folder,
            timeout=120,
            capture_output=True,
            text=True,
            env=dict(
                os.environ,
                THEANO_FLAGS=flags,
                THEANORC=path,
                PYTHONPATH=os.pathsep.join(filter(None, paths)),
                **environ,
            ),
        )
    if result.returncode:
        raise AssertionError(result.stderr)
    return result.stdout, result.stderr
