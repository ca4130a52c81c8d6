"""Progress on a terminal and in a log: both show it, neither changes items."""

import contextlib
import errno
import io
import os
import subprocess
import sys

from nose.tools import assert_equal, assert_in

from juntingnet_theano.progress import byte_progress, progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class Full(io.StringIO):
    """A log on a full disk."""

    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def flush(self):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class FullTerminal(Full, Terminal):
    """A terminal that is gone."""


def test_items_pass_through_with_a_bar_or_a_last_line():
    for file in (Terminal(), io.StringIO()):
        assert_equal(list(progress(iter('abc'), 'reading', 'letters', 3, file)), list('abc'))
        assert_in('reading', file.getvalue())
        assert_in('3/3', file.getvalue())


def test_short_work_is_one_line():
    for file in (io.StringIO(), Terminal()):
        list(progress('abc', 'reading', 'letters', file=file))
        assert_equal(file.getvalue().count('\n'), 1)


def test_work_goes_on_where_nobody_reads():
    for kind in (Full, FullTerminal):
        assert_equal(list(progress('abc', 'reading', 'letters', file=kind())), list('abc'))
        with byte_progress('downloading a.zip', 3, file=kind()) as advance:
            advance(3)
    with contextlib.redirect_stderr(None):
        assert_equal(list(progress('abc', 'reading', 'letters')), list('abc'))


def test_bytes_are_counted_from_where_a_transfer_goes_on():
    for file in (Terminal(), io.StringIO()):
        with byte_progress('downloading a.zip', 4000000, 1000000, file) as advance:
            for _ in range(3):
                advance(1000000)
        last = file.getvalue().strip().splitlines()[-1].split('\r')[-1]
        assert_in('downloading a.zip', last)
        assert_in('4.00M/4.00M', last)


def test_an_unknown_total_is_left_open():
    for file in (Terminal(), io.StringIO()):
        list(progress(iter('ab'), 'reading', 'letters', file=file))
        with byte_progress('downloading a.zip', file=file) as advance:
            advance(2500000)
        assert_in('2.50MB', file.getvalue())


def test_what_tqdm_cannot_use_is_refused_in_words():
    code = (
        'from juntingnet_theano.errors import BadSetting\n'
        'from juntingnet_theano.progress import progress\n'
        'try:\n    list(progress("ab", "reading", "letters"))\n'
        'except BadSetting as error:\n    print(error)\n'
    )
    said = subprocess.check_output(
        [sys.executable, '-c', code], env=dict(os.environ, TQDM_MININTERVAL='soon'), text=True
    )
    assert_in("'soon'", said)
    assert_in('grep TQDM', said)
