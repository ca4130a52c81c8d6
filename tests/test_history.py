"""History: rows come back to the last bit, a cut line does not."""
import os
import tempfile

from nose.tools import assert_equal, assert_raises

from juntingnet_theano import history
from juntingnet_theano.errors import BadFile


def rows(count):
    return [{name: i + 1 + 0.1 * j
             for j, name in enumerate(history.COLUMNS)}
            for i in range(count)]


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


def test_foreign_file_is_refused():
    path = os.path.join(tempfile.mkdtemp(), 'history.csv')
    for text in ('a,b\n1,2\n', ','.join(history.COLUMNS) + '\nx\n'):
        with open(path, 'w') as file:
            file.write(text)
        with assert_raises(BadFile):
            history.read(path)
