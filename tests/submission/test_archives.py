"""Archives hold what the challenges ask for, and nothing faulty is packed."""

import base64
import io
import json
import os
import tempfile
import warnings
import zipfile

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_not_in, assert_raises
from PIL import Image

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadSubmission, MissingFiles
from juntingnet_theano.saliency_maps import map_files
from juntingnet_theano.submission.archives import pack_lsun, pack_lsun_images, pack_salicon, verify


def split(count, prefix='sun_'):
    """Records whose sizes differ, in no alphabetical order."""
    return [
        Record(f'{prefix}{(7 * i) % count:03d}', 'testing', 'gone.jpg', size=(10 + i, 20))
        for i in range(count)
    ]


def map_of(record):
    seed = sum(record.name.encode())
    values = np.random.RandomState(seed).rand(*record.size)
    return np.rint(values * 65535) / 65535  # exact in 16 bits


def folder_of(records, form='png16'):
    folder = tempfile.mkdtemp()
    for record in records:
        map_files.write(
            os.path.join(folder, record.name + map_files.FORMS[form]), map_of(record), form
        )
    return folder


def target(name):
    return os.path.join(tempfile.mkdtemp(), name)


def faults_of(pack, *arguments):
    """The message; whatever was begun under the final name is gone."""
    with assert_raises(BadSubmission) as caught:
        pack(*arguments)
    path = next(
        each
        for each in reversed(arguments)
        if isinstance(each, str) and os.path.splitext(each)[1] in ('.mat', '.zip')
    )
    assert_equal(os.listdir(os.path.dirname(path)), [])
    return str(caught.exception)


def test_lsun_results_are_cells_in_the_order_of_the_split():
    records, path = split(9), target('results.mat')
    for maps in (
        folder_of(records),
        folder_of(records, 'mat'),
        [(record.name, map_of(record)) for record in records],
    ):
        pack_lsun(maps, records, path)
        results = scipy.io.loadmat(path)['results']
        assert_equal(results.shape, (9, 1))
        for i, record in enumerate(records):
            assert_equal(results[i, 0].shape, record.size)
            np.testing.assert_allclose(results[i, 0], map_of(record), atol=1e-6)


def test_lsun_images_are_one_mat_each_with_float64_i():
    records, path = split(5), target('maps.zip')
    pack_lsun_images(folder_of(records), records, path)
    with zipfile.ZipFile(path) as archive:
        assert_equal(archive.namelist(), [record.name + '.mat' for record in records])
        for record in records:
            found = scipy.io.loadmat(io.BytesIO(archive.read(record.name + '.mat')))['I']
            assert_equal(found.dtype, np.float64)
            np.testing.assert_allclose(found, map_of(record), atol=1e-6)


def coco_sets():
    val = split(4, 'COCO_val2014_000000')
    test = split(3, 'COCO_test2014_000000')
    return val, test


def test_salicon_results_are_two_lists_of_ids_and_pngs():
    val, test = coco_sets()
    path = target('results.zip')
    pack_salicon({'val': (folder_of(val), val), 'test': (folder_of(test), test)}, path, 'ours')
    with zipfile.ZipFile(path) as archive:
        assert_equal(
            sorted(archive.namelist()),
            ['fixations_test2014_ours_results.json', 'fixations_val2014_ours_results.json'],
        )
        items = json.loads(archive.read('fixations_val2014_ours_results.json').decode())
    assert_equal([item['image_id'] for item in items], [int(record.name[-9:]) for record in val])
    for item, record in zip(items, val):
        picture = Image.open(io.BytesIO(base64.b64decode(item['saliency_map'])))
        assert_equal((picture.format, picture.mode), ('PNG', 'L'))
        np.testing.assert_allclose(np.asarray(picture) / 255.0, map_of(record), atol=0.51 / 255)


def test_salicon_needs_both_sets_and_numbers_in_names():
    val, test = coco_sets()
    path = target('results.zip')
    assert_in('val, test', faults_of(pack_salicon, {'val': (folder_of(val), val)}, path))
    unnumbered = split(2, 'image')
    assert_in(
        'image000: no image number',
        faults_of(
            pack_salicon,
            {'val': (folder_of(unnumbered), unnumbered), 'test': (folder_of(test), test)},
            path,
        ),
    )


def test_missing_and_extra_maps_are_named():
    records = split(5)
    folder = folder_of(records[1:])
    map_files.write(os.path.join(folder, 'other.png'), np.eye(9), 'png8')
    for pack, name in ((pack_lsun, 'r.mat'), (pack_lsun_images, 'r.zip')):
        text = faults_of(pack, folder, records, target(name))
        assert_in('2 faults:', text)
        assert_in(f'{records[0].name}: missing', text)
        assert_in('other: not in the split', text)


def test_two_maps_of_one_image_are_refused():
    records = split(3)
    folder = folder_of(records)
    map_files.write(os.path.join(folder, 'sun_000.npy'), np.eye(9), 'npy')
    assert_in(
        'sun_000: two maps, sun_000.npy and sun_000.png',
        faults_of(pack_lsun, folder, records, target('r.mat')),
    )


def test_every_kind_of_bad_map_is_named():
    records = split(6)
    maps = [map_of(record) for record in records]
    maps[0] = maps[0][:-1]
    maps[1][3, 3] = np.nan
    maps[2][3, 3] = 1.25
    maps[3][3, 3] = -0.5
    maps[4] = np.dstack([maps[4]] * 3)
    named = [(record.name, each) for record, each in zip(records, maps)]
    for pack, name in ((pack_lsun, 'r.mat'), (pack_lsun_images, 'r.zip')):
        text = faults_of(pack, named, records, target(name))
        assert_in('5 faults:', text)
        for record, words in zip(
            records,
            (
                '9 x 20 pixels, its image has 10 x 20',
                'not finite',
                'to 1.25, outside [0, 1]',
                'from -0.5',
                'shape (14, 20, 3)',
            ),
        ):
            line = next(line for line in text.splitlines() if record.name in line)
            assert_in(words, line)
        assert_not_in(records[5].name, text)


