"""Numbers of the original Theano's Ops, for tests/test_facade_*.py.

Runs under the original Theano 1.0.5 only::

    THEANO_FLAGS=openmp=False python make_ops_golden.py theano-1.0.5-ops.npz

The cases themselves travel in the file, as JSON, so that a test repeats
exactly what was run here.
"""
from __future__ import print_function

import json
import sys

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.nnet import conv2d
from theano.tensor.signal.pool import pool_2d

CONV = [
    dict(),
    dict(filter_flip=False),
    dict(border_mode='half'),
    dict(border_mode='full', subsample=(2, 3)),
    dict(border_mode=1, subsample=(2, 1)),
    dict(border_mode=(2, 1), filter_flip=False, subsample=(1, 2)),
    dict(border_mode=(0, 2), filter_dilation=(2, 1)),
    dict(border_mode='half', filter_dilation=(1, 3), subsample=(3, 2)),
]
POOL = [
    dict(ws=ws, ignore_border=True, stride=stride, pad=pad, mode=mode)
    for mode in ('max', 'sum', 'average_inc_pad', 'average_exc_pad')
    for ws, stride, pad in (
        ((2, 2), None, (0, 0)), ((3, 2), (2, 2), (1, 0)),
        ((2, 3), (1, 1), (1, 2)), ((2, 2), (3, 3), (0, 0)))
    # The original has no gradient for this mode with padding.
    if mode != 'average_exc_pad' or pad == (0, 0)
] + [
    dict(ws=ws, ignore_border=False, stride=stride, mode=mode)
    for mode in ('max', 'sum', 'average_inc_pad', 'average_exc_pad')
    for ws, stride in (((2, 2), None), ((3, 3), (2, 2)), ((3, 2), (1, 2)),
                       ((2, 2), (3, 3)))
]
MRG = [
    dict(method='uniform', seed=12345, size=(3, 4)),
    dict(method='uniform', seed=[1, 2, 3, 4, 5, 6], size=(7,), low=-1.,
         high=2.),
    dict(method='uniform', seed=42, size=(50, 40)),
    dict(method='binomial', seed=987654321, size=(30, 20), p=0.3),
    dict(method='normal', seed=2147462578, size=(5, 3), avg=1., std=2.),
]
DROPOUT = dict(seed=4242, shape=(16, 300))      # size known at run time only


def inputs(case, *shapes):
    """Standard normal float32 arrays; the same for a case's number."""
    rng = np.random.RandomState(1000 + case)
    return [rng.normal(size=shape).astype('float32') for shape in shapes]


def ties(shape):
    """Small integers, so that windows have several equal maxima."""
    return np.random.RandomState(7).randint(0, 3, shape).astype('float32')


def forward_and_gradients(output, variables, values, name, results):
    """Run the graph with a fixed random cotangent; keep all arrays."""
    weights = T.tensor4('weights')
    gradients = T.grad((output * weights).sum(), variables)
    run = theano.function(variables, output)
    shape = run(*values).shape
    cotangent = inputs(999, shape)[0]
    arrays = theano.function(variables + [weights], [output] + gradients)(
        *(values + [cotangent]))
    for i, array in enumerate(arrays):
        results['{}_{}'.format(name, i)] = array


def main(out):
    theano.config.floatX = 'float32'
    results = {}
    x, w = T.tensor4('x'), T.tensor4('w')
    for i, case in enumerate(CONV):
        forward_and_gradients(
            conv2d(x, w, **case), [x, w],
            inputs(i, (2, 3, 9, 8), (4, 3, 3, 2)), 'conv_%d' % i, results)
    for i, case in enumerate(POOL):
        forward_and_gradients(pool_2d(x, **case), [x],
                              inputs(i, (1, 2, 8, 7)), 'pool_%d' % i, results)
        forward_and_gradients(pool_2d(x, **case), [x], [ties((1, 2, 8, 7))],
                              'ties_%d' % i, results)
    for i, case in enumerate(MRG):
        case = dict(case)
        streams = MRG_RandomStreams(case.pop('seed'))
        draw = getattr(streams, case.pop('method'))
        run = theano.function([], [draw(**case), draw(**case)])
        for call in range(2):
            for stream, array in enumerate(run()):
                results['mrg_%d_%d_%d' % (i, call, stream)] = array
    like = T.matrix('like')
    mask = MRG_RandomStreams(DROPOUT['seed']).binomial(
        like.shape, p=0.5, dtype='int8')
    run = theano.function([like], mask)
    for call in range(2):
        results['dropout_%d' % call] = np.packbits(
            run(np.zeros(DROPOUT['shape'], 'float32')))
    cases = dict(conv=CONV, pool=POOL, mrg=MRG, dropout=DROPOUT,
                 theano=theano.__version__, numpy=np.__version__)
    results['cases'] = np.array(json.dumps(cases))
    np.savez_compressed(out, **results)
    print(out, theano.__version__, len(results), 'arrays')


if __name__ == '__main__':
    main(sys.argv[1])
