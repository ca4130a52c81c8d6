"""The ONNX model computes what the network does, wherever it runs."""

import functools
import json
import os
import tempfile
import unittest

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_less, assert_raises
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets import scenes
from juntingnet_theano.errors import MissingDependency, WeightsMismatch
from juntingnet_theano.network import onnx_export, weights
from juntingnet_theano.network.layers import build_juntingnet
from juntingnet_theano.prediction.views import pixels
from tests.helpers.pages import examples

import lasagne


def onnxruntime():
    try:
        import onnx  # noqa: F401
        import onnxruntime as found
    except ImportError as error:
        raise unittest.SkipTest(f"pip install '.[onnx,test-onnx]': {error}") from None
    return found


@functools.lru_cache(maxsize=1)
def photographs():
    """64 scenes as the network takes them."""
    return np.concatenate([pixels(picture, 96, 1, 'squash') for picture in pictures(64)])


def pictures(count):
    rng = np.random.RandomState(0)
    return [np.asarray(scenes.draw(rng).picture) for _ in range(count)]


def run(path, images):
    options = onnxruntime().SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime().InferenceSession(path, options, ['CPUExecutionProvider'])
    return session.run(['maps'], {'images': images})[0]


def correlations(found, expected):
    return [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(found, expected)]


def saved(folder, head):
    """A weights file of random weights, and its network's own maps."""
    from juntingnet_theano.network.functions import compile_predict

    lasagne.random.set_rng(np.random.RandomState(1))
    layer = build_juntingnet(head=head)
    path = os.path.join(folder, 'weights.hdf5')
    weights.save(path, layer, {'head': head})
    return path, compile_predict(layer)


def test_maps_of_64_scenes_are_the_networks_own():
    onnxruntime()
    expected = jn.load()(photographs())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model.onnx')
        for dense, apart in (('float32', 1e-4), ('float16', 0.01), ('int8', 1e-4)):
            assert_equal(main(['export', path, '--dense', dense]), 0)
            found = run(path, photographs())
            assert_less(abs(found - expected).max(), apart, dense)
            assert_greater(min(correlations(found, expected)), 0.999, dense)


def test_the_papers_head_and_weights_that_are_not_packed():
    onnxruntime()
    with tempfile.TemporaryDirectory() as folder:
        path, network = saved(folder, 'paper')
        expected = network(photographs()[:8])
        out = os.path.join(folder, 'model.onnx')
        onnx_export.export(path, out)
        assert_less(abs(run(out, photographs()[:8]) - expected).max(), 1e-4)
        onnx_export.export(path, out, 'int8')
        assert_greater(min(correlations(run(out, photographs()[:8]), expected)), 0.999)
        assert_equal(sorted(os.listdir(folder)), ['model.onnx', 'weights.hdf5'])


def test_metadata_say_what_stands_around_the_model():
    onnxruntime()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model.onnx')
        assert_equal(main(['export', path, '--dense', 'int8']), 0)
        session = onnxruntime().InferenceSession(path)
        said = session.get_modelmeta().custom_metadata_map
        (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert_equal(
        (taken.name, taken.type, taken.shape[1:]), ('images', 'tensor(uint8)', [3, 96, 96])
    )
    assert_equal((given.name, given.type, given.shape[1:]), ('maps', 'tensor(float)', [48, 48]))
    model = jn.load()
    assert_equal(json.loads(said['postprocessing']), model.post._asdict())
    assert_equal((said['head'], said['dense']), (model.attributes['head'], 'int8'))
    assert_in('research only', said['licence'])
    assert_in('divides by 255', said['input'])
    assert_equal(json.loads(said['weights'])['fingerprint'], model.attributes['fingerprint'])


def test_the_ten_lines_of_the_docs_give_our_map():
    onnxruntime()
    (lines,) = examples('onnx.rst')
    (picture,) = pictures(1)
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Image.fromarray(picture).save('photo.jpg', quality=95)
            assert_equal(main(['export', 'model.onnx', '--dense', 'int8']), 0)
            exec(compile(lines, 'docs/onnx.rst', 'exec'), {})
            with Image.open('map.png') as image:
                found = np.asarray(image) / 255.0
            model = jn.load(views=1)
            expected = model.predict('photo.jpg') ** (1 / model.post.power)
        finally:
            os.chdir(before)
    assert_equal(found.shape, expected.shape)
    assert_greater(correlations([found], [expected])[0], 0.999)


def test_what_cannot_be_exported_is_refused_and_nothing_written():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'model.onnx')
        assert_equal(main(['export', os.path.join(folder, 'model.pt')]), 2)
        assert_equal(main(['export', out, '--dense', 'float64']), 2)
        assert_equal(main(['export', out, '--run', os.path.join(folder, 'no-run')]), 2)
        assert_equal(os.listdir(folder), [])


def test_weights_that_do_not_fit_their_head():
    onnxruntime()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'weights.hdf5')
        weights.save(path, build_juntingnet(head='released'), {'head': 'paper'})
        with assert_raises(WeightsMismatch) as caught:
            onnx_export.export(path, os.path.join(folder, 'model.onnx'))
        assert_in('dense2/W has shape', str(caught.exception))
        assert_equal(os.listdir(folder), ['weights.hdf5'])


def test_without_the_extra_the_next_command_is_named():
    import sys

    before = sys.modules.get('onnx')
    sys.modules['onnx'] = None
    try:
        with assert_raises(MissingDependency) as caught:
            onnx_export.export(jn.load().path, 'model.onnx')
    finally:
        del sys.modules['onnx']
        if before is not None:
            sys.modules['onnx'] = before
    assert_in('pip install onnx', str(caught.exception))
