"""Minibatches of bytes: found in graphs, and made as NumPy makes them."""

import itertools

import numba
import numpy as np
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in, assert_true
from pytensor.compile.mode import Mode
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

from juntingnet_theano.engine.ops.byte_images import ByteImages
from juntingnet_theano.engine.ops.byte_images_rewrite import ByteImagesRewriter
from juntingnet_theano.network.functions import BYTE, DataSlice
from tests.helpers.engines import REFERENCE, compiled, fails

import theano
import theano.tensor as T

JOINED = Mode('py', RewriteDatabaseQuery(include=['byte_images']))
PLAIN = theano.compile.get_mode('NUMBA').excluding('byte_images')
SHAPES = (
    (5, 3, 7, 9),
    (4, 1, 2, 3),
    (3, 4, 5, 1),
    (6, 2, 1, 40),
    (2, 5, 6),
    (1, 3, 1, 1),
    (2, 0, 3, 3),
    (2, 3, 0),
)
VECTORS = {'rows': 'int32', 'flip': 'int32'}


def scaled(values):
    return pt.cast(values, 'float32') * BYTE


def mirrored(images, flip):
    axes = (0,) + ('x',) * (images.ndim - 1)
    return pt.switch(flip.dimshuffle(*axes), images[..., ::-1], images)


def minibatch(ndim, gathered=True, flipped=True, **dtypes):
    """(inputs, images) of a graph as `functions` writes it."""
    data = pt.tensor('data', dtype='uint8', shape=(None,) * ndim)
    rows, flip = (pt.vector(name, dtype=dtypes.get(name, dtype)) for name, dtype in VECTORS.items())
    images = scaled(data[rows] if gathered else data)
    if flipped:
        images = mirrored(images, flip)
    return [data] + [rows] * gathered + [flip] * flipped, images


def expected(data, rows=None, flip=None):
    """The same images, one after the other."""
    data = data if rows is None else [data[row] for row in rows]
    images = [np.float32(each) * BYTE for each in data]
    if flip is not None:
        images = [each[..., ::-1] if turn else each for each, turn in zip(images, flip)]
    return images


def draw(rng, shape, count):
    data = rng.randint(0, 256, shape).astype('uint8')
    return (
        data,
        rng.randint(-shape[0], shape[0], count).astype('int32'),
        rng.randint(-1, 2, count).astype('int32'),
    )


def check(run, given, gathered=True, flipped=True, message=''):
    data, rows, flip = given
    rows, flip = rows if gathered else None, flip if flipped else None
    (found,) = run(*[each for each in (data, rows, flip) if each is not None])
    count = len(data if rows is None else rows)
    assert_equal(
        (found.shape, found.dtype), ((count,) + data.shape[1:], np.dtype('float32')), message
    )
    for one, truth in zip(found, expected(data, rows, flip)):
        np.testing.assert_array_equal(one, truth, message)


def count_joined(*outputs):
    """How many Ops a graph has behind the rewrite: ours, and all."""
    graph = FunctionGraph(outputs=list(outputs), clone=True)
    ByteImagesRewriter().rewrite(graph)
    nodes = graph.apply_nodes
    return sum(isinstance(node.op, ByteImages) for node in nodes), len(nodes)


def test_minibatches_of_all_kinds_become_one_op():
    for ndim, gathered, flipped in itertools.product((3, 4), (False, True), (False, True)):
        inputs, images = minibatch(ndim, gathered, flipped)
        message = str((ndim, gathered, flipped))
        assert_equal(count_joined(images), (1, 1), message)
        given = draw(np.random.RandomState(0), (4, 3, 2, 5)[-ndim:], 6)
        if not gathered:
            given = given[0], None, given[2][: len(given[0])]
        check(compiled(inputs, [images], JOINED), given, gathered, flipped, message)


def test_other_spellings_are_found():
    data, rows = pt.tensor4('data', dtype='uint8'), pt.lvector('rows')
    for images in (
        BYTE * pt.cast(data[rows], 'float32'),
        data[rows].astype('float32') * np.float32([[[[2]]]]),
    ):
        assert_equal(count_joined(images), (1, 1))


def test_images_used_plain_and_mirrored_become_two():
    _, images = minibatch(4)
    assert_equal(count_joined(images, images.owner.inputs[2] + 1)[0], 2)


