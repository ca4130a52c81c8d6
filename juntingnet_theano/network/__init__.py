"""The paper's network: layers, losses, compiled functions, weights.

In: images and maps as minibatches of arrays, weights as HDF5. Out: 48 x 48
maps, losses and steps, weights as HDF5. `layers` is section 3.1 of the paper,
`losses` the Euclidean loss of section 3; `functions` compiles both. It is plain
Theano and Lasagne, whatever answers ``import theano``. Training and prediction
call it.

>>> from juntingnet_theano.network import build_juntingnet
>>> build_juntingnet(head='released').name
'dense2'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from juntingnet_theano.network.functions import Trainer, compile_predict
    from juntingnet_theano.network.layers import HEADS, IMAGE_SIZE, MAP_SIZE, build_juntingnet
    from juntingnet_theano.network.published_weights import import_weights

__all__ = [
    'HEADS',
    'IMAGE_SIZE',
    'MAP_SIZE',
    'Trainer',
    'build_juntingnet',
    'compile_predict',
    'import_weights',
]


def __getattr__(name: str) -> Any:
    # Late, since these bring Theano and Lasagne with them. That takes a
    # second which `pretrained` and the command line can do without.
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from juntingnet_theano.network import functions, layers, published_weights

    return next(
        getattr(module, name)
        for module in (layers, functions, published_weights)
        if hasattr(module, name)
    )
