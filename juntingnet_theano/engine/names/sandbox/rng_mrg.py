"""``theano.sandbox.rng_mrg``: the random streams that Lasagne draws from.

The numbers are the original Theano's, bit for bit: the same seed and the
same calls give the same dropout masks. `engine.ops.mrg_uniform` is the
Op that draws them; here is the class that hands out streams.

>>> import pytensor
>>> streams = MRG_RandomStreams(12345)
>>> draw = pytensor.function([], streams.uniform((3,), dtype='float64'))
>>> draw().round(4).tolist(), draw().round(4).tolist()
([0.7353, 0.2586, 0.6941], [0.6142, 0.949, 0.1805])
"""

from typing import Any, List, Optional, Tuple

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.scalar import upcast

from juntingnet_theano.engine.ops import mrg31k3p
from juntingnet_theano.engine.ops.mrg_uniform import INTEGERS, MrgUniform
from juntingnet_theano.engine.ops.sizes import elements

MAX_SUBSTREAMS = 60 * 256  # Theano's guess at what fills a GPU


def guess_n_streams(size: Any, warn: bool = False) -> int:
    """How many substreams Theano draws a sample of `size` from; `warn` is its
    argument and changes nothing."""
    if isinstance(size, (tuple, list)) and all(isinstance(each, int) for each in size):
        count = int(np.prod(size, dtype=object))
        return min(count // 6 if count > 6 else count, MAX_SUBSTREAMS)
    return MAX_SUBSTREAMS


def _sizes(size, ndim=None):
    """`size` as a list of ints and scalar variables, or an error."""
    if isinstance(size, Variable):
        size = pt.as_tensor_variable(size)
        if size.type.ndim == 0:
            return [size]
        return elements(size, ndim)
    if isinstance(size, INTEGERS):
        size = (size,)
    if not isinstance(size, (tuple, list)) or not all(
        isinstance(each, INTEGERS + (Variable,)) for each in size
    ):
        raise TypeError(f'size must be integers or a vector of the graph, got {size!r}')
    if any(isinstance(each, INTEGERS) and each <= 0 for each in size):
        raise ValueError(f'size must have no dimension of 0 or below, got {size!r}')
    if ndim not in (None, len(size)):
        raise ValueError(f'a size of {len(size)} elements does not fit ndim={ndim}')
    return list(size)


class MRG_RandomStreams:
    """Random numbers that go on from call to call of a compiled function.

    Each call of a method makes a stream of its own, with its state in a
    shared variable that compiled functions update by themselves.

    Parameters
    ----------
    seed : int or sequence of 6 int
        Above 0; an int below 2147462579, or three integers below 2147483647
        and three below 2147462579, neither three all 0.

    Attributes
    ----------
    rstate : array of 6 int32
        State from which the next stream starts.
    state_updates : list of (state, new state, size, number of substreams)
        One entry for each stream handed out.
    """

    def __init__(self, seed: Any = 12345) -> None:
        self.state_updates = []
        self.default_instance_seed = seed
        self.set_rstate(seed)

    def set_rstate(self, seed: Any) -> None:
        """Make `seed` the state from which the next stream starts."""
        state = [seed] * 6 if isinstance(seed, INTEGERS) else list(seed)
        if len(state) != 6:
            raise TypeError(f'seed must be 1 integer or 6 integers, got {seed!r}')
        for part, modulus in ((state[:3], mrg31k3p.M1), (state[3:], mrg31k3p.M2)):
            if not any(part) or min(part) < 0 or max(part) >= modulus:
                raise ValueError(f'seed must be above 0 and below {modulus}, got {seed!r}')
        self.rstate = np.array(state, np.int32)

    def seed(self, seed: Any = None) -> None:
        """Start all streams handed out so far again, from `seed`.

        Parameters
        ----------
        seed : int or sequence of 6 int, optional
            That of the constructor by default.
        """
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for state, _, size, nstreams in self.state_updates:
            state.set_value(self._new_states(size, nstreams))

    def updates(self) -> List[Tuple[Any, ...]]:
        """The list `state_updates`, copied."""
        return list(self.state_updates)

    def _new_states(self, size, nstreams):
        states = mrg31k3p.substreams(self.rstate, nstreams or guess_n_streams(size))
        self.rstate = mrg31k3p.next_stream(self.rstate)
        return states

    def uniform(
        self,
        size: Any,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
        nstreams: Optional[int] = None,
        target: Any = None,
    ) -> pt.TensorVariable:
        """Sample uniformly between `low` and `high`, both excluded.

        Parameters
        ----------
        size : tuple of int and integer scalars, or integer vector
        low, high : scalar or tensor that broadcasts to `size`
        ndim : int, optional
            Length of `size`, where it is a vector of unknown length.
        dtype : str, optional
            By default what `low` and `high` need, and at least floatX.
        nstreams : int, optional
            Substreams to draw from side by side; the numbers depend on it.
        target : str, optional
            Which GPU, in Theano; here `device` chooses.

        Returns
        -------
        tensor of `size`
        """
        low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
        if dtype is None:
            dtype = upcast(pytensor.config.floatX, low.dtype, high.dtype)
        sizes = _sizes(size, ndim)
        state = pytensor.shared(self._new_states(size, nstreams))
        new_state, sample = MrgUniform(dtype)(state, *sizes)
        self.state_updates.append((state, new_state, size, nstreams))
        state.default_update = new_state
        low, high = pt.cast(low, dtype), pt.cast(high, dtype)
        result = sample * (high - low) + low
        if result.type.broadcastable != sample.type.broadcastable:
            raise NotImplementedError(
                'Increase the size to match the broadcasting pattern of `low` and `high` arguments'
            )
        return self._handed_out(result)

    def _handed_out(self, sample):
        """`sample`, which knows its state and what updates that."""
        sample.rng = sample.rstate = self.state_updates[-1][0]
        sample.update = self.state_updates[-1][:2]
        return sample

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
        nstreams: Optional[int] = None,
        target: Any = None,
    ) -> pt.TensorVariable:
        """Sample 1 with probability `p`, else 0; only ``n=1`` is made, here
        as in Theano."""
        if n != 1:
            raise NotImplementedError(
                'MRG_RandomStreams.binomial is made for n=1 only; the '
                'RandomStreams of theano.tensor.shared_randomstreams take '
                'any n'
            )
        drawn = self.uniform(size, ndim=ndim, nstreams=nstreams)
        return self._handed_out(pt.cast(drawn < p, dtype))

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
        nstreams: Optional[int] = None,
        target: Any = None,
    ) -> pt.TensorVariable:
        """How often each outcome comes in `n` trials.

        Parameters
        ----------
        size, ndim
            None: there is one distribution per row of `pvals`.
        n : int or integer scalar
        pvals : matrix
            A distribution per row.
        dtype : str
            ``'auto'`` is that of `pvals`.
        nstreams : int, optional
        target
            As of `uniform`.

        Returns
        -------
        matrix
            Of the shape of `pvals`.
        """
        rows, drawn, pvals = self._for_each_row('multinomial', size, n, pvals, ndim, nstreams)
        hits = _first_above(pvals, drawn.reshape((n, rows))[:, :, None])
        return self._handed_out(
            pt.cast(hits.sum(axis=0), pvals.dtype if dtype == 'auto' else dtype)
        )

    def choice(
        self,
        size: Any = 1,
        a: Any = None,
        replace: bool = True,
        p: Any = None,
        ndim: Optional[int] = None,
        dtype: str = 'int64',
        nstreams: Optional[int] = None,
    ) -> pt.TensorVariable:
        """Draw different outcomes from each row of probabilities.

        Parameters
        ----------
        size : int
            How many from each row.
        a, replace, ndim
            None, False and None: as in Theano, no other is made.
        p : matrix
            A distribution per row.
        dtype : str
        nstreams : int, optional

        Returns
        -------
        matrix
            Numbers of columns, rows of `p` x `size`.
        """
        if replace or a is not None or not isinstance(size, INTEGERS):
            raise NotImplementedError(
                'MRG_RandomStreams.choice is made for a=None, replace=False '
                'and an integer size only; the RandomStreams of '
                'theano.tensor.shared_randomstreams take others'
            )
        rows, drawn, left = self._for_each_row('choice', None, size, p, ndim, nstreams)
        chosen = []
        for number in range(size):
            hits = _first_above(left, drawn[number * rows : (number + 1) * rows, None])
            chosen.append(pt.argmax(hits, axis=1))
            left = pt.switch(hits, 0, left)
            left = left / left.sum(axis=1, keepdims=True)
        return self._handed_out(pt.cast(pt.stack(chosen, axis=1), dtype))

    def multinomial_wo_replacement(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        replace: Any = False,
        ndim: Any = None,
        dtype: Any = 'int64',
        nstreams: Any = None,
    ) -> Any:
        """Old name of `choice`, whose size is `n` here."""
        return self.choice(n, None, replace, pvals, ndim, dtype, nstreams)

    def _for_each_row(self, name, size, n, pvals, ndim, nstreams):
        """(rows, `n` uniform numbers per row, `pvals` as a matrix)."""
        if size is not None or ndim is not None:
            raise ValueError(f'MRG_RandomStreams.{name} uses neither size nor ndim')
        if pvals is None:
            raise TypeError(f'{name}: probabilities are missing')
        pvals = pt.as_tensor_variable(pvals)
        if pvals.ndim != 2:
            raise NotImplementedError(
                f'{name}: probabilities have one row a distribution, got {pvals.type}'
            )
        rows = pvals.shape[0]
        return rows, self.uniform((rows * n,), nstreams=nstreams), pvals

    def normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: Optional[int] = None,
        dtype: Optional[str] = None,
        nstreams: Optional[int] = None,
        truncate: bool = False,
        target: Any = None,
    ) -> pt.TensorVariable:
        """Sample a Gaussian of mean `avg` and deviation `std`.

        Box and Muller's transform of uniform numbers: the first half of them
        gives the radii, the second the angles. Other parameters as those of
        `uniform`; with `truncate` numbers more than two deviations from the
        mean get another radius, below two.
        """
        avg, std = pt.as_tensor_variable(avg), pt.as_tensor_variable(std)
        if dtype is None:
            dtype = upcast(pytensor.config.floatX, avg.dtype, std.dtype)
        sizes = _sizes(size, ndim)
        count = pt.prod(pt.stack(sizes or [1]), dtype='int64')
        half = (count + 1) // 2
        # A size of the graph on purpose: Theano counts its substreams so.
        drawn = self.uniform((2 * half,), dtype=dtype, nstreams=nstreams)
        radius = pt.sqrt(-2.0 * pt.log(drawn[:half]))
        angle = np.array(2.0 * np.pi, dtype) * drawn[half:]
        parts = [radius * pt.cos(angle), radius * pt.sin(angle)]
        if truncate:
            parts = self._drawn_again(parts, [pt.cos(angle), pt.sin(angle)], dtype, nstreams)
        sample = pt.concatenate(parts)[:count]
        return self._handed_out(
            pt.reshape(sample, sizes, ndim=len(sizes)) * pt.cast(std, dtype) + pt.cast(avg, dtype)
        )

    def _drawn_again(self, parts, directions, dtype, nstreams):
        """Normal numbers, of each part first those within two deviations,
        then those that were not, with new radii."""
        far = [abs(part) > 2 for part in parts]
        counts = [each.sum() for each in far]
        lowest = np.array(np.exp(-2.0), dtype)
        radius = self.uniform((counts[0] + counts[1],), lowest, 1.0, None, dtype, nstreams)
        radius = pt.sqrt(-2.0 * pt.log(radius))
        new = radius[: counts[0]], radius[counts[0] :]
        return [
            pt.concatenate([part[~beyond], radii * direction[beyond]])
            for part, beyond, radii, direction in zip(parts, far, new, directions)
        ]

    def truncated_normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: Any = None,
        dtype: Any = None,
        nstreams: Any = None,
        target: Any = None,
    ) -> Any:
        """`normal` within two deviations of the mean, of deviation `std`."""
        # What is left of a Gaussian there has this share of its deviation.
        std = std / pt.constant(0.87962566103423978)
        return self.normal(size, avg, std, ndim, dtype, nstreams, truncate=True)


def _first_above(pvals, drawn):
    """Which outcome each number means: True at the first one whose cumulative
    probability is above it."""
    above = pt.cumsum(pvals, axis=-1) > drawn
    before = pt.concatenate([pt.zeros_like(above[..., :1]), above[..., :-1]], axis=-1)
    return above & ~before
