"""A sweep is a run for each combination, which the same command finishes."""

import os
import shutil
import tempfile

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import BadSetting
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import sweeps
from tests.helpers import tiny_training
from tests.helpers.output import said

FOLDER = tempfile.mkdtemp()


def setup_module():
    tiny_training.write_cache(os.path.join(FOLDER, 'cache.hdf5'))
    settings = tiny_training.settings(os.path.join(FOLDER, 'cache.hdf5'))
    # Weights that are drawn quickly.
    settings.override(['epochs=1', 'initialisation=glorot']).save(config())


def teardown_module():
    shutil.rmtree(FOLDER)


def config():
    return os.path.join(FOLDER, 'tiny.toml')


def train(folder, *options):
    command = ['train', '--config', config(), '--run', os.path.join(FOLDER, folder)]
    return said(lambda: main(command + list(options)))


def test_every_combination_has_its_run():
    found = sweeps.trials('runs', Settings(), ['head=paper,released', 'dropout=0, 0.5'])
    assert_equal(
        [(each.settings.head, each.settings.dropout) for each in found],
        [('paper', 0), ('paper', 0.5), ('released', 0), ('released', 0.5)],
    )
    assert_equal(len({each.folder for each in found}), 4)


def test_sweeps_that_cannot_be_are_refused():
    for wrong in (
        ['head'],
        ['=1'],
        ['epoch=1,2'],
        ['epochs=1,many'],
        ['epochs=1,'],
        ['epochs=1,1'],
        ['dropout=0.5,5e-1'],
        ['epochs=1,2', 'epochs=3,4'],
        ['seed=' + ','.join(map(str, range(200)))]
        + ['epochs=' + ','.join(map(str, range(1, 200)))],
    ):
        with assert_raises(BadSetting):
            sweeps.trials('runs', Settings(), wrong)


def test_the_best_stands_first_and_the_same_command_trains_nothing_again():
    code, text = train('one', '--sweep', 'learning_rate_start=0.0001,0.5')
    assert_equal(code, 0)
    rows = text.splitlines()[-2:]
    losses = [float(row.split()[1]) for row in rows]
    assert_equal(losses, sorted(losses))
    weights = os.path.join(FOLDER, 'one', 'learning_rate_start=0.5', 'weights-last.hdf5')
    before = os.stat(weights).st_mtime_ns
    assert_equal(train('one', '--sweep', 'learning_rate_start=0.0001,0.5'), (code, text))
    assert_equal(os.stat(weights).st_mtime_ns, before)


def test_a_run_that_fails_leaves_the_others_theirs():
    broken = os.path.join(FOLDER, 'none.hdf5')
    good = os.path.join(FOLDER, 'cache.hdf5')
    code, text = train('two', '--sweep', f'cache={broken},{good}')
    assert_equal(code, 2)
    assert_in(f'{broken} does not exist', text)
    assert_true(
        any(
            os.path.exists(os.path.join(FOLDER, 'two', name, 'weights-last.hdf5'))
            for name in os.listdir(os.path.join(FOLDER, 'two'))
        )
    )


def test_runs_of_other_settings_are_refused_before_anything_is_trained():
    rates = 'learning_rate_start=0.0001,0.5'
    train('one', '--sweep', rates)
    there = sorted(os.listdir(os.path.join(FOLDER, 'one')))
    assert_equal(train('one', '--sweep', rates + ',1', '--set', 'batch_size=4')[0], 2)
    assert_equal(sorted(os.listdir(os.path.join(FOLDER, 'one'))), there)


def test_what_a_sweep_is_not_combined_with():
    assert_equal(main(['train', '--run', FOLDER, '--scheduler', 'tcp://a:1']), 2)
    assert_equal(main(['train', '--run', FOLDER, '--sweep', 'seed=1', '--resume']), 2)
