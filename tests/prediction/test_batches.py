"""Batches make what one stream makes, in shards too, and only what is missing."""

import contextlib
import io
import os
import sys
import tempfile
import zipfile
from unittest import mock

import numpy as np
from nose.tools import assert_equal, assert_false, assert_in, assert_raises, assert_true
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.prediction import batches, pipeline
from juntingnet_theano.saliency_maps import map_hdf5, map_shards
from juntingnet_theano.settings.postprocessing import PostProcessing
from tests.helpers.output import said

FOLDER = tempfile.mkdtemp()
POST = PostProcessing(views=1)
COUNT = 29


def setup_module():
    rng = np.random.RandomState(0)
    for number in range(COUNT):
        pixels = np.kron(rng.randint(0, 256, (5, 6, 3)), np.ones((9, 9, 1)))
        Image.fromarray(pixels.astype('uint8')).save(picture(number))


def picture(number):
    return os.path.join(FOLDER, f'{number:03d}.png')


def stimuli(count=COUNT):
    return [(f'in/{number:03d}', picture(number)) for number in range(count)]


def new_folder():
    return os.path.join(tempfile.mkdtemp(dir=FOLDER), 'maps')


def work(out, model=None, **options):
    return batches.Work(model or jn.load(), out, {'post': POST}, **options)


