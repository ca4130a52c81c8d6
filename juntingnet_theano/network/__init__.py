"""The paper's network: layers, losses, compiled functions, weights.

In: images and maps as minibatches of arrays, weights as HDF5. Out: 48 x 48
maps, losses and steps, weights as HDF5. `layers` is section 3.1 of the paper;
`functions` compiles it. Plain Theano and Lasagne, whoever answers
``import theano``. Called by training and prediction.

>>> from juntingnet_theano.network import build_juntingnet
>>> build_juntingnet(head='released').name
'dense2'
"""

_LAYERS = ('HEADS', 'IMAGE_SIZE', 'MAP_SIZE', 'build_juntingnet')
__all__ = list(_LAYERS)


def __getattr__(name):
    # Late, since layers bring Theano and Lasagne with them, which takes a
    # second that `pretrained` and the command line can do without.
    if name in _LAYERS:
        from juntingnet_theano.network import layers

        return getattr(layers, name)
    raise AttributeError(name)
