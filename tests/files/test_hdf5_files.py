"""HDF5 files: whole or absent, whatever the disk says; looked at before HDF5
reads them."""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import hdf5_files
from juntingnet_theano.network import pretrained

FOLDER = tempfile.TemporaryDirectory()


def teardown_module():
    FOLDER.cleanup()


def in_folder(name):
    return os.path.join(FOLDER.name, name)


def said_by(program, *args):
    """Exit code of a program, and what it said."""
    done = subprocess.run(
        [sys.executable, '-c', program] + list(args),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


# The system refuses what lies behind the limit as it does where a disk is full.
COMMANDS = """
import json, resource, sys
from juntingnet_theano.cli.main import main
for size, command in json.loads(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    print('code', main(command), flush=True)
"""


def test_what_the_disk_refuses_is_an_error_and_leaves_no_file():
    pictures = in_folder('pictures')
    os.makedirs(pictures)
    rng = np.random.RandomState(0)
    for i in range(20):
        Image.fromarray(rng.randint(0, 256, (90, 120, 3), 'uint8')).save(
            os.path.join(pictures, f'{i}.png')
        )
    out = in_folder('out')
    weights = pretrained.entry(pretrained.DEFAULT).place
    picture = os.path.join(pictures, '0.png')
    preprocess = ['preprocess', 'folder', '--raw', pictures, '--workers', '1', '--cache']
    predict = ['predict', '--model', 'centre', picture, '--out']
    commands = [
        (100000, ['weights', 'pack', weights, '--out', out + '/packed/a.hdf5']),
        (100000, preprocess + [out + '/cache/a.hdf5']),
        (10000, predict + [out + '/npy', '--form', 'npy']),
        (10000, predict + [out + '/mat', '--form', 'mat']),
        (5000, predict + [out + '/overlay', '--overlay']),
        (1000, ['sample', out + '/sample', '--counts', '1', '0', '0']),
    ]
    code, said = said_by(COMMANDS, json.dumps(commands))
    assert_equal(code, 0, said)
    *each, end = said.split('code 2\n')
    assert_equal((len(each), end), (len(commands), ''), said)
    for text in each:
        assert_in('While writing ' + out, text)
        assert_in(os.strerror(errno.EFBIG), text)
        assert_true('Traceback' not in text and 'buf' not in text, text)
    left = [
        os.path.relpath(os.path.join(folder, name), out)
        for folder, _, names in os.walk(out)
        for name in names
        if not name.endswith('.lock')
    ]
    # The map was written before its overlay.
    assert_equal(left, ['overlay/0.png'])


def test_hdf5_reads_what_it_has_written_though_the_disk_took_nothing():
    """The process ends as usual, too: a file that HDF5 could not close would
    end it with a segmentation fault."""
    program = """if True:
        import os, resource, sys
        import numpy as np
        from juntingnet_theano.files import hdf5_files
        for size in map(int, sys.argv[2:]):
            child = os.fork()
            if not child:
                break
            print('ended', os.waitpid(child, 0)[1], flush=True)
        else:
            sys.exit()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            with hdf5_files.created(sys.argv[1]) as (file, check):
                check()
                rows = file.create_dataset('rows', (0, 99), chunks=(1, 99),
                                           maxshape=(None, 99), dtype='i8')
                for row in range(3000):
                    rows.resize(row + 1, 0)
                    rows[row] = row
                assert (rows[:, 7] == np.arange(3000)).all()
                check()
        except OSError as error:
            sys.exit('number {}'.format(error.errno))
    """
    sizes = 1, 5000, 100000, 1500000, 1 << 24
    code, said = said_by(program, in_folder('rows.hdf5'), *map(str, sizes))
    assert_equal((code, said), (0, 4 * f'number {errno.EFBIG}\nended 256\n' + 'ended 0\n'))
    with h5py.File(in_folder('rows.hdf5'), 'r') as file:
        assert_equal(file['rows'][:, 98].tolist(), list(range(3000)))


def test_only_regular_files_are_opened():
    pipe = in_folder('pipe')
    os.mkfifo(pipe)
    for path, word in (
        (pipe, 'a named pipe'),
        ('/dev/zero', 'a device'),
        (FOLDER.name, 'a folder'),
    ):
        with assert_raises(BadFile) as raised:
            hdf5_files.opened(path, 'reading')
        assert_in(word, str(raised.exception))


def test_links_lead_nowhere():
    path, other = in_folder('links.hdf5'), in_folder('other.hdf5')
    os.mkfifo(other)  # HDF5 would wait for a writer
    with h5py.File(path, 'w') as file:
        file['a/b'] = 1
        file['soft'] = h5py.SoftLink('/a/b')
        file['a/external'] = h5py.ExternalLink(other, '/b')
    with hdf5_files.opened(path, 'reading') as file:
        assert_equal(hdf5_files.item(file, 'a/b')[()], 1)
        for name in ('soft', 'a/external', 'a/b/c', 'none'):
            with assert_raises(ValueError) as raised:
                hdf5_files.item(file, name)
            assert_in(name, str(raised.exception))


def interrupted_in(method, path):
    """Write a file; Ctrl-C comes at the first call of one of the methods that
    HDF5 calls. The errors that this raised."""
    code, came, errors = getattr(hdf5_files._Taking, method).__code__, [], []

    def trace(frame, event, arg):
        if frame.f_code is code and not came:
            came.append(True)
            signal.raise_signal(signal.SIGINT)

    try:
        with hdf5_files.created(path) as (file, _):
            sys.settrace(trace)
            file['a'] = np.arange(1000)
            file.flush()
            sys.settrace(None)
            time.sleep(5)
    except BaseException as error:
        errors.append(type(error))
    finally:
        sys.settrace(None)
    return came, errors


def test_ctrl_c_while_hdf5_calls_back_is_neither_lost_nor_a_failure_of_the_disk():
    path = in_folder('interrupted.hdf5')
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for method in ('seek', 'write', 'truncate'):
            assert_equal(interrupted_in(method, path), ([True], [KeyboardInterrupt]), method)
            with h5py.File(path, 'r') as file:
                assert_equal(file['a'][-1], 999)
        assert_equal(signal.getsignal(signal.SIGINT), signal.default_int_handler)
    finally:
        signal.signal(signal.SIGINT, handler)


def test_hdf5_that_closes_late_writes_into_no_other_file():
    with hdf5_files._Taking(in_folder('late.hdf5')) as taking:
        file = h5py.File(taking, 'w')
        file['a'] = np.arange(1000)
    with open(in_folder('other'), 'w+b') as other:  # has the number now
        file.close()
        assert_equal(other.read(), b'')