def members(folder):
    """Name -> bytes of what is in the shards of a folder."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith('.zip'):
            with zipfile.ZipFile(os.path.join(folder, name)) as archive:
                found.update((each, archive.read(each)) for each in archive.namelist())
    return found


def files(folder):
    found = {}
    for here, _, names in os.walk(folder):
        for name in names:
            if not name.startswith('.'):
                path = os.path.join(here, name)
                with open(path, 'rb') as file:
                    found[os.path.relpath(path, folder)] = file.read()
    return found


def run(command):
    return said(lambda: main(command))[0]


def of_one_stream():
    out = new_folder()
    pipeline.predict(jn.load(), stimuli(), out, post=POST)
    return files(out)


def test_shards_hold_the_bytes_of_single_files():
    # 29 pictures leave five over, whose place in a block of twelve is theirs.
    out = new_folder()
    summary, there = batches.predict_batches(work(out, shards=12), stimuli())
    assert_equal((summary.written, there), (COUNT, 0))
    assert_equal(members(out), of_one_stream())
    assert_equal(sum(map(map_shards.is_shard, os.listdir(out))), 3)


def test_only_shards_that_are_missing_are_made():
    out = new_folder()
    chosen = work(out, shards=12)
    batches.predict_batches(chosen, stimuli())
    before = members(out)
    os.remove(map_shards.path(out, 1, 'png8'))
    summary, there = batches.predict_batches(chosen, stimuli())
    assert_equal((summary.written, there), (12, 17))
    assert_equal(members(out), before)


def test_a_shard_of_other_pictures_is_made_again():
    out = new_folder()
    chosen = work(out, jn.load('centre'), shards=12, workers=1)
    batches.predict_batches(chosen, stimuli(20))
    summary, there = batches.predict_batches(chosen, stimuli())
    assert_equal((summary.written, there), (17, 12))
    assert_equal(sorted(members(out)), [f'in/{number:03d}.png' for number in range(COUNT)])
    with assert_raises(BadFile) as caught:  # a third shard is left over
        batches.predict_batches(chosen, stimuli(20))
    assert_in('maps-000002.zip', str(caught.exception))


def test_a_folder_that_was_made_otherwise_is_refused():
    out = new_folder()
    batches.predict_batches(work(out, jn.load('centre'), shards=12), stimuli(3))
    for other, what in (
        (work(out, jn.load('centre'), shards=24), 'shards'),
        (work(out, jn.load('chance'), shards=12), 'model'),
        (work(out, jn.load('centre'), shards=12, form='npy'), 'form'),
    ):
        with assert_raises(BadSetting) as caught:
            batches.predict_batches(other, stimuli(3))
        assert_in('different settings: ' + what, str(caught.exception))
    full = new_folder()
    pipeline.predict_pictures(jn.load('centre'), stimuli(3), full)
    with assert_raises(BadSetting):
        batches.predict_batches(work(full, jn.load('centre')), stimuli(3))


def test_a_run_without_batches_makes_a_folder_its_own():
    out = new_folder()
    command = ['predict', FOLDER, '--model', 'centre', '--workers', '1', '--out', out]
    assert_equal(run(command + ['--shards', '12']), 0)
    assert_true(os.path.exists(os.path.join(out, batches.RECORD)))
    assert_equal(run(command), 0)
    assert_false(os.path.exists(os.path.join(out, batches.RECORD)))
    assert_equal(run(command + ['--shards', '12']), 2)


def test_a_broken_picture_leaves_no_shard_or_is_noted():
    out, broken = new_folder(), os.path.join(FOLDER, 'broken.jpg')
    open(broken, 'w').close()
    given = stimuli(14)
    given[3] = ('in/003', broken)
    with assert_raises(BadFile):
        batches.predict_batches(work(out, shards=12), given)
    assert_false(any(map(map_shards.is_shard, os.listdir(out))))
    for written, there in ((13, 0), (0, 13)):
        summary, found = batches.predict_batches(
            work(out, shards=12, skip_bad=True), given, skip_bad=True
        )
        assert_equal((summary.written, found, len(summary.skipped)), (written, there, 1))
        assert_in('broken.jpg', str(summary.skipped[0]))
    expected = {name: each for name, each in of_one_stream().items() if name < 'in/014'}
    del expected['in/003.png']
    assert_equal(members(out), expected)


def test_what_cannot_be_batches_is_refused():
    with assert_raises(BadSetting):
        work(new_folder(), shards=100)
    with assert_raises(BadSetting):
        work(new_folder(), form='pysaliency')
    with assert_raises(BadSetting):  # each batch would replace the one before
        work(new_folder() + '.zip')
    with assert_raises(BadSetting):
        work(new_folder(), shards=12, overlays=True)


def test_one_archive_holds_the_bytes_of_single_files():
    out = new_folder() + '.zip'
    pipeline.predict(jn.load(), stimuli(), out, post=POST)
    with zipfile.ZipFile(out) as archive:
        assert_equal({each: archive.read(each) for each in archive.namelist()}, of_one_stream())


def test_an_extra_that_is_missing_is_told():
    command = ['predict', '--model', 'centre', '--out', new_folder()]
    for missing, given in (
        ('dask', [FOLDER, '--scheduler', 'tcp://127.0.0.1:1']),
        ('fsspec', ['s3://bucket/a.jpg']),
    ):
        error = io.StringIO()
        with mock.patch.dict(sys.modules, {missing: None}), contextlib.redirect_stderr(error):
            assert_equal(run(command + given), 2)
        assert_in(missing + ' cannot be imported', error.getvalue())
        assert_in('pip install', error.getvalue())
    assert_false(os.path.exists(command[-1]))


def test_shards_are_scored_as_single_files_are():
    raw = os.path.join(tempfile.mkdtemp(dir=FOLDER), 'raw')
    sample.generate(raw, counts=(1, 14, 1))
    told = {}
    for name, options in (
        ('single', ['--form', 'png16']),
        ('zips', ['--form', 'png16', '--shards', '12']),
        ('hdf5', ['--form', 'pysaliency', '--shards', '12']),
    ):
        out = os.path.join(FOLDER, 'scored', name)
        given = ['--dataset', 'sample', '--raw', raw, '--split', 'validation', '--workers', '1']
        assert_equal(run(['predict', '--model', 'centre', '--out', out] + given + options), 0)
        assert_equal(run(['evaluate', out, '--out', out + '-scores'] + given), 0)
        with open(os.path.join(out + '-scores', 'scores.csv')) as file:
            told[name] = file.read()
    assert_equal(told['zips'], told['single'])
    names = [line.split(',')[0] for line in told['hdf5'].splitlines()]
    assert_equal(names, [line.split(',')[0] for line in told['single'].splitlines()])
    stored = map_hdf5.Stored(map_shards.path(out, 0, 'pysaliency'))
    assert_equal(len(stored.paths), 12)
