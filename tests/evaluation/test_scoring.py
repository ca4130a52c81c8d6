"""A split's maps get their scores, the same ones however they are computed."""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import (
    assert_almost_equal,
    assert_equal,
    assert_in,
    assert_not_in,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano import datasets, metrics
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, BadSetting, BadSubmission
from juntingnet_theano.evaluation import scoring
from juntingnet_theano.files import matfiles
from juntingnet_theano.saliency_maps import maps as saliency_maps
from juntingnet_theano.saliency_maps.map_folders import MapFolder
from tests.helpers.mat_files import save, touch
from tests.helpers.output import captured

FOLDER = tempfile.mkdtemp()
RAW = os.path.join(FOLDER, 'raw')
MAPS = os.path.join(FOLDER, 'maps')
COUNT = 14
PROTOCOL = metrics.PROTOCOLS['lsun2015']


def setup_module():
    """The sample's own maps, a little blurred, are the predictions."""
    sample.generate(RAW, counts=(2, COUNT, 1))
    os.mkdir(MAPS)
    for record in records():
        np.save(
            os.path.join(MAPS, record.name + '.npy'),
            saliency_maps.blur(saliency_maps.read(record.saliency_map), 3),
        )


def records():
    return datasets.reader('sample').read(RAW, 'validation')


def quiet(items, *_, **__):
    return items


def evaluate(maps=MAPS, protocol=PROTOCOL, **changes):
    return scoring.evaluate(
        maps, 'sample', RAW, 'validation', protocol, **dict(dict(workers=1, watch=quiet), **changes)
    )


@contextlib.contextmanager
def some_maps():
    """A copy of the maps to spoil."""
    folder = os.path.join(tempfile.mkdtemp(), 'maps')
    shutil.copytree(MAPS, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(os.path.dirname(folder))


def run(*argv):
    return captured(['evaluate', '--dataset', 'sample', '--raw', RAW, '--workers', 1, *argv])


def test_scores_are_those_of_the_metrics_called_by_hand():
    found = evaluate(protocol=PROTOCOL._replace(metrics=('cc', 'nss'), repeats=True))
    assert_equal(len(found.rows), COUNT)
    for (name, scores), record in zip(found.rows, records()):
        assert_equal(name, record.name)
        values = np.load(os.path.join(MAPS, name + '.npy'))
        fixations = metrics.fixation_map(record.fixations.x, record.fixations.y, record.size)
        assert_almost_equal(scores['nss'], metrics.nss(values, fixations, repeats=True), 12)
        assert_almost_equal(scores['cc'], metrics.cc(values, metrics.lowpass(fixations > 0)), 12)


def test_ground_truth_may_be_the_data_sets_own_maps():
    found = evaluate(
        os.path.join(FOLDER, 'raw', 'saliency'),
        partial=True,
        protocol=PROTOCOL._replace(truth='maps', metrics=('cc',)),
    )
    for _, scores in found.rows:
        assert_almost_equal(scores['cc'], 1, 9)


def test_the_number_of_processes_changes_nothing():
    assert_equal(evaluate(workers=2).rows, evaluate(workers=1).rows)


def test_missing_maps_do_not_change_the_scores_of_the_others():
    whole = dict(evaluate().rows)
    with some_maps() as folder:
        gone = records()[3].name
        os.remove(os.path.join(folder, gone + '.npy'))
        found = evaluate(folder, partial=True)
    assert_equal(found.missing, [gone])
    assert_equal(dict(found.rows), {name: scores for name, scores in whole.items() if name != gone})


def test_seeds_differ_in_what_is_drawn_alone():
    for (_, one), (_, other) in zip(evaluate().rows, evaluate(seed=1).rows):
        assert_equal(one['cc'], other['cc'])
        assert_true(one['auc_borji'] != other['auc_borji'])


def test_missing_extra_and_wrongly_sized_maps_are_named():
    names = [record.name for record in records()]
    with some_maps() as folder:
        os.remove(os.path.join(folder, names[0] + '.npy'))
        np.save(os.path.join(folder, 'stranger.npy'), np.eye(3))
        with assert_raises(BadSubmission) as caught:
            evaluate(folder)
        for part in (names[0] + ': missing', 'stranger: not in the split'):
            assert_in(part, str(caught.exception))
        os.remove(os.path.join(folder, 'stranger.npy'))
        np.save(os.path.join(folder, names[0] + '.npy'), np.eye(4, 6))
        with assert_raises(BadSubmission) as caught:
            evaluate(folder)
        assert_in(names[0] + ': 4 x 6 pixels', str(caught.exception))
        found = evaluate(folder, partial=True)
        assert_equal((len(found.unfit), len(found.rows)), (1, COUNT - 1))
        assert_equal(evaluate(folder, resize=True).resized, 1)


def test_an_unreadable_map_is_named_and_may_be_left_out():
    name = records()[5].name
    with some_maps() as folder:
        with open(os.path.join(folder, name + '.npy'), 'wb') as file:
            file.write(b'nothing')
        with assert_raises(BadSubmission) as caught:
            evaluate(folder)
        assert_in(name, str(caught.exception))
        assert_equal(len(evaluate(folder, partial=True).rows), COUNT - 1)


def test_nothing_fit_is_refused_even_in_part():
    folder = tempfile.mkdtemp()
    with assert_raises(BadSubmission):
        evaluate(folder, partial=True)
    os.rmdir(folder)


def test_a_split_without_gaze_is_refused():
    with assert_raises(BadSetting) as caught:
        scoring.evaluate(MAPS, 'sample', RAW, 'testing', PROTOCOL, watch=quiet)
    assert_in('no image with gaze', str(caught.exception))


def test_images_without_gaze_are_left_out_and_counted():
    raw = os.path.join(tempfile.mkdtemp(), 'raw')
    shutil.copytree(RAW, raw)
    path = os.path.join(raw, 'validation.mat')
    with open(path, 'rb') as file:
        structs = matfiles.read(file, path, 'validation')
    structs[4]['gaze'] = np.zeros((0, 0))
    matfiles.write(path, {'validation': structs})
    found = scoring.evaluate(MAPS, 'sample', raw, 'validation', PROTOCOL, workers=1, watch=quiet)
    assert_equal((found.images, found.without_gaze, len(found.rows)), (COUNT, 1, COUNT - 1))
    shutil.rmtree(os.path.dirname(raw))


def test_images_that_nobody_looked_at_are_left_out_and_counted():
    """An empty list of fixations, in metrics as in files of other readers."""
    everyone = metrics.PROTOCOLS['mit']._replace(metrics=tuple(metrics.LABELS))
    looks = [np.zeros((0, 2)), np.array([[1, 2], [3, 3]]), np.array([[0, 1]])]
    pool = metrics.GazePool(looks, [(12, 16)] * 3)
    rng = np.random.default_rng(0)
    for protocol in (everyone, everyone._replace(truth='maps')):
        truth = pool.truth(0, protocol, rng, np.eye(12, 16))
        for values in (np.eye(12, 16), np.zeros((12, 16))):
            scores = metrics.score(values, truth, protocol, np.random.SeedSequence(0))
            assert_equal(set(scores), set(metrics.LABELS))
            assert_true(all(map(np.isnan, scores.values())), scores)
    black = pool.truth(1, everyone._replace(truth='maps'), rng, np.zeros((12, 16)))
    scores = metrics.score(np.eye(12, 16), black, everyone, np.random.SeedSequence(0))
    for name in ('cc', 'similarity', 'kl_divergence', 'emd'):
        assert_true(np.isnan(scores[name]), name)
    assert_true(np.isfinite(scores['nss']))


def test_an_empty_list_of_fixations_is_no_gaze():
    raw = os.path.join(tempfile.mkdtemp(), 'raw')
    shutil.copytree(RAW, raw)
    path = os.path.join(raw, 'validation.mat')
    with open(path, 'rb') as file:
        structs = matfiles.read(file, path, 'validation')
    gaze = structs[4]['gaze'][0]
    structs[4]['gaze'] = [dict(gaze, fixation=np.zeros((0, 2)))]
    matfiles.write(path, {'validation': structs})
    record = datasets.reader('sample').read(raw, 'validation')[4]
    assert_equal(len(record.fixations.x), 0)
    found = scoring.evaluate(
        MAPS,
        'sample',
        raw,
        'validation',
        PROTOCOL._replace(metrics=('similarity',)),
        workers=1,
        watch=quiet,
    )
    assert_equal((found.images, found.without_gaze, len(found.rows)), (COUNT, 1, COUNT - 1))
    shutil.rmtree(os.path.dirname(raw))


def test_integer_maps_score_as_the_same_map_in_uint8():
    found = {}
    for kind in ('uint8', 'int16', 'uint16', 'int32', 'int64', 'uint64'):
        with some_maps() as folder:
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                np.save(path, np.rint(np.load(path) * 255).astype(kind))
            found[kind] = evaluate(
                folder, protocol=metrics.PROTOCOLS['mit']._replace(metrics=('auc_judd', 'cc'))
            )
    for kind in found:
        assert_equal(found[kind], found['uint8'])


def test_a_map_that_is_all_length_is_not_resized():
    with some_maps() as folder:
        name = records()[0].name
        np.save(os.path.join(folder, name + '.npy'), np.zeros((1, 1 << 25), 'float32'))
        found = evaluate(folder, partial=True, resize=True)
    assert_in('resizing', found.unfit[0])


def test_images_whose_scores_would_take_gigabytes_are_refused():
    with tempfile.TemporaryDirectory() as root:
        path = touch(root, 'annotations', 'fixations_val2014.json')
        touch(root, 'images', 'val2014', 'a.jpg')
        os.mkdir(os.path.join(root, 'maps'))
        np.save(os.path.join(root, 'maps', 'a.npy'), np.eye(3))
        for height, width in ((20000, 20000), (10**30, 4)):
            image = {'id': 1, 'file_name': 'a.jpg', 'height': height, 'width': width}
            with open(path, 'w') as file:
                json.dump(
                    {'images': [image], 'annotations': [{'image_id': 1, 'fixations': [[2, 2]]}]},
                    file,
                )
            with assert_raises(BadFile) as raised:
                scoring.evaluate(
                    os.path.join(root, 'maps'),
                    'salicon-api',
                    root,
                    'validation',
                    PROTOCOL,
                    resize=True,
                    workers=1,
                    watch=quiet,
                )
            assert_in('12,500,000 pixels', str(raised.exception))


def test_names_reach_the_terminal_and_the_files_as_plain_text():
    with some_maps() as folder:
        np.save(os.path.join(folder, 'x\x1b[31m\udce9.npy'), np.eye(3))
        out = os.path.join(folder, 'out')
        code, text, _ = run(folder, '--partial', '--out', out, '--name', 'caf\udce9\x1b[2J')
        assert_equal(code, 0)
        assert_in('x\\x1b[31m\\xe9', text)
        assert_not_in('\x1b', text)
        text.encode('utf-8')


def test_command_writes_both_files_and_prints_the_table():
    with some_maps() as folder:
        code, out, _ = run(folder, '--name', 'blurred')
        assert_equal(code, 0)
        base = os.path.join(os.path.dirname(folder), 'evaluation', 'maps', 'sample-validation')
        with open(os.path.join(base, 'scores.csv')) as file:
            rows = list(csv.DictReader(file))
        with open(os.path.join(base, 'scores.json')) as file:
            content = json.load(file)
    assert_equal([row['image'] for row in rows], [record.name for record in records()])
    for metric, summary in content['metrics'].items():
        values = [float(row[metric]) for row in rows]
        assert_almost_equal(summary['mean'], np.mean(values), 12)
        assert_true(summary['low'] < summary['mean'] < summary['high'])
        assert_equal((summary['images'], summary['nan']), (COUNT, 0))
    assert_equal(
        (
            content['model'],
            content['seed'],
            content['protocol']['name'],
            content['protocol']['splits'],
        ),
        ('blurred', 0, 'lsun2015', 100),
    )
    for part in ('AUC shuffled', 'blurred', '95 % from', 'lsun2015'):
        assert_in(part, out)


def test_predictions_with_categories_are_scored_from_folders_and_archives():
    """CAT2000, whose images are called Action/001, with overlays beside."""
    raw, out = (os.path.join(tempfile.mkdtemp(), 'raw') for _ in range(2))
    touch(raw, 'trainSet', 'Stimuli', 'Action', '001.jpg')
    rng = np.random.RandomState(0)
    Image.fromarray(rng.randint(0, 255, (60, 80, 3)).astype('uint8')).save(
        os.path.join(raw, 'trainSet', 'Stimuli', 'Action', '001.jpg')
    )
    fixations = np.zeros((60, 80))
    fixations[[3, 40, 50], [9, 70, 20]] = 1
    save(os.path.join(raw, 'trainSet', 'FIXATIONLOCS', 'Action', '001.mat'), fixLocs=fixations)
    values = rng.rand(60, 80)
    MapFolder(out, overlays=True).write('Action/001', np.zeros((60, 80, 3), 'uint8'), values)
    expected = metrics.nss(np.rint(values * 255), fixations)
    archive = shutil.make_archive(out + '-zip', 'zip', os.path.dirname(out))
    for path in (out, archive):
        found = scoring.evaluate(
            path,
            'cat2000',
            raw,
            'training',
            PROTOCOL._replace(metrics=('nss',)),
            workers=1,
            watch=quiet,
        )
        assert_equal([name for name, _ in found.rows], ['Action/001'])
        assert_almost_equal(found.rows[0][1]['nss'], expected, 5)


def test_command_counts_nan_and_lists_what_was_left_out():
    with some_maps() as folder:
        names = [record.name for record in records()]
        os.remove(os.path.join(folder, names[0] + '.npy'))
        np.save(os.path.join(folder, names[1] + '.npy'), np.zeros(records()[1].size))
        code, _, error = run(folder)
        assert_equal(code, 2)
        assert_not_in('Traceback', error)
        out = os.path.join(folder, 'out')
        code, text, _ = run(folder, '--partial', '--out', out)
        assert_equal(code, 0)
        with open(os.path.join(out, 'scores.json')) as file:
            content = json.load(file)
    assert_equal(content['images']['missing'], names[:1])
    assert_equal(content['metrics']['cc']['nan'], 1)
    assert_equal(content['metrics']['cc']['images'], COUNT - 2)
    assert_in('1 without a map: ' + names[0], text)
    assert_in('images without score', text)


def test_command_refuses_what_it_does_not_know():
    for argv in (['--protocol', 'lsun'], ['--set', 'truht=maps']):
        code, _, error = run(MAPS, *argv)
        assert_equal(code, 2)
        assert_in('next' if 'expected' not in error else 'expected', error)


def test_evaluating_starts_no_engine():
    program = (
        'import sys\n'
        'from juntingnet_theano.cli.main import main\n'
        'code = main(["evaluate", {!r}, "--dataset", "sample", "--raw", '
        '{!r}, "--workers", "1", "--out", {!r}])\n'
        'print(code, sorted({{"theano", "pytensor", "lasagne", "numba", '
        '"jax", "matplotlib"}} & set(sys.modules)))'
    ).format(MAPS, RAW, os.path.join(FOLDER, 'out'))
    out = subprocess.check_output([sys.executable, '-c', program], stderr=subprocess.DEVNULL)
    assert_equal(out.decode().splitlines()[-1], '0 []')
