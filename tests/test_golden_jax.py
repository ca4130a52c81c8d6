"""The JAX linker computes what the original Theano computed, both heads."""
import importlib.util
import os
from unittest import SkipTest

from facade_helpers import python, skip_on_original

HERE = os.path.dirname(os.path.abspath(__file__))


def check(head):
    skip_on_original()
    if importlib.util.find_spec('jax') is None:
        raise SkipTest("JAX is not installed: pip install -e '.[jax]'")
    # The linker is chosen before theano is imported, so in a new Python.
    python('import test_golden, theano\n'
           "assert theano.config.linker == 'jax'\n"
           "test_golden.check('theano-1.0.5-{}.npz')\n".format(head),
           flags='linker=jax', PYTHONPATH=HERE)


def test_paper_head_on_jax_matches_theano_1_0():
    check('paper')


def test_released_head_on_jax_matches_theano_1_0():
    check('released')
