"""Every module's example runs: a test a module."""

import doctest
import importlib
import importlib.util
import os
import sys

from nose.tools import assert_equal, assert_greater

import juntingnet_theano

PACKAGE = os.path.dirname(os.path.abspath(juntingnet_theano.__file__))
CLASSIC = sys.version_info < (3, 9)  # there the original Theano serves
HAS_JAX = importlib.util.find_spec('jax') is not None


def modules():
    """Dotted names of the modules with an example that this Python's engine can import."""
    for folder, _, names in sorted(os.walk(PACKAGE)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith('.py') or not has_example(path):
                continue
            dotted = os.path.relpath(path, os.path.dirname(PACKAGE))[:-3].replace(os.sep, '.')
            if CLASSIC and '.engine.' in dotted and 'finder' not in dotted:
                continue
            if not HAS_JAX and '.engine.jax' in dotted:
                continue
            yield dotted[: -len('.__init__')] if name == '__init__.py' else dotted


def has_example(path):
    with open(path, encoding='utf-8') as file:
        return '>>> ' in file.read()


def test_of(dotted):
    """The test that a module's examples give what they say."""

    def test():
        result = doctest.testmod(
            importlib.import_module(dotted),
            verbose=False,
            optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL,
        )
        assert_equal(result.failed, 0)
        assert_greater(result.attempted, 0)

    test.__name__ = 'test_the_example_of_' + dotted.partition('.')[2].replace('.', '_')
    return test


test_of.__test__ = False  # it makes tests
for each in (test_of(dotted) for dotted in modules()):
    globals()[each.__name__] = each
del each
