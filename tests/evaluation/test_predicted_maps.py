"""Maps to be scored come out of folders, runs and archives alike."""

import base64
import json
import os
import tempfile
import zipfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.saliency_maps import map_files, map_hdf5
from juntingnet_theano.submission import archives

SIZES = [(6, 8), (5, 9), (7, 7)]


def split(prefix='img_'):
    return [
        Record(f'{prefix}{9 - index:06d}', 'validation', 'gone.jpg', size=size)
        for index, size in enumerate(SIZES)
    ]


def maps_of(records):
    return [
        (record.name, np.rint(np.random.RandomState(index).rand(*record.size) * 255) / 255)
        for index, record in enumerate(records)
    ]


def folder_of(records, form, within=None):
    folder = within or tempfile.mkdtemp()
    for name, values in maps_of(records):
        map_files.write(os.path.join(folder, name + map_files.FORMS[form]), values, form)
    return folder


def check(path, records, names=None):
    """What comes out is what went in, in the order asked for."""
    found = predicted_maps.open_maps(path, [each.name for each in records], 'validation')
    assert_equal(found.names, {record.name for record in records})
    expected = dict(maps_of(records))
    names = names or [record.name for record in records]
    read = [predicted_maps.decode(each) for each in found.read(names)]
    assert_equal(len(read), len(names))
    for name, values in zip(names, read):
        np.testing.assert_allclose(values, expected[name], atol=1e-6)


def inside(name):
    return os.path.join(tempfile.mkdtemp(), name)


def test_folders_of_every_form():
    for form in map_files.FORMS:
        check(folder_of(split(), form), split(), [split()[2].name, split()[0].name])


def test_lsuns_cell_array_goes_by_order_and_gives_some_of_it():
    path = inside('results.mat')
    archives.pack_lsun(maps_of(split()), split(), path)
    check(path, split())
    check(path, split(), [split()[0].name, split()[2].name])


def test_lsuns_archive_of_mat_files_and_zips_of_pngs():
    path = inside('maps.zip')
    archives.pack_lsun_images(maps_of(split()), split(), path)
    check(path, split())
    path = inside('pngs.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for name, values in maps_of(split()):
            archive.writestr(f'deep/down/{name}.png', map_files.encode_png(values))
        archive.writestr('deep/readme.txt', 'hello')
    check(path, split())


def test_salicons_archive_gives_the_set_of_the_split():
    val, test = split('COCO_val2014_'), split('COCO_test2014_')
    path = inside('results.zip')
    archives.pack_salicon({'val': (maps_of(val), val), 'test': (maps_of(test), test)}, path)
    check(path, val)


def test_salicons_json_alone_with_numbers_as_text():
    val = split('COCO_val2014_')
    path = inside('results.json')
    with open(path, 'w') as file:
        json.dump(
            [
                {
                    'image_id': str(int(name.split('_')[-1])),
                    'saliency_map': base64.b64encode(map_files.encode_png(values)).decode(),
                }
                for name, values in maps_of(val)
            ],
            file,
            indent=1,
        )
        file.write('\n')
    check(path, val)


def test_a_run_has_its_maps_in_predictions():
    run = tempfile.mkdtemp()
    open(os.path.join(run, 'settings.toml'), 'w').close()
    with assert_raises(MissingFiles) as caught:
        predicted_maps.open_maps(run, [], 'validation')
    assert_in('juntingnet predict --run', str(caught.exception))
    folder_of(split(), 'npy', os.path.join(run, 'predictions'))
    check(run, split())
    other = os.path.join(run, 'predictions', 'validation')
    folder_of(split()[:1], 'npy', other)
    check(run, split()[:1])


def test_what_is_wrong_is_told_by_name():
    names = [record.name for record in split()]
    two = folder_of(split(), 'npy')
    folder_of(split()[:1], 'png8', two)
    wrong = {
        'results.mat': b'no mat',
        'a.zip': b'no zip',
        'a.txt': b'',
        'a.json': b'[{"image_id": 3}',
        'b.json': b'{"image_id": 3}',
    }
    cases = [(two, 'two maps')]
    for name, content in wrong.items():
        path = inside(name)
        with open(path, 'wb') as file:
            file.write(content)
        cases.append((path, name))
    for path, part in cases:
        with assert_raises(BadFile) as caught:
            predicted_maps.open_maps(path, names, 'validation')
        if part == 'two maps':
            assert_in(part, str(caught.exception))
    with assert_raises(MissingFiles):
        predicted_maps.open_maps('nowhere', names, 'validation')


def test_a_cell_array_of_another_length_belongs_to_nobody():
    path = inside('results.mat')
    archives.pack_lsun(maps_of(split()), split(), path)
    with assert_raises(BadFile) as caught:
        predicted_maps.open_maps(path, ['a', 'b'], 'validation')
    assert_in('3 cells', str(caught.exception))
    assert_in('2', caught.exception.expected)


def test_a_salicon_archive_with_two_files_for_the_set_is_refused():
    path = inside('results.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for name in 'ab':
            archive.writestr(f'fixations_val2014_{name}_results.json', '[]')
    with assert_raises(BadFile) as caught:
        predicted_maps.open_maps(path, [], 'validation')
    assert_in('2 files', str(caught.exception))


def test_numbers_of_images_that_are_twice_or_unknown():
    picture = base64.b64encode(map_files.encode_png(np.eye(3))).decode()
    item = {'image_id': 7, 'saliency_map': picture}
    path = inside('a.json')
    with open(path, 'w') as file:
        json.dump([item], file)
    found = predicted_maps.open_maps(path, ['img_000008'], 'validation')
    assert_equal(found.names, {'image_id 7'})
    with open(path, 'w') as file:
        json.dump([item, item], file)
    with assert_raises(BadFile):
        predicted_maps.open_maps(path, ['img_000007'], 'validation')
    with open(path, 'w') as file:
        file.write(f'[{{"image_id": 7, "saliency_map": "{picture}", "saliency_map": ""}}]')
    with assert_raises(BadFile) as raised:
        predicted_maps.open_maps(path, ['img_000007'], 'validation')
    assert_in("'saliency_map' comes twice", str(raised.exception))


def test_cells_that_are_no_maps_are_refused_when_decoded():
    for values in (
        np.array([['a']]),
        np.zeros((2, 2, 2)),
        np.zeros((0, 3)),
        np.full((2, 2), np.nan),
    ):
        with assert_raises(BadFile):
            predicted_maps.decode(values)
    with assert_raises(BadFile):
        predicted_maps.decode(('a.png', b'no picture'))


def test_maps_and_densities_in_one_file_of_pysaliency():
    records = split('set/img_')
    path = os.path.join(tempfile.mkdtemp(), 'maps.hdf5')
    expected = {}
    with map_hdf5.MapFile(path, 'log-density') as file:
        for name, values in maps_of(records):
            expected[name] = density = (values + 1) / (values + 1).sum()
            file.write(name, name + '.jpeg', np.log(density))
    names = [record.name for record in records]
    found = predicted_maps.open_maps(path, names, 'validation')
    assert_equal(found.names, set(names))
    for name, payload in zip(names, found.read(names)):
        np.testing.assert_allclose(predicted_maps.decode(payload), expected[name], rtol=1e-5)
    with open(path, 'r+b') as file:
        file.truncate(100)
    assert_raises(BadFile, predicted_maps.open_maps, path, names, 'validation')
