"""``theano.tensor.nnet.bn``: batch normalisation of known statistics.

>>> import theano.tensor as T
>>> float(batch_normalization(T.constant(3.), 2., 1., 1., 4.).eval())
2.0
"""


def batch_normalization(inputs, gamma, beta, mean, std, mode='low_mem'):
    """``(inputs - mean) * gamma / std + beta``.

    Parameters
    ----------
    inputs, gamma, beta, mean, std : tensor
        Of shapes that broadcast.
    mode : {'low_mem', 'high_mem'}
        Theano's choice of memory; the compiler fuses either.
    """
    return (inputs - mean) * (gamma / std) + beta
