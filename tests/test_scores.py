"""Summaries of scores and their files."""
import json
import os
import tempfile

import numpy as np
from nose.tools import (assert_almost_equal, assert_equal, assert_less,
                        assert_raises, assert_true)

from juntingnet_theano import scores
from juntingnet_theano.errors import BadFile, MissingFiles

CONTENT = dict.fromkeys(scores.KEYS, 'x')


def target(name):
    return os.path.join(tempfile.mkdtemp(), name)


def test_interval_is_the_normal_one_for_many_values():
    values = np.random.default_rng(0).normal(5, 2, 1000)
    low, high = scores.interval(values, np.random.default_rng(1))
    half = 1.96 * values.std() / 1000 ** .5
    assert_less(abs(low - (values.mean() - half)), .1 * half)
    assert_less(abs(high - (values.mean() + half)), .1 * half)


def test_interval_holds_the_true_mean_in_95_of_100_cases():
    source, held = np.random.default_rng(2), 0
    for trial in range(200):
        low, high = scores.interval(source.exponential(1, 80),
                                    np.random.default_rng(trial), 1000)
        held += low < 1 < high
    assert_true(174 <= held <= 199, held)


def test_nan_is_left_out_of_the_mean_and_counted():
    rows = [('a', {'cc': .5, 'nss': float('nan')}),
            ('b', {'cc': float('nan'), 'nss': float('nan')}),
            ('c', {'cc': .7, 'nss': float('nan')})]
    found = scores.summarise(rows, 0)
    assert_almost_equal(found['cc']['mean'], .6)
    assert_equal((found['cc']['images'], found['cc']['nan']), (2, 1))
    assert_equal(found['nss'], {'mean': None, 'low': None, 'high': None,
                                'images': 0, 'nan': 3})


def test_the_same_seed_is_the_same_interval():
    rows = [(str(i), {'cc': i / 7.}) for i in range(20)]
    assert_equal(scores.summarise(rows, 3), scores.summarise(rows, 3))
    assert_true(scores.summarise(rows, 3) != scores.summarise(rows, 4))


def test_json_comes_back_and_is_valid_json():
    path = target('scores.json')
    scores.write_json(path, dict(CONTENT, metrics=scores.summarise(
        [('a', {'cc': float('nan')})], 0)))
    assert_equal(scores.read_json(path)['metrics']['cc']['mean'], None)
    with open(path) as file:
        content = json.load(file, parse_constant=lambda name: 1 / 0)
    assert_true('juntingnet_version' in content)


def test_other_files_are_refused():
    for text in ('', '[]', '{}', '{"format": "juntingnet scores 1"}',
                 '[' * 100000):
        path = target('scores.json')
        with open(path, 'w') as file:
            file.write(text)
        with assert_raises(BadFile):
            scores.read_json(path)
    with assert_raises(MissingFiles):
        scores.read_json(target('nowhere.json'))


def test_csv_keeps_every_digit():
    path = target('scores.csv')
    scores.write_csv(path, [('a,b', {'cc': 1 / 3., 'nss': np.float32(.1)})])
    with open(path) as file:
        assert_equal(file.read(), 'image,cc,nss\n"a,b",{!r},{!r}\n'.format(
            1 / 3., float(np.float32(.1))))
