"""Streams of protocol 2 as Python 2 wrote them, put together byte by byte.

Names of functions are those of `pickletools`' opcodes, or of what is pickled.
"""

import struct

import numpy as np

NONE, TRUE, FALSE = b'N', b'\x88', b'\x89'


def stream(body):
    return b'\x80\x02' + body + b'.'


def name(module, attribute):
    return f'c{module}\n{attribute}\n'.encode()


def text(value):
    data = value.encode('latin-1') if isinstance(value, str) else value
    if len(data) < 256:
        return b'U' + struct.pack('B', len(data)) + data
    return b'T' + struct.pack('<i', len(data)) + data


def integer(value):
    return b'J' + struct.pack('<i', value)


def tuple_of(*parts):
    return b'(' + b''.join(parts) + b't'


def list_of(*parts):
    return b'](' + b''.join(parts) + b'e'


def dict_of(pairs):
    return b'}(' + b''.join(text(key) + value for key, value in pairs.items()) + b'u'


def reduced(function, *args):
    return function + tuple_of(*args) + b'R'


def new(cls, **state):
    """An instance, its class taken for one with `object` above it."""
    return cls + b')\x81' + dict_of(state) + b'b'


def old(cls, **state):
    """An instance of a class without `object` above it."""
    return b'(' + cls + b'o' + dict_of(state) + b'b'


def dtype(code, order='<'):
    return (
        reduced(name('numpy', 'dtype'), text(code), integer(0), integer(1))
        + tuple_of(integer(3), text(order), NONE, NONE, NONE, integer(-1), integer(-1), integer(0))
        + b'b'
    )


def array(values, shape=None, kind=None, data=None):
    """`values`, or what claims to be an array of other shape, type, data."""
    values = np.asarray(values)
    shape = values.shape if shape is None else shape
    order = '>' if values.dtype.byteorder == '>' else '<'
    code = f'{values.dtype.kind}{values.dtype.itemsize}' if kind is None else kind
    is_fortran = values.flags.f_contiguous and not values.flags.c_contiguous
    return (
        reduced(
            name('numpy.core.multiarray', '_reconstruct'),
            name('numpy', 'ndarray'),
            tuple_of(integer(0)),
            text('b'),
        )
        + tuple_of(
            integer(1),
            tuple_of(*map(integer, shape)),
            dtype(code, order),
            TRUE if is_fortran else FALSE,
            text(values.tobytes('A') if data is None else data),
        )
        + b'b'
    )


def shared(value, on_gpu=False):
    """Theano's shared variable of an array."""
    cls = name('theano.tensor.sharedvar', 'TensorSharedVariable')
    if on_gpu:
        cls = name('theano.sandbox.cuda.var', 'CudaNdarraySharedVariable')
        value = reduced(name('theano.sandbox.cuda.type', 'CudaNdarray_unpickler'), value)
    return new(
        cls,
        tag=old(name('theano.gof.utils', 'scratchpad')),
        container=new(name('theano.gof.link', 'Container'), storage=list_of(value), readonly=FALSE),
        name=NONE,
    )


MODULES = {
    'Input': 'input',
    'Conv2D': 'conv',
    'Conv2DCC': 'cuda_convnet',
    'Conv2DDNN': 'dnn',
    'Conv2DMM': 'corrmm',
    'MaxPool2D': 'pool',
    'FeaturePool': 'pool',
    'Dense': 'dense',
}


def layer(kind, label, below=None, **state):
    if below is not None:
        state['input_layer'] = below
    return new(
        name('lasagne.layers.' + MODULES.get(kind, 'special'), kind + 'Layer'),
        name=text(label),
        **state,
    )


def weighted(kind, label, below, W, b, function='rectify', on_gpu=False, **state):
    return layer(
        kind,
        label,
        below,
        W=shared(array(W), on_gpu),
        b=shared(array(b), on_gpu),
        nonlinearity=name('lasagne.nonlinearities', function),
        **state,
    )


def network(values, on_gpu=False, conv='Conv2D', last='linear', **state):
    """nolearn's net with layers as the authors called them; `values` by our
    names, ``conv1/W``."""

    def parts(label):
        return values[label + '/W'], values[label + '/b']

    pair = tuple_of(integer(2), integer(2))
    found = layer('Input', 'input', input_var=NONE)
    for number in '123':
        found = weighted(conv, 'conv' + number, found, *parts('conv' + number), on_gpu=on_gpu)
        found = layer('MaxPool2D', 'pool' + number, found, pool_size=pair, mode=text('max'))
    found = weighted('Dense', 'hidden4', found, *parts('dense1'), on_gpu=on_gpu)
    found = layer(
        'FeaturePool',
        'maxout6',
        found,
        pool_size=integer(2),
        pool_function=name('theano.tensor.basic', 'max'),
    )
    found = weighted('Dense', 'output', found, *parts('dense2'), function=last, on_gpu=on_gpu)
    return new(
        name('nolearn.lasagne.base', 'NeuralNet'),
        regression=TRUE,
        layers_=reduced(
            name('collections', 'OrderedDict'), list_of(list_of(text('output'), found))
        ),
        batch_iterator_test=new(
            name('nolearn.lasagne.base', 'BatchIterator'), batch_size=integer(128), **state
        ),
        update=name('lasagne.updates', 'nesterov_momentum'),
        loss=NONE,
    )
