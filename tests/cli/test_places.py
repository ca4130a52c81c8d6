"""The program in odd places: streams closed or full, a folder that is gone."""

import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.cli.main import main

FOLDER = tempfile.mkdtemp()
PICTURE = os.path.join(FOLDER, 'a.png')
PREDICT = 'predict --model centre {} --out {}'.format(PICTURE, os.path.join(FOLDER, 'out'))


def setup_module():
    Image.fromarray(np.zeros((30, 40, 3), 'uint8')).save(PICTURE)


def shell(line, where=FOLDER):
    """Exit code, standard output and error of a line for the shell."""
    done = subprocess.run(
        line.format(juntingnet=sys.executable + ' -m juntingnet_theano'),
        shell=True,
        cwd=where,
        timeout=120,
        capture_output=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path))),
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def maps():
    """What was predicted; removed."""
    out = os.path.join(FOLDER, 'out')
    found = os.listdir(out) if os.path.isdir(out) else []
    shutil.rmtree(out, ignore_errors=True)
    return found


def test_closed_streams_do_not_keep_a_map_from_its_file():
    for closed in ('2>&-', '>&-', '<&- >&- 2>&-', '2>/dev/full'):
        assert_equal(shell('{juntingnet} ' + PREDICT + ' ' + closed)[0], 0, closed)
        assert_equal(maps(), ['a.png'])


def test_a_full_standard_output_is_said():
    for verb in (PREDICT, 'weights list', '--version'):
        for unbuffered in ('', '1'):
            code, _, errors = shell(
                f'PYTHONUNBUFFERED={unbuffered} {{juntingnet}} {verb} >/dev/full'
            )
            assert_equal(code, 2, verb)
            assert_equal(
                errors.count('While writing to standard output: No space left on device'), 1, errors
            )
            assert_equal(errors.count('Traceback'), 0)
    maps()


def test_a_working_folder_that_is_gone_is_said():
    code, _, errors = shell('mkdir gone && cd gone && rmdir ../gone && {juntingnet} ' + PREDICT)
    assert_equal(code, 2, errors)
    assert_in('was removed', errors)
    assert_equal(errors.count('Traceback'), 0)


def test_empty_names_are_refused():
    for arguments in (
        ['predict', PICTURE, '--out', ''],
        ['predict', ''],
        ['weights', 'pack', 'a', '--out', ''],
        ['sample', ''],
        ['train', '--run', ''],
    ):
        with assert_raises(SystemExit) as ended:
            main(arguments)
        assert_equal(ended.exception.code, 2)


def test_the_longest_name_that_a_disk_has_gets_its_map():
    for length in (244, 251):
        path = os.path.join(FOLDER, 'x' * length + '.png')
        shutil.copy(PICTURE, path)
        assert_equal(
            main(['predict', '--model', 'centre', path, '--out', os.path.join(FOLDER, 'out')]), 0
        )
        assert_equal(maps(), [os.path.basename(path)])