def test_an_unreadable_map_is_named():
    records = split(3)
    folder = folder_of(records)
    with open(os.path.join(folder, 'sun_001.png'), 'wb') as file:
        file.write(b'no map')
    assert_in('sun_001: ', faults_of(pack_lsun, folder, records, target('r.mat')))


def test_the_first_ten_faults_and_their_number_are_told():
    records = split(40)
    text = faults_of(pack_lsun, folder_of(records[:10]), records, target('r.mat'))
    assert_in('30 faults, the first 10:', text)
    assert_equal(text.count('missing'), 10)


def test_maps_in_another_order_or_twice_are_refused():
    records = split(4)
    named = [(record.name, map_of(record)) for record in records]
    for wrong in (named[::-1], named + named[:1]):
        assert_in('another order', faults_of(pack_lsun, wrong, records, target('r.mat')))


def test_a_failure_midway_leaves_no_final_name():
    records = split(4)

    def failing():
        yield records[0].name, map_of(records[0])
        raise RuntimeError('the disk is full')

    for pack, name in ((pack_lsun, 'r.mat'), (pack_lsun_images, 'r.zip')):
        path = target(name)
        with open(path, 'w') as file:
            file.write('an earlier archive')
        with assert_raises(RuntimeError):
            pack(failing(), records, path)
        assert_equal(os.listdir(os.path.dirname(path)), [name])
        with open(path) as file:
            assert_equal(file.read(), 'an earlier archive')


def test_an_empty_split_a_wrong_ending_and_no_folder_are_refused():
    records = split(2)
    assert_in('no images', faults_of(pack_lsun, [], [], target('r.mat')))
    with assert_raises(BadSubmission):
        pack_lsun(folder_of(records), records, target('r.zip'))
    with assert_raises(MissingFiles):
        pack_lsun('/nowhere', records, target('r.mat'))


def test_the_size_is_that_of_the_image_where_it_is_there():
    path = target('a.png')
    Image.new('RGB', (20, 10)).save(path)
    record = Record('a', 'testing', path, size=(99, 99))
    pack_lsun([('a', np.eye(10, 20))], [record], target('r.mat'))
    unknown = Record('a', 'testing', 'gone.jpg')
    assert_in('gone.jpg', faults_of(pack_lsun, [('a', np.eye(10, 20))], [unknown], target('r.mat')))


def test_constant_maps_pass_with_a_warning():
    records = split(2)
    maps = [(record.name, np.full(record.size, 0.5)) for record in records]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        pack_lsun(maps, records, target('r.mat'))
    texts = [str(each.message) for each in caught]
    assert_equal(len([text for text in texts if '2 constant' in text]), 1)


def message_of_verify(path, records):
    with assert_raises(BadSubmission) as caught:
        verify(path, records)
    return str(caught.exception)


def test_verify_finds_faults_of_archives_from_elsewhere():
    records, path = split(3), target('r.mat')
    cells = np.empty((1, 2), object)
    cells[0, :] = [map_of(records[0]), 255 * map_of(records[1])]
    scipy.io.savemat(path, {'results': cells})
    text = message_of_verify(path, records)
    assert_in('2 cells for 3 images', text)
    assert_in(f'{records[1].name}: values from', text)
    for name in ('r.mat', 'r.zip'):
        path = target(name)
        with open(path, 'wb') as file:
            file.write(b'PK broken')
        message_of_verify(path, records)


def test_verify_opens_nothing_that_unpacks_to_too_much():
    records, path = split(1), target('r.zip')
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(records[0].name + '.mat', bytes(10**7))
    assert_in('asks for 10 MB', message_of_verify(path, records))


def salicon_archive(lists):
    path = target('results.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for key, text in lists.items():
            archive.writestr(f'fixations_{key}2014_x_results.json', text)
    return path


def item(record, image_id=None):
    return {
        'image_id': image_id or int(record.name[-9:]),
        'saliency_map': base64.b64encode(map_files.encode_png(map_of(record))).decode(),
    }


def test_verify_reads_json_of_any_layout():
    val, test = coco_sets()
    big = Record('COCO_val2014_000000000099', 'testing', '', size=(400, 500))
    val = val + [big]
    records = {'val': val, 'test': test}
    for layout in (dict(indent=2), dict(separators=(',', ':')), {}):
        verify(
            salicon_archive(
                {
                    key: json.dumps([item(record) for record in records[key]], **layout)
                    for key in records
                }
            ),
            records,
        )


def test_verify_names_faults_of_json():
    val, test = coco_sets()
    records = {'val': val, 'test': test}
    good = {key: [item(record) for record in records[key]] for key in records}
    for wrong, words in (
        (good['val'][1:], 'COCO_val2014_000000000: missing'),
        (good['val'] + good['val'][:1], 'twice'),
        (good['val'] + [item(val[0], 77)], '77: not in the split'),
        ([dict(good['val'][0], saliency_map='!')] + good['val'][1:], '1 fault:'),
    ):
        text = message_of_verify(
            salicon_archive({'val': json.dumps(wrong), 'test': json.dumps(good['test'])}), records
        )
        assert_in(words, text)
    for broken in ('[{"image_id": 1', 'nothing', '[]', ''):
        message_of_verify(
            salicon_archive({'val': broken, 'test': json.dumps(good['test'])}), records
        )
    assert_in(
        '0 files fixations_test2014_',
        message_of_verify(salicon_archive({'val': json.dumps(good['val'])}), records),
    )
