"""Networks with their weights: what they say of themselves is done."""

import contextlib
import functools
import io
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import types

import h5py
import numpy as np
from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_less,
    assert_less_equal,
    assert_raises,
    assert_true,
)
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano import baselines
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from juntingnet_theano.network import weights
from juntingnet_theano.network.functions import compile_predict
from juntingnet_theano.network.layers import build_juntingnet
from juntingnet_theano.prediction import models
from juntingnet_theano.settings.postprocessing import PostProcessing
from tests.helpers.one_picture import saliency
from tests.helpers.quick_weights import quick_weights
from tests.helpers.scenes import texture

FOLDER = tempfile.mkdtemp()
PICTURE = np.random.RandomState(3).randint(0, 256, (30, 40, 3)).astype('uint8')


def saved(name, **attributes):
    path = os.path.join(FOLDER, name + '.hdf5')
    layer = build_juntingnet(head='released', initial_weights=quick_weights())
    weights.save(path, layer, dict(attributes, head='released'))
    return path, layer


def test_a_model_predicts_as_its_network_and_its_weights_ask():
    path, layer = saved(
        'asking', postprocessing='{"scale": "stretch", "sigma": 2}', preprocessing='{"fit": "crop"}'
    )
    model = jn.load(path)
    assert_equal((model.fit, model.post), ('crop', PostProcessing('paper', 'stretch', 2)))
    expected = saliency(compile_predict(layer), PICTURE, model.post, 'crop')
    (found,) = model.predict([PICTURE])
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
    path, _ = saved('wrong')
    for said in ('{"scale": 3}', '{"blur": 3}', '[]', 'x', '{"sigma": "wide"}'):
        with h5py.File(path, 'r+') as file:
            file.attrs['postprocessing'] = said
        with assert_raises(BadFile) as caught:
            models.load(path)
        assert_in('wrong.hdf5', str(caught.exception))


NAMES = ('isun', 'gbvs', 'centre')


@functools.lru_cache(None)
def loaded(name):
    """A model that is compiled once for all tests."""
    return jn.load(name)


def quiet(function, *arguments, **options):
    """A result, and what was shown meanwhile."""
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        return function(*arguments, **options), shown.getvalue()


def test_every_model_takes_a_picture_in_whatever_carries_it():
    picture = texture(60, 80)
    path = os.path.join(FOLDER, 'a.png')
    Image.fromarray(picture).save(path)
    for name in NAMES:
        model = loaded(name)
        expected = model.predict(picture)
        assert_equal((expected.shape, expected.dtype), ((60, 80), np.float32))
        assert_true(expected.min() >= 0 and expected.max() <= 1)
        with open(path, 'rb') as file:
            for carrier in (
                path,
                pathlib.Path(path),
                file,
                file,
                file.read(),
                Image.open(path),
                picture / 255.0,
                picture.astype('uint16') * 257,
            ):
                np.testing.assert_array_equal(model.predict(carrier), expected)


def test_an_iterable_gives_a_list_and_predict_iter_a_stream():
    scenes = [texture(20 + i, 30, seed=i) for i in range(7)]
    for name in NAMES:
        model = loaded(name)
        alone = [model.predict(each) for each in scenes]
        streamed = model.predict_iter(iter(scenes), progress=False)
        assert_equal(isinstance(streamed, types.GeneratorType), True)
        for found in (
            model.predict(scenes, progress=False),
            streamed,
            model.predict(tuple(scenes), batch_size=1, workers=1, progress=False),
        ):
            for one, other in zip(list(found), alone):
                np.testing.assert_allclose(one, other, atol=1e-5)
        assert_equal(model.predict([]), [])
        (many,) = model.predict(scenes[0][np.newaxis])
        np.testing.assert_allclose(many, alone[0], atol=1e-5)


def test_a_picture_may_be_closed_or_overwritten_when_the_next_is_asked_for():
    scenes = [texture(20, 30, seed=i) for i in range(9)]

    def one_array():
        buffer = np.empty((20, 30, 3), 'uint8')
        for each in scenes:
            buffer[:] = each
            yield buffer
            buffer[:] = 0

    def closed():
        for each in scenes:
            file = io.BytesIO()
            Image.fromarray(each).save(file, 'png')
            yield file
            file.close()

    def closed_images():
        for file in closed():
            with Image.open(file) as image:
                yield image

    for name in NAMES:
        model = loaded(name)
        expected = model.predict(scenes, progress=False)
        for stream in (one_array, closed, closed_images):
            found = model.predict(stream(), progress=False)
            np.testing.assert_array_equal(found, expected)


def test_one_file_may_come_many_times():
    path = os.path.join(FOLDER, 'again.png')
    Image.fromarray(texture(30, 40)).save(path)
    model = loaded('gbvs')
    expected = model.predict(path)
    with open(path, 'rb') as file, Image.open(path) as image:
        for each in (file, image):
            for found in model.predict([each] * 8, progress=False):
                np.testing.assert_array_equal(found, expected)


def test_what_is_no_picture_is_refused_at_its_place():
    stream = [texture(9, 9), texture(9, 9), os.path.join(FOLDER, 'gone.png'), texture(9, 9)]
    for name in NAMES:
        model = loaded(name)
        maps = model.predict_iter(stream, progress=False)
        assert_equal([next(maps).shape, next(maps).shape], [(9, 9)] * 2)
        with assert_raises(BadFile) as caught:
            next(maps)
        for word in ('at index 2', 'gone.png'):
            assert_in(word, str(caught.exception))
        with assert_raises(BadFile) as caught:
            model.predict('https://example.com/a.jpg')
        assert_in('download it first', str(caught.exception))
        with assert_raises(BadFile) as caught:
            model.predict([b'a.jpg'], progress=False)
        assert_in('at index 0', str(caught.exception))
        for wrong in ('a.jpg', 3, texture(9, 9)):
            with assert_raises(BadSetting):
                model.predict_iter(wrong)


