"""The JAX linker computes what the original Theano computed, both heads, and
training on it goes as it did there."""
import importlib.util
import os
from unittest import SkipTest

from facade_helpers import python, skip_on_original

HERE = os.path.dirname(os.path.abspath(__file__))


def run(program):
    skip_on_original()
    if importlib.util.find_spec('jax') is None:
        raise SkipTest("JAX is not installed: pip install -e '.[jax]'")
    # The linker is chosen before theano is imported, so in a new Python.
    python('import juntingnet_theano, theano\n'
           "assert theano.config.linker == 'jax'\n" + program,
           flags='linker=jax', PYTHONPATH=HERE)


def check(head):
    run("import test_golden; test_golden.check('theano-1.0.5-{}.npz')".format(
        head))


def test_paper_head_on_jax_matches_theano_1_0():
    check('paper')


def test_released_head_on_jax_matches_theano_1_0():
    check('released')


def test_training_on_jax_goes_as_on_theano_1_0():
    # Here losses come when an epoch's minibatches are all on their way.
    run("""
import test_training
test_training.setup_module()
try:
    test_training.test_history_is_the_one_that_the_original_theano_wrote()
finally:
    test_training.teardown_module()
""")
