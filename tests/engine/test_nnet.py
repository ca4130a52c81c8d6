"""Gradients of convolutions, normalisation, patches: names of old programs."""

import importlib
import itertools

import numpy as np
from nose.tools import assert_equal, assert_in, assert_is, assert_raises, assert_true
from numpy.testing import assert_allclose, assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.facade_helpers import computed, python, skip_on_original

import theano
import theano.tensor as T
from theano.tensor.nnet import abstract_conv, bn
from theano.tensor.nnet.neighbours import images2neibs, neibs2images
from theano.tensor.signal.pool import AveragePoolGrad, MaxPoolGrad, Pool, pool_2d

RNG = np.random.RandomState(0)
IMAGES = RNG.normal(size=(2, 3, 9, 8)).astype('float32')
FILTERS = RNG.normal(size=(4, 3, 3, 2)).astype('float32')
x, w, g = T.tensor4('x'), T.tensor4('w'), T.tensor4('g')


def test_gradients_of_convolutions_have_functions_of_their_own():
    skip_on_original()  # needs a compiler there
    for more in (
        {},
        {'border_mode': 'half'},
        {'subsample': (2, 1)},
        {'border_mode': (1, 2), 'filter_flip': False},
        {'filter_dilation': (2, 1)},
    ):
        maps = T.nnet.conv2d(x, w, **more)
        given = [(x, IMAGES), (w, FILTERS)]
        gradient = RNG.normal(size=computed(maps, *given).shape).astype('f')
        given.append((g, gradient))
        by_images, by_filters = computed(T.grad(None, [x, w], known_grads={maps: g}), *given)
        shapes = (2, 3, 9, 8), (4, 3, 3, 2)
        for expression, expected in (
            (abstract_conv.conv2d_grad_wrt_inputs(g, w, shapes[0], **more), by_images),
            (
                abstract_conv.conv2d_grad_wrt_inputs(
                    g, w, (None, None, x.shape[2], x.shape[3]), shapes[1], **more
                ),
                by_images,
            ),
            (
                abstract_conv.AbstractConv2d_gradInputs((None, 3, None, None), shapes[1], **more)(
                    w, g, (9, 8)
                ),
                by_images,
            ),
            (abstract_conv.conv2d_grad_wrt_weights(x, g, shapes[1], **more), by_filters),
            (
                abstract_conv.AbstractConv2d_gradWeights(**more)(x, g, T.constant([3, 2])),
                by_filters,
            ),
            (abstract_conv.AbstractConv2d(**more)(x, w), computed(maps, *given)),
        ):
            assert_allclose(computed(expression, *given), expected, rtol=1e-4, atol=1e-4)
        assert_equal(
            abstract_conv.get_conv_output_shape(
                shapes[0],
                shapes[1],
                more.get('border_mode', 'valid'),
                more.get('subsample', (1, 1)),
                more.get('filter_dilation'),
            ),
            gradient.shape,
        )
    assert_equal(
        abstract_conv.get_conv_output_shape((None, 3, None, 8), shapes[1], 'valid', (1, 1)),
        (None, 4, None, 7),
    )
    up = computed(
        T.nnet.conv2d_transpose(g, w, (2, 3, 11, 9), input_dilation=(2, 2)),
        (w, FILTERS),
        (g, gradient[:, :, :5, :4]),
    )
    down = computed(
        abstract_conv.conv2d_grad_wrt_inputs(g, w, (2, 3, 11, 9), subsample=(2, 2)),
        (w, FILTERS),
        (g, gradient[:, :, :5, :4]),
    )
    assert_array_equal(up, down)


def test_convolutions_take_old_hints_and_refuse_what_they_do_not_know():
    skip_on_original()
    for convolve in (T.nnet.conv2d, T.nnet.conv.conv2d):
        assert_equal(convolve(x, w, unroll_batch=2, openmp=True).ndim, 4)
        for wrong in ('subsamples', 'imshp_logical', 'flip_filters'):
            with assert_raises(TypeError) as caught:
                convolve(x, w, **{wrong: (2, 2)})
            assert_in(wrong, str(caught.exception))
    with assert_raises(NotImplementedError) as caught:
        T.nnet.conv2d(x, w, num_groups=2)
    assert_in('T.concatenate', str(caught.exception))


