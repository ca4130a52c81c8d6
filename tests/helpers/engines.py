"""The engines that the tests of the facade's Ops run on, and golden cases."""

import json
import os
import sys
import unittest

import numpy as np

from tests.helpers import GOLDEN as FOLDER_OF_GOLDEN

if sys.version_info < (3, 9):
    raise unittest.SkipTest('the original Theano brings its own Ops')

import pytensor
from pytensor.compile.mode import Mode, get_mode

import juntingnet_theano
import juntingnet_theano.engine.numba  # noqa: F401  (registers its Ops)

import theano

GOLDEN = os.path.join(FOLDER_OF_GOLDEN, 'theano-1.0.5-ops.npz')
REFERENCE = Mode(linker='py', optimizer='fast_compile')


def engines():
    """Name -> mode: NumPy's reference, numba, and JAX where it is found."""
    modes = {'reference': REFERENCE, 'numba': 'NUMBA'}
    try:
        import juntingnet_theano.engine.jax  # noqa: F401  (registers its Ops)

        # As the facade compiles for JAX: XLA fuses by itself, and PyTensor
        # 3.0's fused arithmetic hides sizes from it.
        modes['jax'] = get_mode('JAX').excluding('fusion')
    except ImportError:
        pass
    return modes


def compiled(inputs, outputs, mode, **kwargs):
    """A compiled function that returns NumPy arrays; the names of modes are
    Theano's, PyTensor's own linker knows nothing of our kernels."""
    mode = theano.compile.get_mode(mode)
    run = pytensor.function(inputs, outputs, mode=mode, on_unused_input='ignore', **kwargs)
    return lambda *values: [np.asarray(each) for each in run(*values)]


def golden():
    """(arrays, cases) that the original Theano wrote."""
    arrays = np.load(GOLDEN, allow_pickle=False)
    return arrays, json.loads(arrays['cases'].item())


def arguments(case):
    """A golden case's keywords, JSON's lists made tuples again."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in case.items()
    }


def normal(seed, *shapes):
    """Standard normal float32 arrays, as make_ops_golden.py draws them."""
    rng = np.random.RandomState(seed)
    return [rng.normal(size=shape).astype('float32') for shape in shapes]


def fails(error, function, *values):
    """The text of the `error` that the call raises, or a failure."""
    try:
        function(*values)
    except error as caught:
        return str(caught)
    raise AssertionError(f'{error.__name__} was not raised')
