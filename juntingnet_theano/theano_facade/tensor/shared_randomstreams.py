"""``theano.tensor.shared_randomstreams``: the other class of random streams.

Theano drew these from NumPy's RandomState on the CPU, and recommended the
MRG streams wherever that was slow. Here both draw from MRG, which runs on
every linker; the numbers are of the same distributions but not the same.

>>> RandomStreams(1).uniform((2,)).eval().shape
(2,)
"""
import pytensor.tensor as pt

from juntingnet_theano.theano_facade.sandbox.rng_mrg import MRG_RandomStreams


class RandomStreams(MRG_RandomStreams):
    """Streams of random numbers; see `sandbox.rng_mrg.MRG_RandomStreams`.

    Parameters
    ----------
    seed : int, optional
    """

    def __init__(self, seed=None):
        # Theano took a seed from the clock; a fixed one repeats a run.
        super(RandomStreams, self).__init__(12345 if seed is None else seed)

    def random_integers(self, size=None, low=0, high=1, ndim=None,
                        dtype='int64'):
        """Integers from `low` to `high`, both included.

        Parameters
        ----------
        size : tuple of int or scalars
        low, high : int
        ndim : int, optional
        dtype : str
        """
        share = self.uniform(() if size is None else size, ndim=ndim,
                             dtype='float64')
        return pt.cast(low + pt.floor(share * (high - low + 1)), dtype)