def test_pooling_takes_its_windows_when_called():
    for border, mode in itertools.product(
        (True, False), ('max', 'sum', 'average_inc_pad', 'average_exc_pad')
    ):
        for windows in (((2, 3),), ((3, 3), (2, 1))):
            pooled = pool_2d(x, windows[0], border, *windows[1:], mode=mode)
            for op in (Pool(ndim=2, ignore_border=border, mode=mode), Pool(border, mode)):
                assert_array_equal(
                    computed(op(x, *windows), (x, IMAGES)), computed(pooled, (x, IMAGES))
                )
    padded = Pool(ignore_border=True)(x, ws=(3, 3), stride=(2, 2), pad=(1, 1))
    assert_array_equal(
        computed(padded, (x, IMAGES)),
        computed(pool_2d(x, (3, 3), True, (2, 2), (1, 1)), (x, IMAGES)),
    )
    for mode in ('max', 'sum'):
        pooled = pool_2d(x, (2, 2), True, mode=mode)
        gradient = (
            MaxPoolGrad(True, ndim=2)(x, pooled, pooled, ws=(2, 2))
            if mode == 'max'
            else AveragePoolGrad(True, mode='sum')(x, pooled, (2, 2))
        )
        assert_allclose(
            computed(gradient, (x, IMAGES)),
            computed(T.grad((pooled**2).sum() / 2, x), (x, IMAGES)),
            rtol=1e-5,
        )
    if hasattr(Pool, 'without_windows'):
        assert_raises(NotImplementedError, Pool(ndim=3), T.matrix(), (2, 2, 2))


def test_batches_are_normalised_by_their_own_or_given_statistics():
    a, b, c, d = T.vectors('abcd')
    gamma, beta, mean = RNG.normal(size=(3, 3)).astype('float32')
    var = RNG.uniform(1, 2, 3).astype('float32')
    given = [(x, IMAGES), (a, gamma), (b, beta), (c, mean), (d, var)]
    wide = (slice(None), None, None)
    own, spread = IMAGES.mean((0, 2, 3)), IMAGES.var((0, 2, 3))
    invstd = 1 / np.sqrt(spread + 1e-3)
    expected = (
        (IMAGES - own[wide]) * (gamma * invstd)[wide] + beta[wide],
        own,
        invstd,
        0.7 * mean + 0.3 * own,
        0.7 * var + 0.3 * spread * 144 / 143,
    )
    for axes in ('spatial', (0, 2, 3)):
        found = computed(list(bn.batch_normalization_train(x, a, b, axes, 1e-3, 0.3, c, d)), *given)
        for each, truth in zip(found, expected):
            assert_allclose(each, truth, rtol=1e-4, atol=1e-5)
    assert_allclose(
        computed(bn.batch_normalization_test(x, a, b, c, d, 'spatial', 0.1), *given),
        (IMAGES - mean[wide]) * (gamma / np.sqrt(var + 0.1))[wide] + beta[wide],
        rtol=1e-4,
        atol=1e-5,
    )
    out, own, _ = computed(list(T.nnet.batch_normalization_train(x, x[:1], x[:1] + 1)), *given[:1])
    assert_allclose(own, IMAGES.mean(0)[None], rtol=1e-5, atol=1e-6)
    assert_equal(out.shape, IMAGES.shape)
    for wrong in (
        {},
        {'axes': 'spat'},
        {'axes': ()},
        {'axes': (0, 4)},
        {'axes': 'spatial', 'epsilon': 1e-6},
        {'axes': 'spatial', 'running_mean': c},
    ):
        assert_raises(ValueError, bn.batch_normalization_train, x, a, b, **wrong)


def patches(images, shape, step, padding):
    """`images2neibs` by a loop."""
    images = np.pad(images, [(0, 0)] * 2 + [(each, each) for each in padding])
    rows, columns = images.shape[2:]
    return np.array(
        [
            image[i : i + shape[0], j : j + shape[1]].ravel()
            for channels in images
            for image in channels
            for i in range(0, rows - shape[0] + 1, step[0])
            for j in range(0, columns - shape[1] + 1, step[1])
        ]
    )


