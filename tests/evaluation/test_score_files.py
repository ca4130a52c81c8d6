"""Summaries of scores and their files."""

import json
import os
import tempfile

import numpy as np
from nose.tools import assert_almost_equal, assert_equal, assert_less, assert_raises, assert_true

from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.evaluation import score_files

CONTENT = {
    'model': 'm',
    'dataset': 'isun',
    'split': 'validation',
    'seed': 0,
    'protocol': {'name': 'mit'},
    'changes': [],
    'date': '2020-01-31',
    'images': {'split': 2, 'scored': 2},
    'metrics': {},
}


def target(name):
    return os.path.join(tempfile.mkdtemp(), name)


def test_interval_is_the_normal_one_for_many_values():
    values = np.random.default_rng(0).normal(5, 2, 1000)
    low, high = score_files.interval(values, np.random.default_rng(1))
    half = 1.96 * values.std() / 1000**0.5
    assert_less(abs(low - (values.mean() - half)), 0.1 * half)
    assert_less(abs(high - (values.mean() + half)), 0.1 * half)


def test_interval_holds_the_true_mean_in_95_of_100_cases():
    source, held = np.random.default_rng(2), 0
    for trial in range(200):
        low, high = score_files.interval(
            source.exponential(1, 80), np.random.default_rng(trial), 1000
        )
        held += low < 1 < high
    assert_true(174 <= held <= 199, held)


def test_nan_is_left_out_of_the_mean_and_counted():
    rows = [
        ('a', {'cc': 0.5, 'nss': float('nan')}),
        ('b', {'cc': float('nan'), 'nss': float('nan')}),
        ('c', {'cc': 0.7, 'nss': float('nan')}),
    ]
    found = score_files.summarise(rows, 0)
    assert_almost_equal(found['cc']['mean'], 0.6)
    assert_equal((found['cc']['images'], found['cc']['nan']), (2, 1))
    assert_equal(found['nss'], {'mean': None, 'low': None, 'high': None, 'images': 0, 'nan': 3})


def test_the_same_seed_is_the_same_interval():
    rows = [(str(i), {'cc': i**0.5}) for i in range(20)]
    assert_equal(score_files.summarise(rows, 3), score_files.summarise(rows, 3))
    assert_true(score_files.summarise(rows, 3) != score_files.summarise(rows, 4))


def test_json_comes_back_and_is_valid_json():
    path = target('scores.json')
    score_files.write_json(
        path, dict(CONTENT, metrics=score_files.summarise([('a', {'cc': float('nan')})], 0))
    )
    assert_equal(score_files.read_json(path)['metrics']['cc']['mean'], None)
    with open(path) as file:
        content = json.load(file, parse_constant=lambda name: 1 / 0)
    assert_true('juntingnet_version' in content)


def test_other_files_are_refused():
    for text in (
        '',
        '[]',
        '{}',
        '{"format": "juntingnet scores 1"}',
        '[' * 100000,
        '9' * 5000,
        '\xe9',
    ):
        path = target('scores.json')
        with open(path, 'w', encoding='latin-1') as file:
            file.write(text)
        with assert_raises(BadFile):
            score_files.read_json(path)
    with assert_raises(MissingFiles):
        score_files.read_json(target('nowhere.json'))
    path = target('scores.json')
    os.mkfifo(path)
    with assert_raises(BadFile):
        score_files.read_json(path)


def test_values_that_no_table_can_show_are_refused_by_name():
    for name, values in (
        ('model', ['', ' ', None, 3, ['a']]),
        ('dataset', ['../a', '']),
        ('split', ['a/b', 3]),
        ('protocol', [None, 'mit', {}]),
        ('changes', ['a', [3], None]),
        ('date', [None, 5]),
        ('seed', [-1, True, '0', 1 << 70]),
        ('images', [{}, 300]),
        ('metrics', [None, [], {'cc': None}, {'cc': {'mean': 'x'}}]),
    ):
        for value in values:
            path = target('scores.json')
            score_files.write_json(path, dict(CONTENT, **{name: value}))
            with assert_raises(BadFile):
                score_files.read_json(path)
    path = target('scores.json')
    for number in ('NaN', 'Infinity', '1e999', '9' * 999, '9' * 5000):
        score_files.write_json(
            path, dict(CONTENT, metrics=score_files.summarise([('a', {'cc': 0.5})], 0))
        )
        with open(path) as file:
            text = file.read().replace('"mean": 0.5', '"mean": ' + number)
        with open(path, 'w') as file:
            file.write(text)
        with assert_raises(BadFile):
            score_files.read_json(path)
    with assert_raises(MissingFiles):
        score_files.read_json(target('nowhere.json'))


def test_csv_keeps_every_digit():
    path = target('scores.csv')
    score_files.write_csv(path, [('caf\udce9', {'cc': 1.0})])
    with open(path) as file:
        assert_equal(file.read(), 'image,cc\ncaf\\xe9,1.0\n')
    score_files.write_csv(path, [('a,b', {'cc': 1 / 3.0, 'nss': np.float32(0.1)})])
    with open(path) as file:
        assert_equal(file.read(), f'image,cc,nss\n"a,b",{1 / 3.0!r},{float(np.float32(0.1))!r}\n')