def test_other_graphs_are_left_alone():
    data, rows = pt.tensor4('data', dtype='uint8'), pt.ivector('rows')
    floats, flip = pt.tensor4('x', dtype='float32'), pt.ivector('flip')
    one = pt.vector('one', dtype='int32', shape=(1,))
    images, axes = scaled(data[rows]), (0, 'x', 'x', 'x')
    marks = flip.dimshuffle(*axes)
    alone = {
        'matrix': scaled(pt.matrix('m', dtype='uint8')),
        'signed': scaled(pt.tensor4('s', dtype='int8')),
        'double': pt.cast(data, 'float64') * 0.5,
        'not scaled': pt.cast(data, 'float32'),
        'many scales': pt.cast(data, 'float32') * np.float32([1, 2]),
        'a scale that is given': pt.cast(data, 'float32') * pt.fscalar(),
        'added': pt.cast(data, 'float32') + BYTE,
    }
    for name, graph in alone.items():
        assert_equal(count_joined(graph)[0], 0, name)
    # Their scaled images are joined, what is done with them is not.
    partly = {
        'mask': scaled(data[pt.vector('mask', dtype='bool')]),
        'columns': scaled(data[:, rows]),
        'upside down': pt.switch(marks, images[:, :, ::-1], images),
        'part': pt.switch(marks, images[..., 3::-1], images),
        'every second': pt.switch(marks, images[..., ::-2], images),
        'others': pt.switch(marks, floats[..., ::-1], images),
        'one mark': pt.switch(one.dimshuffle(*axes), images[..., ::-1], images),
        'marks by channel': pt.switch(flip.dimshuffle('x', 0, 'x', 'x'), images[..., ::-1], images),
        'half marks': pt.switch(pt.fvector().dimshuffle(*axes), images[..., ::-1], images),
    }
    for name, graph in partly.items():
        joined, nodes = count_joined(graph)
        assert_equal(joined, 1, name)
        assert_true(nodes > 1, name)


def test_numba_makes_minibatches_of_any_shape_as_numpy_does():
    rng = np.random.RandomState(1)
    for gathered, flipped in itertools.product((False, True), repeat=2):
        runs = {}
        for shape in SHAPES:
            if len(shape) not in runs:
                inputs, images = minibatch(len(shape), gathered, flipped)
                runs[len(shape)] = compiled(inputs, [images], 'NUMBA')
            for count in (0, 1, 8) if gathered else (shape[0],):
                check(
                    runs[len(shape)], draw(rng, shape, count), gathered, flipped, f'{shape} {count}'
                )


def test_bytes_in_any_layout_are_read():
    inputs, images = minibatch(4)
    run = compiled(inputs, [images], 'NUMBA')
    data, rows, flip = draw(np.random.RandomState(2), (6, 5, 4, 3), 7)
    for view in (data.transpose(0, 3, 1, 2), data[::-1, :, ::2], np.asfortranarray(data)):
        check(run, (view, rows, flip))
        check(run, (view, rows[::-1], flip[::2].repeat(2)[:7]))


def test_rows_and_marks_of_other_dtypes_count_alike():
    rng = np.random.RandomState(3)
    for rows, flip in (('int64', 'bool'), ('uint8', 'int8')):
        inputs, images = minibatch(3, rows=rows, flip=flip)
        data, places, marks = draw(rng, (4, 5, 6), 9)
        places = abs(places) % 4 if rows == 'uint8' else places
        check(compiled(inputs, [images], 'NUMBA'), (data, places.astype(rows), marks.astype(flip)))


def test_rows_out_of_range_are_refused():
    for mode in ('NUMBA', REFERENCE):
        inputs, images = minibatch(4)
        run = compiled(inputs, [images], mode)
        data, _, flip = draw(np.random.RandomState(4), (5, 3, 4, 4), 2)
        for bad in ((0, 5), (-6, 1), (2**31 - 1, 0)):
            fails(IndexError, run, data, np.int32(bad), flip)
        fails(IndexError, run, data[:0], np.int32([0, 0]), flip)


def test_marks_that_are_not_as_many_as_rows_are_refused():
    inputs, images = minibatch(4)
    for mode in ('NUMBA', JOINED):
        run = compiled(inputs, [images], mode)
        data, rows, flip = draw(np.random.RandomState(5), (5, 3, 4, 4), 3)
        for marks in (flip[:2], flip[:1], flip[:0], np.repeat(flip, 2)):
            assert_in('marks', fails(ValueError, run, data, rows, marks))


def test_threads_and_joining_change_no_bit():
    # Enough that the work is shared out.
    data, rows, flip = draw(np.random.RandomState(6), (40, 3, 96, 96), 64)
    inputs, images = minibatch(4)
    run = compiled(inputs, [images], 'NUMBA')
    before = numba.get_num_threads()
    try:
        for threads in range(1, before + 1):
            numba.set_num_threads(threads)
            check(run, (data, rows, flip))
    finally:
        numba.set_num_threads(before)
    rows %= 40
    (joined,) = run(data, rows, flip)
    (plain,) = compiled(inputs, [images], PLAIN)(data, rows, flip)
    np.testing.assert_array_equal(joined, plain)


def test_the_minibatches_of_training_are_joined():
    rows, flip = T.ivector('rows'), T.ivector('flip')
    for marks in (flip, None):
        images, targets = DataSlice().minibatch(rows, marks)
        assert_equal(count_joined(images, targets)[0], 2)
