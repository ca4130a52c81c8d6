"""``theano.tensor.shared_randomstreams``: random streams of NumPy's numbers.

The numbers are the original Theano's, drawn from NumPy's RandomState: the
same seed and the same calls give the same numbers. `ops.random_function` draws
them; here is the class that hands out streams.

>>> RandomStreams(1).uniform((2,)).eval().shape
(2,)
"""

from typing import Any, List, Optional, Tuple

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.scalar import upcast
from pytensor.tensor.sharedvar import TensorSharedVariable

from juntingnet_theano.engine.ops import random_state
from juntingnet_theano.engine.ops.random_function import RandomFunction
from juntingnet_theano.engine.ops.sizes import elements

STATE = pt.TensorType('uint32', (None,))


class RandomStateSharedVariable(TensorSharedVariable):
    """A stream's state, whose value is a ``numpy.random.RandomState``."""

    def get_value(
        self, borrow: Any = False, return_internal_type: Any = False
    ) -> np.random.RandomState:
        """A RandomState of its own."""
        return random_state.unpack(super().get_value(borrow=True))

    def set_value(self, new_value: Any, borrow: Any = False) -> None:
        """Take over the state of a RandomState."""
        if isinstance(new_value, np.random.RandomState):
            new_value = random_state.pack(new_value)
        super().set_value(new_value, borrow=borrow)


class RandomStreams:
    """Streams of random numbers that go on from call to call.

    Each sample has an attribute ``rng``, its state, and ``update``, the state
    and what it is after a draw. Of all methods, `size` is a tuple of int or
    integer scalars, or a vector of the graph; None gives one number for each
    element of the parameters, and so does -1 for an axis. `ndim` is the length
    of `size`, where it is unknown.

    Parameters
    ----------
    seed : int, optional

    Attributes
    ----------
    state_updates : list of (state, new state)
        One entry for each stream handed out.
    gen_seedgen : numpy.random.RandomState
        Draws the seeds of the streams.
    """

    def __init__(self, seed: Any = None) -> None:
        # Theano took a seed from the clock; a fixed one repeats a run.
        self.default_instance_seed = 12345 if seed is None else seed
        self.state_updates = []
        self.gen_seedgen = np.random.RandomState(self.default_instance_seed)

    def updates(self) -> List[Tuple[Any, ...]]:
        """(state, new state) of each sample handed out."""
        return list(self.state_updates)

    def seed(self, seed: Any = None) -> None:
        """Start all streams handed out so far again, from `seed`; that of the
        constructor by default."""
        seeds = np.random.RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(_next_stream(seeds))

    def __getitem__(self, state: Any) -> np.random.RandomState:
        """The RandomState of a stream."""
        return state.get_value()

    def __setitem__(self, state: Any, value: np.random.RandomState) -> None:
        state.set_value(value)

    def _drawn(self, method, sizes, dtype, *parameters):
        state = RandomStateSharedVariable(
            type=STATE, value=random_state.pack(_next_stream(self.gen_seedgen)), strict=False
        )
        new_state, sample = RandomFunction(method, dtype, len(sizes))(state, *sizes, *parameters)
        state.default_update = new_state
        self.state_updates.append((state, new_state))
        sample.rng, sample.update = state, (state, new_state)
        return sample

    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
    ) -> pt.TensorVariable:
        """Sample uniformly between `low` and `high`."""
        return self._floats('uniform', size, low, high, ndim, dtype)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
    ) -> pt.TensorVariable:
        """Sample a Gaussian of mean `avg` and deviation `std`."""
        return self._floats('normal', size, avg, std, ndim, dtype)

    def _floats(self, method, size, one, other, ndim, dtype):
        one, other = pt.as_tensor_variable(one), pt.as_tensor_variable(other)
        if dtype is None:
            dtype = upcast(pytensor.config.floatX, one.dtype, other.dtype)
        return self._drawn(method, _sizes(size, ndim, one, other), dtype, one, other)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
        prob: Any = None,
    ) -> pt.TensorVariable:
        """How many of `n` trials succeed with probability `p`, of which
        `prob` is the old name."""
        n, p = pt.as_tensor_variable(n), pt.as_tensor_variable(p if prob is None else prob)
        return self._drawn('binomial', _sizes(size, ndim, n, p), dtype, n, p)

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
    ) -> pt.TensorVariable:
        """Integers from `low` to `high`, both included."""
        low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
        return self._drawn('random_integers', _sizes(size, ndim, low, high), dtype, low, high)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: Optional[int] = None, dtype: str = 'int64'
    ) -> pt.TensorVariable:
        """How many events come while `lam` are expected."""
        lam = pt.as_tensor_variable(lam)
        return self._drawn('poisson', _sizes(size, ndim, lam), dtype, lam)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = (0.5, 0.5),
        ndim: Optional[int] = None,
        dtype: str = 'int64',
    ) -> pt.TensorVariable:
        """How often each outcome comes in `n` trials; the last axis of `pvals`
        is a distribution, its other ones broadcast to `size`."""
        n, pvals = pt.as_tensor_variable(n), pt.as_tensor_variable(pvals)
        return self._drawn('multinomial', _sizes(size, ndim, n, pvals[..., 0]), dtype, n, pvals)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: Optional[int] = None, dtype: str = 'int64'
    ) -> pt.TensorVariable:
        """The numbers from 0 to `n` - 1 in random order, `size` times."""
        if size is None and ndim not in (None, 1):
            raise TypeError(f'permutation: without a size there is one, got ndim={ndim}')
        sizes = [] if size is None else _sizes(size, ndim)
        return self._drawn('permutation', sizes, dtype, n)

    def choice(
        self,
        size: Any = None,
        a: Any = 2,
        replace: Any = True,
        p: Any = None,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
    ) -> pt.TensorVariable:
        """Elements of `a`, a vector, or of the numbers below it.

        Parameters
        ----------
        size, ndim
        a : vector or integer scalar
        replace : bool
            Whether one may be drawn again.
        p : vector, optional
            Probability of each; by default all are the same.
        dtype : str
        """
        p = np.zeros(0) if p is None else p
        replace = np.int8(replace) if isinstance(replace, bool) else replace
        return self._drawn('choice', _sizes(size, ndim), dtype, a, replace, p)

    def shuffle_row_elements(self, input: Any) -> pt.TensorVariable:
        """Each row of a matrix in a random order of its own."""
        input = pt.as_tensor_variable(input)
        order = self.permutation(input.shape[:-1], input.shape[-1], input.ndim - 1)
        shuffled = pt.take_along_axis(input, order, axis=-1)
        shuffled.permutation = order
        return shuffled


def _next_stream(seeds):
    return np.random.RandomState(int(seeds.randint(2**30)))


def _sizes(size, ndim, *parameters):
    """`size` as a list of int and scalars, with the parameters' for -1."""
    like: Any = sum(parameters) if parameters else pt.zeros(())
    if size is None:
        size = like.shape
        ndim = like.ndim
    if isinstance(size, Variable):
        size = elements(size, ndim)
    size = [size] if np.ndim(size) == 0 and not isinstance(size, (list, tuple)) else list(size)
    if ndim not in (None, len(size)) or like.ndim > len(size):
        raise ValueError(
            f'a size of {len(size)} axes does not fit ndim={ndim} and parameters of '
            f'{like.ndim} axes'
        )
    return [
        like.shape[axis]
        if isinstance(each, (int, np.integer)) and each == -1
        else (pt.cast(each, 'int64') if isinstance(each, Variable) else int(each))
        for axis, each in enumerate(size, like.ndim - len(size))
    ]