def test_a_stream_reads_little_ahead_and_may_be_left():
    for name in NAMES:
        read = []

        def endless(read=read):
            while True:
                read.append(1)
                yield texture(9, 9)

        maps = loaded(name).predict_iter(endless(), batch_size=12, workers=2, progress=False)
        for _ in range(20):
            next(maps)
        assert_less_equal(len(read), 20 + 3 * 12)
        maps.close()


def test_a_bar_is_shown_for_several_pictures_unless_it_is_not_wanted():
    model, scenes = loaded('centre'), [PICTURE] * 3
    assert_in('3/3', quiet(model.predict, scenes)[1])
    for arguments, options in (
        ((scenes,), {'progress': False}),
        ((PICTURE,), {}),
        (([PICTURE],), {}),
    ):
        assert_equal(quiet(model.predict, *arguments, **options)[1], '')


def test_options_have_their_effect_or_are_refused():
    network, one_view = loaded('isun'), jn.load(views=1)
    assert_equal((network.post.views, one_view.post.views), (12, 1))
    np.testing.assert_array_equal(network.predict(PICTURE, views=1), one_view.predict(PICTURE))
    assert_false(np.array_equal(network.predict(PICTURE), network.predict(PICTURE, views=1)))
    for wrong in (
        {'views': 3},
        {'batch_size': 0},
        {'workers': -1},
        {'workers': 1.5},
        {'device': 'tpu'},
        {'cache': 'a.hdf5'},
    ):
        with assert_raises(BadSetting):
            jn.load(**wrong)
    for name, wrong in (
        ('gbvs', {'views': 12}),
        ('gbvs', {'device': 'cuda'}),
        ('centre', {'cache': 'a.hdf5'}),
        ('mean-map', {}),
    ):
        with assert_raises(BadSetting):
            jn.load(name, **wrong)
    for model in (network, jn.load('gbvs')):
        for wrong in ({'views': 5}, {'batch_size': 0}, {'workers': 0}):
            with assert_raises(BadSetting):
                model.predict([PICTURE], **wrong)
            with assert_raises(BadSetting):
                model.predict(PICTURE, **wrong)


def test_a_process_has_the_device_of_its_first_network():
    program = """if True:
        import sys, juntingnet_theano as jn
        from juntingnet_theano.errors import BadSetting
        jn.load('centre', device='cpu')
        print(jn.load(**eval(sys.argv[1])).name, 'opened')
        try:
            jn.load(device='cuda0')
        except BadSetting as error:
            print(error)
        """
    for first in ({'device': 'cpu'}, {}):
        out = subprocess.check_output(
            [sys.executable, '-c', program, repr(first)], env=dict(os.environ, THEANO_FLAGS='')
        ).decode()
        assert_in('isun opened', out)
        assert_in('this process runs on cpu', out)


def test_a_model_travels_as_its_path_and_options():
    before = os.getcwd()
    path = saved('travelling')[0]
    os.chdir(FOLDER)
    try:
        relative = jn.load(os.path.basename(path), views=2, workers=1)
        named = [loaded(name) for name in NAMES]
    finally:
        os.chdir(before)
    for model in [relative] + named:
        expected = model.predict(PICTURE)
        packed = pickle.dumps(model)
        assert_less(len(packed), 10000)
        np.testing.assert_array_equal(pickle.loads(packed).predict(PICTURE), expected)
    assert_equal(pickle.loads(pickle.dumps(relative)).post.views, 2)


def test_a_model_says_what_it_is():
    size = f'{os.path.getsize(jn.load().path) / 1e6:.1f} MB'
    for word in ('isun', 'released head', size, '12 views'):
        assert_in(word, repr(jn.load()))
    assert_in('1 view>', repr(jn.load(views=1)))
    assert_in('gbvs', repr(jn.load('gbvs')))


def test_models_have_names_with_a_line_each():
    found = jn.list_models()
    assert_equal(set(found), set(baselines.BASELINES) | {'isun'})
    for line in found.values():
        assert_equal(len(line.splitlines()), 1)


def test_a_runs_folder_is_its_best_weights():
    run = os.path.join(FOLDER, 'run')
    os.mkdir(run)
    with assert_raises(MissingFiles) as caught:
        jn.load(run)
    assert_in('weights-best.hdf5', str(caught.exception))
    os.rename(saved('best')[0], os.path.join(run, 'weights-best.hdf5'))
    for each in (run, pathlib.Path(run)):
        assert_equal(jn.load(each).path, os.path.join(run, 'weights-best.hdf5'))


def test_an_unknown_name_is_answered_with_the_nearest():
    for wrong, right in (('gvbs', 'gbvs'), ('isnu', 'isun'), ('center', 'centre')):
        with assert_raises(BadSetting) as caught:
            jn.load(wrong)
        assert_in(f"did you mean '{right}'?", str(caught.exception))
    with assert_raises(MissingFiles) as caught:
        jn.load('published')
    assert_in('weights fetch published', str(caught.exception))
    with assert_raises(MissingFiles):
        jn.load('nowhere.hdf5')


def test_a_picture_decoded_at_a_reduced_size_has_a_map_of_its_own_size():
    for name in NAMES:
        found = loaded(name)._one(texture(30, 40), (60, 80), views=None)
        assert_equal(found.shape, (60, 80))
