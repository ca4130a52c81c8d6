"""The weights that come with the package work the minute it is installed."""

import os
import sys
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_false, assert_in, assert_less, assert_true
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano import datasets, metrics
from juntingnet_theano.baselines import centre
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.pictures.images import read_rgb
from juntingnet_theano.prediction.pipeline import predict
from juntingnet_theano.saliency_maps import maps
from tests.helpers.one_picture import saliency

FOLDER = tempfile.mkdtemp()
ROUNDING = 1e-6 if sys.version_info < (3, 9) else 0
"""Of maps beside other pictures: the original Theano's BLAS sums in another order."""


def setup_module():
    sample.generate(os.path.join(FOLDER, 'raw'), counts=(1, 24, 1))


def records():
    return list(datasets.reader('sample').read(os.path.join(FOLDER, 'raw'), 'validation'))


def test_they_are_small_and_say_whence_they_come():
    model = jn.load()
    assert_less(os.path.getsize(model.path), 25e6)
    for name in (
        'head',
        'settings',
        'fingerprint',
        'postprocessing',
        'preprocessing',
        'packed_bits',
    ):
        assert_in(name, model.attributes)
    for name in ('settings', 'command'):  # no path of somebody's machine
        for word in model.attributes[name].replace('"', ' ').split():
            assert_false(word.startswith('/'), word)


def test_they_see_what_pops_out_of_pictures_they_never_saw():
    model, nss = jn.load(), {'network': [], 'centre': []}
    for record in records():
        picture = read_rgb(record.image)
        fixations = metrics.fixation_map(record.fixations.x, record.fixations.y, record.size)
        (found,) = model.predict([picture])
        assert_equal(found.shape, picture.shape[:2])
        nss['network'].append(metrics.nss(found, fixations))
        nss['centre'].append(metrics.nss(centre.saliency(picture), fixations))
    print({name: np.mean(each) for name, each in nss.items()})
    assert_less(np.mean(nss['centre']) + 0.3, np.mean(nss['network']))


def test_one_command_makes_a_map_of_a_picture():
    out = os.path.join(FOLDER, 'maps')
    picture = records()[0].image
    assert_equal(main(['predict', picture, '--out', out, '--overlay']), 0)
    name = os.path.splitext(os.path.basename(picture))[0]
    made = maps.read(os.path.join(out, name + '.png'))
    assert_equal(made.shape, Image.open(picture).size[::-1])
    (found,) = jn.load().predict([picture])
    np.testing.assert_allclose(made, found, atol=0.5 / 255 + 1e-6)
    assert_true(os.path.exists(os.path.join(out, 'overlays', name + '.jpg')))


def test_a_map_does_not_depend_on_the_pictures_beside_it():
    # More than the network takes at a time, which is 12.
    some = records()[:14]
    pictures = [read_rgb(record.image) for record in some]
    broken = os.path.join(FOLDER, 'broken.jpg')
    open(broken, 'w').close()
    stimuli = [(record.name, record.image) for record in some]
    model = jn.load()
    alone = [saliency(model, picture, model.post, model.fit) for picture in pictures]
    one_view = model.post._replace(views=1)
    for post, expected in ((model.post, alone), (one_view, None)):
        for batch in (1, 7, 64):
            out = os.path.join(FOLDER, f'maps{batch}-{post.views}')
            done = predict(
                model,
                stimuli[:3] + [('broken', broken)] + stimuli[3:],
                out,
                'npy',
                post,
                model.fit,
                batch=batch,
                skip_bad=True,
            )
            assert_equal((done.written, len(done.skipped)), (len(stimuli), 1))
            found = [np.load(os.path.join(out, name + '.npy')) for name, _ in stimuli]
            for first, again in zip(expected or found, found):
                np.testing.assert_allclose(first, again, rtol=0, atol=ROUNDING)
            expected = expected or found
