"""Every module's example runs."""

import doctest
import importlib
import os
import sys

from nose.tools import assert_equal, assert_greater

import juntingnet_theano

PACKAGE = os.path.dirname(os.path.abspath(juntingnet_theano.__file__))
NEED_JAX = ('.engine.jax',)
NEED_PYSALIENCY = ('.pysaliency_models',)  # an extra; its tests import it
CLASSIC = sys.version_info < (3, 9)  # there the original Theano serves


def has_jax():
    try:
        import jax  # noqa: F401
    except ImportError:
        return False
    return True


def modules():
    """Dotted names of all modules that this Python's engine can import."""
    for folder, _, names in os.walk(PACKAGE):
        for name in sorted(names):
            if not name.endswith('.py') or name == '__main__.py':
                continue
            path = os.path.relpath(os.path.join(folder, name), os.path.dirname(PACKAGE))[:-3]
            dotted = path.replace(os.sep, '.').replace('.__init__', '')
            if CLASSIC and '.engine.' in dotted and 'finder' not in dotted:
                continue
            if not has_jax() and any(each in dotted for each in NEED_JAX):
                continue
            if dotted.endswith(NEED_PYSALIENCY):
                continue
            yield dotted


def test_the_example_of_every_module_runs():
    attempted, failed = 0, []
    for dotted in modules():
        result = doctest.testmod(
            importlib.import_module(dotted),
            verbose=False,
            optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL,
        )
        attempted += result.attempted
        if result.failed:
            failed.append(dotted)
    assert_equal(failed, [])
    assert_greater(attempted, 50)
