"""Settings: the paper's defaults, TOML, overrides, and what is refused."""

import os
import tempfile

from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from juntingnet_theano.settings.training import Settings, load
from tests.helpers import ROOT


def written(text, encoding='utf-8'):
    path = os.path.join(tempfile.mkdtemp(), 'settings.toml')
    with open(path, 'w', encoding=encoding) as file:
        file.write(text)
    return path


def test_defaults_are_those_of_section_3_2():
    paper = Settings()
    assert_equal(
        (
            paper.epochs,
            paper.learning_rate_start,
            paper.learning_rate_stop,
            paper.holdout,
            paper.dropout,
        ),
        (1000, 0.03, 0.0001, 0.2, 0.0),
    )


def test_experiments_differ_from_the_paper_only_in_the_cache():
    for name in ('isun', 'salicon'):
        found = load(os.path.join(ROOT, 'experiments', f'paper-{name}.toml'))
        assert_equal(found, Settings(cache=f'data/cache/{name}.hdf5'))


def test_kept_results_are_those_of_the_experiments():
    for experiment, name in (
        ('paper-isun', 'isun'),
        ('paper-salicon', 'salicon'),
        ('best', 'best'),
        ('teacher-135', 'teacher-135'),
        ('teacher-soft', 'teacher-soft'),
    ):
        asked, used = (
            load(os.path.join(ROOT, 'experiments', *place))
            for place in ([experiment + '.toml'], ['results', name, 'settings.toml'])
        )
        assert_equal(asked, used)


def test_saved_settings_come_back():
    path = os.path.join(tempfile.mkdtemp(), 'settings.toml')
    for cache in ('a "b" \\ \u00e9.hdf5', 'data/\U0001f600.hdf5', '\x7f\x1b', 'a\r\nb\t\u2028'):
        chosen = Settings(cache=cache, shuffle=False, learning_rate_stop=1e-5)
        chosen.save(path)
        assert_equal(load(path), chosen)


def test_override_reads_numbers_truths_and_bare_strings():
    found = Settings().override(['epochs=3', 'shuffle=false', 'head=released', 'mirror=1'])
    assert_equal(
        (found.epochs, found.shuffle, found.head, found.mirror), (3, False, 'released', 1.0)
    )


def test_unknown_key_offers_the_nearest():
    with assert_raises(BadSetting) as caught:
        Settings().override(['epoch=3'])
    assert_equal(caught.exception.expected, "did you mean 'epochs'?")
    with assert_raises(BadSetting):
        load(written('learning_rat_start = 1'))


def test_values_of_another_type_or_range_are_named():
    for assignment in (
        'epochs=0',
        'epochs=ten',
        'epochs=1.5',
        'shuffle=1',
        'head=papre',
        'dropout=1',
        'batch_size=-1',
        'learning_rate_start=nan',
        'max_norm=-1',
        'seed',
        'seed=4294967296',
        'split_seed=4294967296',
        'epochs=1000000000000',
        'max_norm=inf',
        'cache=',
        'learning_rate_stop=1' + '0' * 400,
        'cache="a\\u0000"',
        'batch_size=0x' + 'f' * 5000,
        'epochs=' + '9' * 5000,
        'cache=caf\udce9',
        'epochs=3\nseed=5',
        'epochs=' + '[' * 20000,
    ):
        with assert_raises(BadSetting) as caught:
            Settings().override([assignment])
        message = str(caught.exception)
        assert_in(assignment.split('=')[0], message)
        assert_less(len(message), 1000)


def test_the_mark_that_windows_editors_put_first_is_passed_over():
    assert_equal(load(written('epochs = 3', 'utf-8-sig')).epochs, 3)


def test_text_that_is_no_toml_and_a_missing_file_are_named():
    for text in (
        'epochs: 3',
        'seed = ' + '[' * 20000,
        'epochs = ' + '9' * 5000,
        'seed' + '.a' * 2000 + ' = 1',
    ):
        with assert_raises(BadSetting) as caught:
            load(written(text))
        assert_less(len(str(caught.exception)), 1000)
    for text, encoding in (
        ('# \xe9', 'latin-1'),
        ('epochs = 3', 'utf-16'),
        ('epochs = 3\n' * 5000, 'utf-8'),
    ):
        with assert_raises(BadFile):
            load(written(text, encoding))
    with assert_raises(BadFile):
        load('/dev/zero')
    with assert_raises(MissingFiles):
        load(os.path.join(tempfile.mkdtemp(), 'none.toml'))
