"""``theano.tests.unittest_tools``: what tests of Ops and layers borrowed.

>>> seed_rng()
666
>>> assert_allclose([1.0], [1.0 + 1e-9])
"""

import unittest
from typing import Any, Optional

import numpy as np

from juntingnet_theano.engine.names import gradient
from juntingnet_theano.engine.names.compile import function, get_default_mode
from juntingnet_theano.engine.names.configparser import config
from juntingnet_theano.engine.names.tensor.basic import _allclose


def fetch_seed(pseed: Optional[int] = None) -> Optional[int]:
    """The seed of tests, an int: `pseed`, else ``config.unittests.rseed``;
    None where that is ``random``."""
    seed = pseed or config.unittests.rseed
    return None if seed == 'random' else int(seed)


def seed_rng(pseed: Optional[int] = None) -> Optional[int]:
    """Seed NumPy's random numbers with `fetch_seed` and return the seed."""
    seed = fetch_seed(pseed)
    np.random.seed(seed)
    return seed


def verify_grad(
    op: Any, pt: Any, n_tests: Any = 2, rng: Any = None, *args: Any, **kwargs: Any
) -> None:
    """`theano.gradient.verify_grad`, with seeded random numbers."""
    if rng is None:
        rng = np.random.RandomState(fetch_seed())
    gradient.verify_grad(op, pt, n_tests, rng, *args, **kwargs)


verify_grad.E_grad = gradient.verify_grad.E_grad


class WrongValue(Exception):
    """Two arrays that should be close are not."""


def assert_allclose(expected: Any, value: Any, rtol: Any = None, atol: Any = None) -> None:
    """Raise `WrongValue` where arrays differ by more than their dtypes
    allow."""
    if not _allclose(expected, value, rtol, atol):
        raise WrongValue(f'expected {expected!r}, got {value!r}')


class InferShapeTester(unittest.TestCase):
    """Base of tests that an Op tells the shapes of what it computes."""

    mode: Any = None

    def setUp(self) -> None:
        """Seed, and choose a mode that asks Ops for shapes."""
        seed_rng()
        self.mode = (self.mode or get_default_mode()).including('canonicalize')

    def _compile_and_check(
        self, inputs, outputs, numeric_inputs, cls, excluding=None, warn=True, check_topo=True
    ):
        mode = self.mode.excluding(*excluding) if excluding else self.mode
        compute = function(inputs, outputs, mode=mode)
        shapes = function(inputs, [each.shape for each in outputs], mode=mode)
        if check_topo:
            nodes = shapes.maker.fgraph.toposort()
            assert not any(isinstance(node.op, cls) for node in nodes), f'{cls} was computed'
        for value, shape in zip(compute(*numeric_inputs), shapes(*numeric_inputs)):
            np.testing.assert_array_equal(np.shape(value), shape)
