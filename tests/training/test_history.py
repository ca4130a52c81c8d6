"""History: rows come back to the last bit, a cut line does not."""

import json
import os
import shutil
import tempfile

import h5py
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.errors import BadFile
from juntingnet_theano.training import checkpoints, history
from juntingnet_theano.training.loop import train
from juntingnet_theano.training.runs import Run
from tests.helpers import tiny_training


def rows(count):
    return [
        {name: i + 1 + 0.1 * j for j, name in enumerate(history.COLUMNS + history.ACTIVITY)}
        for i in range(count)
    ]


def written(count):
    path = os.path.join(tempfile.mkdtemp(), 'history.csv')
    for row in rows(count):
        history.append(path, row)
    return path


def test_rows_come_back_exactly():
    assert_equal(history.read(written(3)), rows(3))


def test_no_file_is_an_empty_history():
    assert_equal(history.read('nowhere/history.csv'), [])


def test_line_cut_short_by_a_kill_is_left_out():
    path = written(2)
    with open(path, 'a') as file:
        file.write('3.0,0.01')
    assert_equal(history.read(path), rows(2))


def test_truncate_keeps_the_first_epochs_and_append_goes_on():
    path = written(3)
    history.truncate(path, 1)
    history.append(path, rows(2)[1])
    assert_equal(history.read(path), rows(2))


def test_a_checkpoint_beyond_the_history_is_refused():
    path = written(2)
    for epochs in (3, 10**9):
        with assert_raises(BadFile):
            history.truncate(path, epochs)
    assert_equal(history.read(path), rows(2))


def test_foreign_file_is_refused():
    path = os.path.join(tempfile.mkdtemp(), 'history.csv')
    head = ','.join(history.COLUMNS) + '\n'
    row = ',1.0' * 6 + '\n'
    for text, line in (
        ('a,b\n1,2\n', 1),
        ('\n', 1),
        (head + 'x\n', 2),
        (head + '1.0' + row + '\n' + '2.0' + row, 3),
        (head + '1.0,2.0\n', 2),
        (head + '"1.0' + row, 2),
        (head + '1.0' + row + '1.0' + row, 3),  # an epoch twice
        (head + '2.0' + row, 2),
        (head + 'nan' + row, 2),
        (head + '1.0' + row.replace('1.0', '9' * 5000), 2),
        (head + '1.0' + row + '2.0,\xff' + row[4:], 3),
    ):
        with open(path, 'w', encoding='latin-1') as file:
            file.write(text)
        with assert_raises(BadFile) as caught:
            history.read(path)
        assert_in(f'line {line}', caught.exception.got)
        assert_less(len(str(caught.exception)), 2000)


def test_a_history_that_is_no_regular_file_is_refused_at_once():
    path = os.path.join(tempfile.mkdtemp(), 'history.csv')
    os.mkfifo(path)
    assert_raises(BadFile, history.read, path)


def test_a_history_that_went_through_windows_is_read():
    path = written(2)
    with open(path, 'rb') as file:
        content = file.read()
    with open(path, 'wb') as file:
        file.write(b'\xef\xbb\xbf' + content.replace(b'\n', b'\r\n'))
    assert_equal(history.read(path), rows(2))


def test_a_history_without_activity_is_read_and_gone_on_with():
    path = os.path.join(tempfile.mkdtemp(), 'history.csv')
    with open(path, 'w') as file:
        file.write(','.join(history.COLUMNS) + '\n1.0' + ',0.5' * 6 + '\n')
    assert_equal(sorted(history.read(path)[0]), sorted(history.COLUMNS))
    history.truncate(path, 1)
    history.append(path, rows(2)[1])
    before, after = history.read(path)
    assert_equal((before['training_loss'], str(before['dead_conv3'])), (0.5, 'nan'))
    assert_equal(after, rows(2)[1])


def test_a_run_whose_history_is_damaged_is_refused_before_anything_is_compiled():
    folder = tempfile.mkdtemp()
    cache = os.path.join(folder, 'cache.hdf5')
    tiny_training.write_cache(cache)
    run = Run(os.path.join(folder, 'run'), tiny_training.settings(cache))
    run.start()
    with h5py.File(run.checkpoint_path, 'w') as file:
        file.attrs['format'] = checkpoints.FORMAT
        file.attrs['position'] = json.dumps({**vars(checkpoints.Position()), 'epoch': 2})
    for text, said in (('a,b\n1,2\n', 'line 1'), ('', 'has 0 epochs')):
        with open(run.history_path, 'w') as file:
            file.write(text)
        lines = []
        with assert_raises(BadFile) as caught:
            train(run, resume=True, report=lines.append)
        assert_in(said, caught.exception.got)
        assert_equal(lines, [])  # it says so when it compiles
    shutil.rmtree(folder)
