"""experiments/observers.py: people as the model of other people."""

import json
import os
import shutil
import tempfile

import numpy as np
from nose.tools import assert_almost_equal, assert_equal, assert_greater

from juntingnet_theano import datasets
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.datasets.records import Fixations, Record
from juntingnet_theano.files import matfiles
from juntingnet_theano.saliency_maps import maps as saliency_maps
from tests.helpers.scripts import script

observers = script('observers')


def seen_by(subjects):
    """A record in which observer i looked at (i, 2 i)."""
    subjects = np.asarray(subjects, 'int32')
    return Record(
        'a',
        'validation',
        'a.jpg',
        size=(64, 64),
        fixations=Fixations(
            subjects.astype('float32'),
            2 * subjects.astype('float32'),
            subjects,
            np.zeros(len(subjects)),
        ),
    )


def test_halves_share_no_observer_and_leave_none_out():
    subjects = [0, 0, 1, 2, 2, 2, 3, 4]
    first, second = observers.halves(seen_by(subjects), np.random.RandomState(0))
    assert_equal(set(first.subject) & set(second.subject), set())
    assert_equal(sorted(np.concatenate([first.subject, second.subject])), subjects)
    assert_equal((len(set(first.subject)), len(set(second.subject))), (2, 3))
    np.testing.assert_array_equal(first.y, 2 * first.x)


def test_observers_who_look_at_the_same_places_predict_each_other():
    places = np.array([[10.0, 20.0], [40.0, 50.0]], 'float32')
    half = Fixations(places[:, 0], places[:, 1], np.zeros(2, 'int32'), np.zeros(2))
    records = [seen_by([0])._replace(name=name) for name in 'abc']
    models = {'people': observers.people(observers.SHARES[0])}
    found = observers.scores_against([half] * 3, models, records, [half] * 3)
    means = observers.means(found['people'])
    assert_almost_equal(means['cc'], 1, 6)
    assert_almost_equal(means['similarity'], 1, 6)


def test_script_scores_people_and_maps_on_the_same_halves():
    folder = tempfile.mkdtemp()
    raw = os.path.join(folder, 'raw')
    sample.generate(raw, counts=(1, 6, 1))
    maps, path = os.path.join(folder, 'maps'), os.path.join(folder, 'o.json')
    os.mkdir(maps)
    for record in datasets.reader('sample').read(raw, 'validation'):
        np.save(os.path.join(maps, record.name + '.npy'), saliency_maps.read(record.saliency_map))
    observers.main(['--dataset', 'sample', '--raw', raw, '--out', path, maps])
    with open(path) as file:
        found = json.load(file)
    assert_equal(len(found), len(observers.SHARES) + 1)
    # The maps know all observers, a half only itself.
    half = next(iter(found.values()))
    assert_greater(found[maps]['cc'], half['cc'])
    assert_greater(found[maps]['auc_judd'], half['auc_judd'])


def test_an_image_that_nobody_looked_at_is_left_out():
    folder = tempfile.mkdtemp()
    raw = os.path.join(folder, 'raw')
    sample.generate(raw, counts=(1, 5, 1))
    path = os.path.join(raw, 'validation.mat')
    with open(path, 'rb') as file:
        structs = matfiles.read(file, path, 'validation')
    matfiles.write(path, {'validation': structs[:4]})
    without = observers.study(raw, 'sample', 'validation', None, [])
    gaze = dict(structs[4]['gaze'][0], fixation=np.zeros((0, 2)))
    matfiles.write(path, {'validation': structs[:4] + [dict(structs[4], gaze=[gaze])]})
    assert_equal(observers.study(raw, 'sample', 'validation', None, []), without)
    shutil.rmtree(folder)
