"""The JAX linker computes what the original Theano computed, both heads, and
training on it goes as it did there."""

import importlib.util
from unittest import SkipTest

from tests.helpers import ROOT
from tests.helpers.facade_helpers import python, skip_on_original


def run(program):
    skip_on_original()
    if importlib.util.find_spec('jax') is None:
        raise SkipTest("JAX is not installed: pip install -e '.[jax]'")
    # The linker is chosen before theano is imported, so in a new Python.
    python(
        "import juntingnet_theano, theano\nassert theano.config.linker == 'jax'\n" + program,
        flags='linker=jax',
        PYTHONPATH=ROOT,
    )


def check(head):
    run(f"from tests.engine import test_golden; test_golden.check('theano-1.0.5-{head}.npz')")


def test_paper_head_on_jax_matches_theano_1_0():
    check('paper')


def test_released_head_on_jax_matches_theano_1_0():
    check('released')


def test_training_on_jax_goes_as_on_theano_1_0():
    # Here losses come when an epoch's minibatches are all on their way.
    run("""
from tests.training import test_loop as test_training
test_training.setup_module()
try:
    test_training.test_history_is_the_one_that_the_original_theano_wrote()
finally:
    test_training.teardown_module()
""")
