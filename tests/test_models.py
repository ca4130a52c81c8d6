"""Networks with their weights: what they say of themselves is done."""
import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_false, assert_in, assert_raises

import juntingnet_theano
from juntingnet_theano import models, weights
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.functions import compile_predict
from juntingnet_theano.network import build_juntingnet, seed_weights
from juntingnet_theano.postprocessing import PostProcessing
from juntingnet_theano.prediction import saliency

FOLDER = tempfile.mkdtemp()
PICTURE = np.random.RandomState(3).randint(0, 256, (30, 40, 3)).astype('uint8')


def saved(name, **attributes):
    path = os.path.join(FOLDER, name + '.hdf5')
    seed_weights(np.random.RandomState(0))
    layer = build_juntingnet(head='released')
    weights.save(path, layer, dict(attributes, head='released'))
    return path, layer


def test_a_model_predicts_as_its_network_and_its_weights_ask():
    path, layer = saved(
        'asking', postprocessing='{"scale": "stretch", "sigma": 2}',
        preprocessing='{"fit": "crop"}')
    model = juntingnet_theano.load(path)
    assert_equal((model.fit, model.post),
                 ('crop', PostProcessing('paper', 'stretch', 2)))
    expected = saliency(compile_predict(layer), PICTURE, model.post, 'crop')
    found, = model.predict([PICTURE])
    np.testing.assert_array_equal(found, expected)
    assert_equal((found.shape, found.dtype), ((30, 40), np.float32))


def test_weights_that_say_nothing_have_the_papers_ways():
    model = models.load(saved('silent')[0])
    assert_equal((model.fit, model.post), ('squash', PostProcessing()))


def test_opening_a_model_compiles_nothing():
    model = models.load(saved('waiting')[0])
    assert_false('_compiled' in vars(model))


def test_what_is_no_model_is_refused():
    with assert_raises(MissingFiles):
        models.load(os.path.join(FOLDER, 'none.hdf5'))
    for said in ('{"scale": 3}', '{"blur": 3}', '[]', 'x',
                 '{"sigma": "wide"}'):
        with assert_raises(BadFile) as caught:
            models.load(saved('wrong', postprocessing=said)[0])
        assert_in('wrong.hdf5', str(caught.exception))
