"""Where compiled code is kept, and what stops nobody: folders that cannot be
written, damaged files, a folder that two processors share."""

import contextlib
import os
import shutil
import tempfile

import numba
from nose.tools import assert_equal, assert_false, assert_is_none, assert_true

from juntingnet_theano.engine.numba.runtime import disk_cache
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)
from tests.helpers.facade_helpers import python

PROGRAM = """
import {}juntingnet_theano, theano
x = theano.tensor.vector()
run = theano.function([x], 2 * x + 1)
assert run([1, 2]).tolist() == [3, 5]
from juntingnet_theano.engine.numba.runtime.disk_cache import FOLDER
print(FOLDER)
""".format
LIMITED = """resource
resource.setrlimit(resource.RLIMIT_FSIZE, (999, resource.RLIM_INFINITY))
import """


@contextlib.contextmanager
def scratch():
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def ran(base, before='', **environ):
    """(folder of the kernels, what was said) of the program."""
    out, said = python(PROGRAM(before), 'base_compiledir=' + base, **environ)
    return out.strip(), said


def kernels(folder):
    """Name -> time of change of all kernels below a folder."""
    return {
        os.path.relpath(os.path.join(place, name), folder): os.stat(
            os.path.join(place, name)
        ).st_mtime_ns
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith('.kernel')
    }


def truncated(path):
    os.truncate(path, os.path.getsize(path) // 2)


def emptied(path):
    os.truncate(path, 0)


def flipped(path):
    with open(path, 'r+b') as file:
        file.seek(-20, os.SEEK_END)
        (byte,) = file.read(1)
        file.seek(-20, os.SEEK_END)
        file.write(bytes([byte ^ 1]))


def a_pipe(path):
    os.remove(path)
    os.mkfifo(path)


DAMAGE = truncated, emptied, flipped, a_pipe


@contextlib.contextmanager
def files_in(folder):
    """Entries of two functions, kept in a folder of the test's."""
    before, disk_cache.FOLDER = disk_cache.FOLDER, os.path.join(folder, 'kernels')
    try:
        yield disk_cache._Files('one'), disk_cache._Files('two')
    finally:
        disk_cache.FOLDER = before


def test_a_damaged_file_is_not_there_and_is_made_anew():
    with scratch() as folder, files_in(folder) as (one, _):
        for damage in DAMAGE:
            one.save('key', list(range(100)))
            assert_equal(one.load('key'), list(range(100)))
            damage(one._path('key'))
            assert_is_none(one.load('key'), damage.__name__)
        one.save('key', 'anew')
        assert_equal(one.load('key'), 'anew')
        assert_equal(len(os.listdir(disk_cache.FOLDER)), 1)


def test_a_file_under_the_name_of_another_is_not_served():
    with scratch() as folder, files_in(folder) as (one, two):
        one.save('key', 'of one')
        shutil.copy(one._path('key'), one._path('other key'))
        assert_is_none(one.load('other key'))
        assert_is_none(two.load('key'))


def test_programs_run_on_damaged_files_and_mend_them():
    with scratch() as folder:
        place, said = ran(folder)
        whole = kernels(folder)
        assert_true(whole)
        for number, name in enumerate(sorted(whole)):
            DAMAGE[number % len(DAMAGE)](os.path.join(folder, name))
        with scratch() as temporary:
            assert_equal(ran(folder, TMPDIR=temporary)[0], place)
            # No run leaves the sources that PyTensor makes up.
            assert_equal(os.listdir(temporary), [])
        mended = kernels(folder)
        assert_equal(sorted(mended), sorted(whole))
        assert_equal(ran(folder), (place, ''))  # compiles nothing
        assert_equal(kernels(folder), mended)


def test_each_processor_has_a_folder_and_finds_its_own_again():
    with scratch() as folder:
        processors = [
            dict(NUMBA_CPU_NAME='generic', JUNTINGNET_LANES=lanes, NUMBA_CPU_FEATURES=features)
            for lanes, features in (('4', '+sse2'), ('4', '+sse2,+sse3'), ('16', '+sse2'))
        ]
        places = [ran(folder, **environ)[0] for environ in processors]
        files = kernels(folder)
        assert_equal(
            {os.path.join(folder, 'numba', name.split(os.sep)[1]) for name in files}, set(places)
        )
        assert_equal(len(set(places)), 3)
        assert_equal(ran(folder, **processors[0]), (places[0], ''))
        assert_equal(kernels(folder), files)


def check_own_folder(base, before='', words=('this process compiles',)):
    with scratch() as folder:
        place, said = ran(base, before, TMPDIR=folder)
        assert_equal(os.listdir(folder), [])
        assert_equal([said.count(each) for each in words], [1] * len(words), said)
        return place


def test_folders_that_cannot_be_made_are_replaced_by_one_of_the_process():
    check_own_folder('/dev/null/kernels')
    with tempfile.NamedTemporaryFile() as file:
        place = check_own_folder(file.name)
        assert_false(place.startswith(file.name))


def test_a_full_disk_keeps_nothing_and_stops_nobody():
    # No file may be larger, in whatever folder.
    with scratch() as folder:
        check_own_folder(folder, LIMITED, ('this process compiles', 'are not kept in'))


CHILD = """
import os, subprocess, sys
import juntingnet_theano, theano
from pytensor import config
from juntingnet_theano.engine import compiled_folder
code = 'import juntingnet_theano, theano, pytensor; print(pytensor.config.base_compiledir)'
environ = dict(compiled_folder.environment(), PYTHONPATH=os.pathsep.join(sys.path))
said = subprocess.check_output([sys.executable, '-c', code], env=environ, text=True)
print(said.strip() == str(config.base_compiledir))
"""


def test_a_second_process_shares_the_folder_of_the_first():
    flags = 'floatX=float32,base_compiledir=/dev/null/a'
    assert_equal(python(CHILD, flags)[0].strip(), 'True')


def test_other_functions_are_kept_where_numba_keeps_them():
    with scratch() as folder:
        path = os.path.join(folder, 'module.py')
        source = 'def double(x): return 2 * x\n'
        with open(path, 'w') as file:
            file.write(source)
        names = {}
        exec(compile(source, path, 'exec'), names)
        double = numba.njit(cache=True)(names['double'])
        assert_equal(double(2), 4)
        assert_true(any(name.endswith('.nbi') for _, _, found in os.walk(folder) for name in found))
