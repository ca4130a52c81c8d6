"""The registry of data sets, and what it says of missing files."""

import os
import subprocess
import sys
import tempfile

from nose.tools import assert_equal, assert_in, assert_not_in, assert_raises, assert_true

from juntingnet_theano import datasets
from juntingnet_theano.datasets import layout, registry
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from tests.helpers.mat_files import touch


def test_every_name_has_a_reader_with_the_interface():
    # What the registry knows, and three without an edition or a host.
    assert_equal(
        datasets.names(), sorted(registry.names() + ['salicon', 'folder', 'indexed', 'pysaliency'])
    )
    for name in datasets.names():
        module = datasets.reader(name)
        assert_true(set(module.SPLITS) <= set(SPLITS))
        known = _known(name)
        if known is not None:
            assert_equal(tuple(known.images), module.SPLITS)
        for function in ('splits', 'required', 'sources', 'read'):
            assert_true(callable(getattr(module, function)))


def _known(name):
    """What the registry says of a set of `datasets`, or None."""
    return registry.entry(name) if name in registry.names() else None


def test_unknown_name_offers_the_nearest():
    with assert_raises(BadSetting) as raised:
        datasets.reader('salicom')
    assert_in("did you mean 'salicon'?", str(raised.exception))


def test_importing_the_registry_is_light():
    # In a new process: this one has everything loaded already.
    loaded = (
        subprocess.check_output(
            [
                sys.executable,
                '-c',
                'import sys, juntingnet_theano.datasets;print(" ".join(sys.modules))',
            ]
        )
        .decode()
        .split()
    )
    for heavy in ('numpy', 'scipy', 'PIL', 'h5py', 'theano'):
        assert_not_in(heavy, loaded)


def test_every_missing_file_is_listed_with_place_and_size():
    root = tempfile.mkdtemp()
    for name in datasets.names():
        with assert_raises(MissingFiles) as raised:
            datasets.check(name, root)
        module = datasets.reader(name)
        for item in module.required(root, module.splits(root)):
            assert_in(os.path.join(root, item.path), str(raised.exception))
            assert_in(item.size, str(raised.exception))
        assert_in(
            '--raw'
            if name in ('folder', 'indexed', 'pysaliency')
            else 'juntingnet download ' + name,
            str(raised.exception),
        )


def test_only_what_is_missing_is_listed():
    root = tempfile.mkdtemp()
    for split in SPLITS:
        touch(root, split + '.mat')
    touch(root, 'images', 'a.jpg')
    with assert_raises(MissingFiles) as raised:
        datasets.check('isun', root)
    assert_in('1 of 5', str(raised.exception))
    assert_in('saliency', str(raised.exception))
    assert_not_in('training.mat', str(raised.exception))
    touch(root, 'saliency', 'a.mat')
    assert_equal(datasets.check('isun', root), None)


def test_an_empty_folder_is_missing():
    root = tempfile.mkdtemp()
    touch(root, 'testing.mat')
    os.mkdir(os.path.join(root, 'images'))
    with assert_raises(MissingFiles):
        datasets.check('isun', root, ['testing'])


def test_only_the_splits_asked_for_are_needed():
    root = tempfile.mkdtemp()
    touch(root, 'testing.mat')
    touch(root, 'images', 'a.jpg')
    assert_equal(datasets.check('isun', root, ['testing']), None)
    with assert_raises(BadSetting) as raised:
        datasets.check('isun', root, ['test'])
    assert_in('testing', str(raised.exception))


def test_names_that_leave_the_folder_are_refused():
    for name in ('../a', 'a/b', 'a\\b', '..', '.', '', ' a', 'a\0', '/a', 'a\ud800'):
        with assert_raises(BadFile):
            layout.safe_name(name, 'training.mat')
    assert_equal(layout.safe_name('a.b', 'training.mat'), 'a.b')
    for extension in ('.JPG', '.jfif', '.avif', '.bmp'):
        assert_equal(layout.safe_name('a' + extension, 'training.mat'), 'a')


def test_with_gaze_leaves_complete_records_alone():
    record = Record('a', 'testing', 'a.jpg')
    assert_true(datasets.with_gaze('isun', record) is record)


def test_two_records_of_one_name_are_refused():
    for name in ('a', 'A'):
        with assert_raises(BadFile) as raised:
            layout.Records(
                [Record('a', 'testing', 'a.jpg'), Record(name, 'testing', 'b.jpg')], 'list.mat'
            )
        assert_in('list.mat', str(raised.exception))
        assert_in('b.jpg', str(raised.exception))
