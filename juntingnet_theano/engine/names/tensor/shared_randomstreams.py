"""``theano.tensor.shared_randomstreams``: the other class of random streams.

Theano drew these from NumPy's RandomState on the CPU, and recommended the
MRG streams wherever that was slow. Here both draw from MRG, which runs on
every linker; the numbers are of the same distributions but not the same.

>>> RandomStreams(1).uniform((2,)).eval().shape
(2,)
"""

from typing import Any, List, Optional, Tuple

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant

from juntingnet_theano.engine.names.sandbox.rng_mrg import MRG_RandomStreams, _first_above, _sizes


class RandomStreams(MRG_RandomStreams):
    """Streams of random numbers; see `sandbox.rng_mrg.MRG_RandomStreams`.

    Each sample has an attribute ``rng``, its state. Of all methods, `size` is
    a tuple of int or integer scalars, or a vector of the graph; None gives
    one number for each element of the parameters. `ndim` is the length of
    `size`, where it is unknown.

    Parameters
    ----------
    seed : int, optional
    """

    def __init__(self, seed: Any = None) -> None:
        # Theano took a seed from the clock; a fixed one repeats a run.
        super().__init__(12345 if seed is None else seed)

    def updates(self) -> List[Tuple[Any, ...]]:
        """(state, new state) of each sample handed out."""
        return [each[:2] for each in self.state_updates]

    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
        nstreams: Optional[int] = None,
    ) -> pt.TensorVariable:
        """Sample uniformly between `low` and `high`."""
        return super().uniform(_size(size, ndim, low, high), low, high, None, dtype, nstreams)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
    ) -> pt.TensorVariable:
        """Sample a Gaussian of mean `avg` and deviation `std`."""
        return super().normal(_size(size, ndim, avg, std), avg, std, None, dtype)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
        prob: Any = None,
    ) -> pt.TensorVariable:
        """How many of `n` trials, an int, succeed with probability `p`, of
        which `prob` is the old name."""
        p = pt.as_tensor_variable(p if prob is None else prob)
        drawn = self.uniform(_size(size, ndim, p) + [n], dtype='float64')
        return self._handed_out(pt.cast((drawn < pt.shape_padright(p)).sum(axis=-1), dtype))

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
    ) -> pt.TensorVariable:
        """Integers from `low` to `high`, both included."""
        share = self.uniform(_size(size, ndim, low, high), dtype='float64')
        return self._handed_out(pt.cast(low + pt.floor(share * (high - low + 1)), dtype))

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: Optional[int] = None, dtype: str = 'int64'
    ) -> pt.TensorVariable:
        """How many events come while `lam`, numbers known by now, are
        expected."""
        lam = pt.as_tensor_variable(lam)
        if not isinstance(lam, Constant):
            raise NotImplementedError(
                'poisson: lam must be known when the graph is made; '
                'pytensor.tensor.random.poisson takes a variable'
            )
        largest = float(np.max(lam.data))
        waits = -pt.log(
            self.uniform(
                _size(size, ndim, lam) + [int(largest + 12 * largest**0.5 + 30)], dtype='float64'
            )
        )
        return self._handed_out(
            pt.cast((pt.cumsum(waits, axis=-1) < pt.shape_padright(lam)).sum(axis=-1), dtype)
        )

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = (0.5, 0.5),
        ndim: Optional[int] = None,
        dtype: str = 'int64',
    ) -> pt.TensorVariable:
        """How often each outcome comes in `n` trials, an int; the last axis
        of `pvals` is a distribution, its other ones broadcast to `size`."""
        pvals = pt.as_tensor_variable(pvals)
        drawn = self.uniform(_size(size, ndim, pvals[..., 0]) + [n])
        hits = _first_above(pvals[..., None, :], drawn[..., None])
        return self._handed_out(pt.cast(hits.sum(axis=-2), dtype))

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: Optional[int] = None, dtype: str = 'int64'
    ) -> pt.TensorVariable:
        """The numbers from 0 to `n` - 1 in random order, `size` times."""
        drawn = self.uniform(_size(size, ndim) + [n])
        return self._handed_out(pt.cast(pt.argsort(drawn, axis=-1), dtype))

    def choice(
        self,
        size: Any = None,
        a: Any = 2,
        replace: bool = True,
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
        a = pt.as_tensor_variable(a)
        count, size = a.shape[0] if a.ndim else a, _size(size, ndim)
        if not replace:
            # Whose clock rings first, at rates p.
            waits = -pt.log(self.uniform((count,), dtype='float64'))
            number = pt.prod(pt.stack(size), dtype='int64') if size else 1
            chosen = pt.argsort(waits if p is None else waits / p)[:number]
            chosen = pt.reshape(chosen, size, ndim=len(size))
        else:
            drawn = self.uniform(size, dtype='float64')
            chosen = (
                pt.cast(pt.floor(drawn * count), 'int64')
                if (p is None)
                else pt.argmax(_first_above(pt.as_tensor_variable(p), drawn[..., None]), axis=-1)
            )
        return self._handed_out(pt.cast(a[chosen] if a.ndim else chosen, dtype))

    def shuffle_row_elements(self, input: Any) -> pt.TensorVariable:
        """Each row of a matrix in a random order of its own."""
        input = pt.as_tensor_variable(input)
        order = self.permutation(input.shape[:-1], input.shape[-1], input.ndim - 1)
        return self._handed_out(pt.take_along_axis(input, order, axis=-1))


def _size(size, ndim, *parameters):
    """`size` as a list; None means the shape of the parameters."""
    if size is not None:
        return _sizes(size, ndim)
    shape: Any = sum(map(pt.as_tensor_variable, parameters), pt.zeros(()))
    return [shape.shape[axis] for axis in range(shape.ndim)]