def test_patches_of_images_are_rows():
    for mode, shape, step, padding in (
        ('valid', (3, 2), None, (0, 0)),
        ('valid', (3, 3), (2, 1), (0, 0)),
        ('ignore_borders', (4, 4), (2, 3), (0, 0)),
        ('half', (3, 3), (2, 1), (1, 1)),
        ('full', (3, 3), (2, 1), (2, 2)),
    ):
        assert_array_equal(
            computed(images2neibs(x, shape, step, mode), (x, IMAGES)),
            patches(IMAGES, shape, step or shape, padding),
        )
    around = computed(images2neibs(x, (3, 3), (9, 8), 'wrap_centered'), (x, IMAGES))
    assert_array_equal(around[0].reshape(3, 3), IMAGES[0, 0][np.ix_([-1, 0, 1], [-1, 0, 1])])
    back = neibs2images(images2neibs(x, (3, 2)), (3, 2), x.shape)
    assert_array_equal(computed(back, (x, IMAGES)), IMAGES)
    for wrong in (('valid', (4, 4)), ('full', (3, 2))):
        assert_raises(TypeError, computed, images2neibs(x, wrong[1], mode=wrong[0]), (x, IMAGES))
    assert_raises(
        TypeError, lambda: computed(images2neibs(x, (2, 2), mode='wrap_centered'), (x, IMAGES))
    )
    slope = T.grad((images2neibs(x, (3, 2)) ** 2).sum(), x)
    assert_allclose(computed(slope, (x, IMAGES)), 2 * IMAGES, rtol=1e-6)


def test_the_gpus_layers_are_there_for_a_gpu_only():
    skip_on_original()
    from theano.sandbox.cuda import dnn

    assert_is(dnn.dnn_available(), False)
    assert_raises(ImportError, importlib.import_module, 'lasagne.layers.dnn')
    images = [(x, IMAGES), (w, FILTERS)]
    assert_array_equal(
        computed(dnn.dnn_conv(x, w, 'half', (2, 2), 'cross'), *images),
        computed(
            T.nnet.conv2d(x, w, border_mode='half', subsample=(2, 2), filter_flip=False), *images
        ),
    )
    assert_array_equal(
        computed(dnn.dnn_pool(x, (2, 2), mode='average'), *images),
        computed(pool_2d(x, (2, 2), True, (1, 1), mode='average_inc_pad'), *images),
    )
    # As on a GPU, but for the GPU.
    python(
        """
import juntingnet_theano, theano
from theano.sandbox.cuda import dnn
dnn.dnn_available = lambda: True
theano.config._values['device'] = 'gpu0'
import lasagne
import lasagne.layers.dnn as layers
l = lasagne.layers.InputLayer((1, 1, 6, 6))
l = layers.MaxPool2DDNNLayer(layers.Conv2DDNNLayer(l, 2, (3, 3)), 2)
theano.config._values['device'] = 'cpu'
import numpy as np
out = lasagne.layers.get_output(l).eval(
    {lasagne.layers.get_all_layers(l)[0].input_var:
     np.ones((1, 1, 6, 6), 'float32')})
assert out.shape == l.output_shape == (1, 2, 2, 2)
""",
        flags='linker=py',
    )


def test_a_missing_name_is_answered_with_the_nearest():
    skip_on_original()
    for path, wrong, near in (
        ('theano.tensor', 'tensr4', 'tensor4'),
        ('theano.tensor', 'concatenat', 'concatenate'),
        ('theano.tensor.nnet', 'conv2D', 'conv2d'),
        ('theano.gradient', 'grad_clipp', 'grad_clip'),
    ):
        with assert_raises(AttributeError) as caught:
            getattr(importlib.import_module(path), wrong)
        assert_in(
            f'module {path!r} has no attribute {wrong!r}; did you mean {near!r}?',
            str(caught.exception),
        )
    with assert_raises(AttributeError) as caught:
        _ = T.qqqqqqqq
    assert_in('nothing of that name', str(caught.exception))


def test_names_of_rewrites_and_of_two_pythons_are_there():
    from theano import compat
    from theano.gof import opt

    assert_equal(list(compat.izip([1], [2])), [(1, 2)])
    assert_is(compat.PY3, True)
    assert_equal(compat.OrderedDict([(1, 2)])[1], 2)
    assert_equal(compat.exc_message(ValueError('so')), 'so')
    assert_equal(compat.cmp(1, 2), -1)
    add = T.scalar() + 1

    @opt.local_optimizer([type(add.owner.op)])
    def nothing(*args):
        return False

    assert_true(isinstance(nothing, opt.LocalOptimizer))
    assert_true(isinstance(opt.MergeOptimizer(), theano.gof.Optimizer))
