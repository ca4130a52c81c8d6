"""``theano.tensor.shared_randomstreams.RandomStreams``: PyTensor's stream.

>>> RandomStreams(1).uniform(size=(2,)).eval().shape
(2,)
"""
from pytensor.tensor.random.utils import RandomStream as RandomStreams

__all__ = ['RandomStreams']
