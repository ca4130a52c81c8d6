"""pysaliency's scores of our models are ours, whichever way the maps go."""

import csv
import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises
from PIL import Image
from scipy.special import logsumexp

from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets import scenes
from juntingnet_theano.errors import BadSetting, MissingDependency
from juntingnet_theano.metrics.ground_truth import fixation_map
from juntingnet_theano.prediction import densities
from tests.helpers.output import said
from tests.helpers.pages import examples
from tests.helpers.peers import pysaliency

METRICS = 'metrics=auc_uniform,nss,information_gain_uniform'
OPTIONS = {'views': 1}


def written(folder):
    """Pictures of scenes with fixations, and pysaliency's files of them."""
    peer = pysaliency()
    rng = np.random.RandomState(0)
    files, x, y, n = [], [], [], []
    for index in range(4):
        scene = scenes.draw(rng)
        # A large JPEG might be decoded at a reduced size.
        name, scale = ('large.jpg', 4) if index == 3 else (f'{index}.png', 1)
        picture = scene.picture.resize([scale * side for side in scene.picture.size])
        files.append(os.path.join(folder, 'pictures', name))
        os.makedirs(os.path.dirname(files[-1]), exist_ok=True)
        picture.save(files[-1])
        for observer in scenes.look(scene, rng):
            places = scale * (observer['fixation'] - 1) + rng.uniform(0, 0.99, (1, 2))
            inside = (places >= 0).all(1) & (places < np.array(picture.size)).all(1)
            x += places[inside, 0].tolist()
            y += places[inside, 1].tolist()
            n += [index] * inside.sum()
    stimuli = peer.FileStimuli(files)
    fixations = peer.Fixations.create_without_history(
        np.array(x), np.array(y), np.array(n), subjects=np.zeros(len(n), int)
    )
    stimuli.to_hdf5(os.path.join(folder, 'stimuli.hdf5'))
    fixations.to_hdf5(os.path.join(folder, 'fixations.hdf5'))
    return stimuli, fixations


def command(*arguments):
    assert_equal(main([str(each) for each in arguments]), 0)


def predicted(folder, form):
    data = 'pysaliency:' + os.path.join(folder, 'stimuli.hdf5')
    out = os.path.join(folder, form + '.hdf5')
    command('predict', '--dataset', data, '--views', 1, '--form', form, '--out', out)
    return out


def evaluated(folder, maps):
    """Columns of scores.csv, by metric."""
    data = 'pysaliency:' + os.path.join(folder, 'stimuli.hdf5')
    out = os.path.join(folder, 'scores')
    command(
        'evaluate',
        maps,
        '--dataset',
        data,
        '--protocol',
        'pysaliency',
        '--set',
        METRICS,
        '--out',
        out,
    )
    with open(os.path.join(out, 'scores.csv'), newline='') as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0] if name != 'image'}


def of_images(values, fixations):
    return [values[fixations.n == index].mean() for index in range(fixations.n.max() + 1)]


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_saliency_maps_through_files_the_adapter_and_our_own_scores():
    peer = pysaliency()
    from juntingnet_theano.pysaliency_models import SaliencyMapModel

    with tempfile.TemporaryDirectory() as folder:
        stimuli, fixations = written(folder)
        path = predicted(folder, 'pysaliency')
        ours = evaluated(folder, path)
        for model in (peer.HDF5SaliencyMapModel(stimuli, path), SaliencyMapModel(options=OPTIONS)):
            close(ours['auc_uniform'], model.AUC_per_image(stimuli, fixations))
            close(ours['nss'], of_images(model.NSSs(stimuli, fixations), fixations))


def test_densities_through_files_the_adapter_and_our_own_scores():
    peer = pysaliency()
    from juntingnet_theano.pysaliency_models import CentreModel, Model

    with tempfile.TemporaryDirectory() as folder:
        stimuli, fixations = written(folder)
        path = predicted(folder, 'log-density')
        ours, centre = evaluated(folder, path), CentreModel()
        models = peer.HDF5Model(stimuli, path), Model(options=OPTIONS)
        for model in models:
            for stimulus in stimuli:
                assert_less(abs(logsumexp(model.log_density(stimulus))), 0.001)
            close(
                ours['information_gain_uniform'],
                of_images(model.information_gains(stimuli, fixations), fixations),
            )
            maps = peer.saliency_map_models.DensitySaliencyMapModel(model)
            close(ours['auc_uniform'], maps.AUC_per_image(stimuli, fixations))
            close(ours['nss'], of_images(maps.NSSs(stimuli, fixations), fixations))
            gains = of_images(model.information_gains(stimuli, fixations, centre), fixations)
            for index, stimulus in enumerate(stimuli):
                here = fixations.n == index
                there = fixation_map(fixations.x_int[here], fixations.y_int[here], stimulus.size)
                expected = densities.gain(
                    model.log_density(stimulus), centre.log_density(stimulus), there
                )
                close(gains[index], expected)


def test_a_baseline_has_maps_and_no_density():
    pysaliency()
    from juntingnet_theano.pysaliency_models import Model, SaliencyMapModel

    grey = np.zeros((30, 40), 'uint8')
    assert_equal(SaliencyMapModel('centre').saliency_map(grey).shape, (30, 40))
    assert_raises(BadSetting, Model, 'centre')


def test_stimuli_that_are_pixels_are_predicted_from_their_file():
    peer = pysaliency()
    with tempfile.TemporaryDirectory() as folder:
        pictures = [np.asarray(Image.new('RGB', size, 'olive')) for size in ((30, 20), (20, 30))]
        peer.Stimuli(pictures).to_hdf5(os.path.join(folder, 'stimuli.hdf5'))
        path = predicted(folder, 'pysaliency')
        assert_equal(os.path.exists(path), True)


def test_without_pysaliency_the_extra_is_named():
    import sys

    kept = {
        name: sys.modules.pop(name, None)
        for name in ('pysaliency', 'juntingnet_theano.pysaliency_models')
    }
    sys.modules['pysaliency'] = None
    try:
        with assert_raises(MissingDependency) as caught:
            import juntingnet_theano.pysaliency_models  # noqa: F401
    finally:
        del sys.modules['pysaliency']
        sys.modules.update({name: each for name, each in kept.items() if each is not None})
    assert_in('pip install pysaliency', str(caught.exception))


def test_the_example_of_the_docs_runs():
    pysaliency()
    (example,) = examples('pysaliency.rst')
    _, text = said(lambda: exec(compile(example, 'docs/pysaliency.rst', 'exec'), {}))
    assert_equal(len([float(line) for line in text.split()]), 2)
