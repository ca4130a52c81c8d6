"""``theano.tensor.fft``: refused.

>>> callable(rfft)
True
"""

from juntingnet_theano.engine.refusals import refuse_all

globals().update(
    refuse_all(
        'theano.tensor.fft',
        'rfft irfft',
        'PyTensor has no transform of several axes',
        'take numpy.fft outside of the graph, or wrap it with theano.compile.as_op',
    )
)
