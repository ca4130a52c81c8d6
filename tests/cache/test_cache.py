"""Caches: Fuel's layout, rows in any order, refusals."""

import json
import os
import re
import resource
import struct
import tempfile

import h5py
import numpy as np
from nose.tools import (
    assert_equal,
    assert_in,
    assert_less,
    assert_not_in,
    assert_raises,
    assert_true,
)

from juntingnet_theano.cache import Cache, CacheWriter, PreprocessingSettings, fuel, open_cache
from juntingnet_theano.cache.writer import Example
from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.errors import BadFile, BadSetting, JuntingNetError, MissingFiles, StaleCache

SETTINGS = PreprocessingSettings(image_size=8, map_size=4)
COUNTS = {'training': 40, 'validation': 5, 'testing': 3}


def example(split, row):
    """An example whose every number can be told from split and row."""
    rng = np.random.RandomState([len(split), row])
    fixations = None
    if split != 'testing' and row % 3:
        fixations = Fixations(
            *(rng.rand(row).astype('float32') * 99 for _ in 'xy'),
            subject=rng.randint(0, 9, row).astype('int32'),
            t=rng.rand(row).astype('float32'),
        )
    return Example(
        f'{split}_\xe9_{row}',
        (100 + row, 200 + row),
        rng.randint(0, 256, (3, 8, 8), 'uint8'),
        None if split == 'testing' else rng.randint(0, 256, (4, 4), 'uint8'),
        fixations,
    )


def written(counts=COUNTS, skipped=()):
    path = os.path.join(tempfile.mkdtemp(), 'set.hdf5')
    with CacheWriter(path, SETTINGS, 32) as writer:
        for split, count in counts.items():
            writer.start_split(split, split != 'testing')
            rows = [example(split, row) for row in range(count)]
            writer.append(rows[: count // 2])
            writer.append(rows[count // 2 :])
        writer.finish('f' * 64, {'training': 7}, skipped)
    return path


def test_what_is_read_is_what_was_written():
    with open_cache(written(), SETTINGS) as cache:
        assert_equal(cache.splits, tuple(COUNTS))
        for split, count in COUNTS.items():
            rows = [example(split, row) for row in range(count)]
            assert_equal(cache.count(split), count)
            assert_equal(cache.images(split).tolist(), [row.image.tolist() for row in rows])
            assert_equal(cache.names(split), [row.name for row in rows])
            assert_equal(cache.sizes(split).tolist(), [list(row.size) for row in rows])
            if split != 'testing':
                assert_equal(
                    cache.maps(split)[:, 0].tolist(), [row.saliency_map.tolist() for row in rows]
                )


def test_dtypes_and_shapes_are_the_networks():
    with open_cache(written()) as cache:
        for source, shape, dtype in (
            ('images', (40, 3, 8, 8), 'uint8'),
            ('maps', (40, 1, 4, 4), 'uint8'),
            ('sizes', (40, 2), 'int32'),
        ):
            found = cache.source('training', source)
            assert_equal((found.shape, found.dtype), (shape, np.dtype(dtype)))


def test_fixations_are_ragged():
    with open_cache(written()) as cache:
        for row in (0, 1, 2, 3, 39):
            found = cache.fixations('training', row)
            wanted = example('training', row).fixations
            if wanted is None:
                assert_equal([len(field) for field in found], [0] * 4)
                continue
            for field, right in zip(found, wanted):
                assert_equal(field.dtype, right.dtype)
                assert_equal(field.tolist(), right.tolist())


def test_rows_may_be_a_slice_or_a_list_in_any_order():
    with open_cache(written()) as cache:
        for split, source in (
            ('training', 'images'),
            ('validation', 'maps'),
            ('validation', 'names'),
        ):
            whole = cache.source(split, source)
            rng = np.random.RandomState(0)
            for rows in (
                slice(1, 4),
                slice(None),
                slice(3, 3),
                slice(4, 1),
                slice(-2, None),
                slice(None, None, 2),
                slice(None, None, -1),
                [],
                [4],
                [4, 0, 3],
                [1, 1, 0, 1],
                np.arange(5),
                rng.permutation(5),
            ):
                right = whole[rows if isinstance(rows, slice) else np.asarray(rows, int)]
                found = cache.source(split, source, rows)
                assert_equal(found.shape, right.shape)
                assert_equal(found.dtype, right.dtype)
                assert_equal(found.tolist(), right.tolist())


def test_rows_outside_the_split_are_refused():
    with open_cache(written()) as cache:
        for rows in ([5], [-1], [0, 99]):
            with assert_raises(IndexError):
                cache.images('validation', rows)


def test_split_and_source_that_are_not_there_are_named():
    with open_cache(written()) as cache:
        assert_true(not cache.has('testing', 'maps'))
        with assert_raises(BadSetting) as raised:
            cache.maps('testing')
        assert_in('maps', str(raised.exception))
        with assert_raises(BadSetting) as raised:
            cache.count('train')
        assert_in("did you mean 'training'?", str(raised.exception))


def test_provenance_is_kept():
    with open_cache(written(skipped=[('training', 'n\xe4me', 'a.jpg: 0 bytes')])) as cache:
        assert_equal(cache.fingerprint, 'f' * 64)
        assert_equal(cache.preprocessing, SETTINGS)
        assert_equal(cache.dropped, {'training': 7})
        assert_equal(cache.skipped, [('training', 'n\xe4me', 'a.jpg: 0 bytes')])
        assert_in('command', cache.attributes)
        assert_in('juntingnet_version', cache.attributes)


def test_long_list_of_skipped_files_fits():
    # More than the 64 KiB that an HDF5 attribute holds.
    skipped = [('training', f'name{row}', 'cause ' * 9) for row in range(3000)]
    with open_cache(written(skipped=skipped)) as cache:
        assert_equal(cache.skipped, skipped)


def test_split_attribute_is_fuels():
    # Written down from Fuel's documentation, read with h5py alone.
    with h5py.File(written(), 'r') as file:
        table = file.attrs['split']
        assert_equal(
            table.dtype.names,
            ('split', 'source', 'start', 'stop', 'indices', 'available', 'comment'),
        )
        assert_equal(
            [
                table.dtype[field].kind
                for field in ('split', 'source', 'start', 'stop', 'available', 'comment')
            ],
            list('SSiibS'),
        )
        assert_equal(table.dtype['start'], np.dtype('int64'))
        assert_true(h5py.check_ref_dtype(table.dtype['indices']) is h5py.Reference)
        assert_equal(
            [row['split'] for row in table],
            ([b'training'] * 5 + [b'validation'] * 5 + [b'testing'] * 5),
        )
        assert_equal(
            [row['source'] for row in table],
            [b'fixations', b'images', b'maps', b'names', b'sizes'] * 3,
        )
        spans = {
            (row['split'], row['source']): (row['start'], row['stop'], row['available'])
            for row in table
        }
        assert_equal(spans[b'training', b'images'], (0, 40, True))
        assert_equal(spans[b'validation', b'maps'], (40, 45, True))
        assert_equal(spans[b'testing', b'names'], (45, 48, True))
        assert_equal(spans[b'testing', b'maps'], (0, 0, False))
        assert_equal(spans[b'testing', b'fixations'], (0, 0, False))
        assert_true(not any(row['indices'] for row in table))
        assert_equal({row['comment'] for row in table}, {b'.'})


def test_axes_and_ragged_shapes_are_fuels():
    with h5py.File(written(), 'r') as file:
        image_axes = ['batch', 'channel', 'height', 'width']
        for source, labels in (
            ('images', image_axes),
            ('maps', image_axes),
            ('names', ['batch', 'index']),
            ('fixations', ['batch']),
        ):
            assert_equal([dim.label for dim in file[source].dims], labels)
        ragged = file['fixations']
        assert_equal(h5py.check_vlen_dtype(ragged.dtype), np.dtype('float32'))
        assert_equal(ragged.dims[0]['shapes'], file['fixations_shapes'])
        shapes = ragged.dims[0]['shapes']
        assert_equal((shapes.dtype, shapes.shape), (np.dtype('int32'), (48, 2)))
        assert_equal(ragged.dims[0]['shape_labels'][()].tolist(), [b'fixation', b'x_y_subject_t'])
        row = example('training', 5).fixations
        assert_equal(ragged[5].reshape(shapes[5])[:, 0].tolist(), row.x.tolist())
        assert_equal((file['names'].dtype.kind, file['names'].shape), ('S', (48, 1)))
        assert_equal(file.attrs['h5py_interface_version'], '0.3')


def test_splits_of_another_order_and_without_rows():
    path = written({'testing': 2, 'training': 0})
    with open_cache(path) as cache:
        assert_equal(cache.splits, ('testing', 'training'))
        assert_equal(cache.count('training'), 0)
        assert_equal(cache.images('training').shape, (0, 3, 8, 8))
        assert_equal(cache.images('training', []).shape, (0, 3, 8, 8))


def test_other_settings_are_refused_by_name():
    path = written()
    wanted = SETTINGS._replace(fit='crop', map_size=5)
    with assert_raises(StaleCache) as raised:
        open_cache(path, wanted)
    message = str(raised.exception)
    assert_in('fit: wanted crop, found squash', message)
    assert_in('map_size: wanted 5, found 4', message)
    assert_not_in('image_size', message)
    os.rename(path, path + '.moved')  # closed: nothing holds it


def test_missing_cache_says_how_to_make_it():
    with assert_raises(MissingFiles) as raised:
        open_cache('/nowhere/isun.hdf5')
    assert_in('juntingnet preprocess isun', str(raised.exception))


def test_cut_file_is_refused():
    path = written()
    with open(path, 'rb') as file:
        whole = file.read()
    for length in (
        [0, 1, 7, 8, 100, 600, 2048]
        + [len(whole) * part // 12 for part in range(1, 12)]
        + [len(whole) - 1]
    ):
        with open(path, 'wb') as file:
            file.write(whole[:length])
        with assert_raises(BadFile) as raised:
            open_cache(path)
        assert_in(path, str(raised.exception))


def test_writer_that_was_interrupted_leaves_no_readable_cache():
    path = os.path.join(tempfile.mkdtemp(), 'set.hdf5')
    with assert_raises(KeyboardInterrupt), CacheWriter(path, SETTINGS, 32) as writer:
        writer.start_split('training', True)
        writer.append([example('training', 1)])
        raise KeyboardInterrupt
    with assert_raises(BadFile):
        open_cache(path)


def changed(change):
    path = written()
    with h5py.File(path, 'r+') as file:
        change(file)
    return path


def test_foreign_hdf5_is_refused():
    def rows_beyond(file):
        table = file.attrs['split']
        table['stop'] += 1000
        del file.attrs['split']
        file.attrs['split'] = table

    def other_type(file):
        del file['images']
        file['images'] = np.zeros((48, 3, 8, 8), 'float32')

    def setting(text):
        def change(file):
            file.attrs['preprocessing'] = text

        return change

    def without(name):
        def change(file):
            del file.attrs[name]

        return change

    for change in (
        rows_beyond,
        other_type,
        without('split'),
        without('fingerprint'),
        without('preprocessing'),
        setting('no json'),
        setting('[1]'),
        setting('{"a": 1}'),
        setting('{"image_size": -1}'),
        setting('{"fit": []}'),
        setting('{"image_size": 9}'),
        lambda file: file.clear(),
    ):
        path = changed(change)
        with assert_raises(BadFile) as raised:
            open_cache(path)
        assert_in(path, str(raised.exception))


def test_flipped_bytes_give_data_or_a_clear_error_but_no_other():
    path = written()
    with open(path, 'rb') as file:
        whole = bytearray(file.read())
    rng = np.random.RandomState(0)
    for _ in range(150):
        broken = bytearray(whole)
        # Where the structure lies; most other bytes are pixels.
        broken[rng.randint(0, 6000)] ^= 1 << rng.randint(8)
        with open(path, 'wb') as file:
            file.write(broken)
        try:
            with open_cache(path) as cache:
                for split in cache.splits:
                    for source in ('images', 'names', 'sizes'):
                        if cache.has(split, source):
                            cache.source(split, source)
        except JuntingNetError:
            pass


def test_cache_closes_after_the_block():
    path = written()
    with open_cache(path):
        pass
    with h5py.File(path, 'r+') as file:  # HDF5 refuses this while it is read
        assert_in('images', file)


def test_settings_survive_json_and_are_checked():
    settings = PreprocessingSettings(90, 40, 'crop', 'box')
    assert_equal(PreprocessingSettings.from_json(settings.to_json()), settings)
    assert_equal(
        json.loads(settings.to_json()),
        {'map_sigma': 0, 'image_size': 90, 'map_size': 40, 'fit': 'crop', 'resampling': 'box'},
    )
    for bad in (
        {'image_size': 0},
        {'map_size': 2.5},
        {'fit': 'stretch'},
        {'image_size': True},
        {'resampling': 'nearest'},
        {'map_size': 10**9},
    ):
        with assert_raises(BadSetting) as raised:
            PreprocessingSettings(**bad).check()
        assert_in(list(bad)[0], str(raised.exception))


def test_ranges_refuse_index_lists():
    path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    with h5py.File(path, 'w') as file:
        file['rows'] = np.arange(3)
        table = fuel.split_table([('training', 'images', 0, 3, True)])
        table['indices'][0] = file['rows'].ref
        with assert_raises(ValueError):
            fuel.ranges(table)


def test_cache_class_opens_what_open_cache_opens():
    with Cache(written()) as cache:
        assert_equal(cache.count('training'), 40)


def test_what_claims_gigabytes_is_refused_before_room_is_made():
    text = h5py.string_dtype()
    skipped = [('split', text), ('name', text), ('cause', text)]

    def dataset(name, shape, dtype, **how):
        def change(file):
            del file[name]
            file.create_dataset(name, shape, dtype, **how)

        return change

    def in_another_file(file):
        del file['names']
        file['names'] = h5py.ExternalLink('/dev/zero', 'names')

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for change in (
        dataset('skipped', (10**9,), skipped),
        dataset('skipped', (10**9,), skipped, chunks=(1000,)),
        dataset('names', (10**9, 1), 'S32', chunks=(10, 1)),
        dataset('names', (46, 1), 'S32', chunks=(10**8, 1), maxshape=(None, 1)),
        dataset('sizes', (10**9, 2), 'i4', compression='gzip'),
        dataset('images', (1 << 20, 3, 8, 8), 'u1', fillvalue=7),
        dataset('images', (46, 3, 8, 8), 'u1', chunks=(1 << 24, 3, 8, 8), maxshape=(None, 3, 8, 8)),
        dataset('fixations_shapes', (1 << 62, 2), 'i4', chunks=(1, 2)),
        in_another_file,
    ):
        path = changed(change)
        with assert_raises(BadFile) as raised:
            open_cache(path)
        assert_in(path, str(raised.exception))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert_less(after - before, 100000)  # kilobytes


def test_lengths_that_values_claim_are_looked_at_before_room_is_made():
    def longer(path, count):
        """Each reference to a value of that many elements, 16 bytes with a
        place and a number in a heap, claims a gigabyte."""
        with open(path, 'rb') as file:
            data = bytearray(file.read())
        found = re.finditer(
            re.escape(struct.pack('<I', count)) + b'(.{8})' + b'..\0\0', bytes(data), re.DOTALL
        )
        places = [
            match.start()
            for match in found
            if data[int.from_bytes(match.group(1), 'little') :][:5] == b'GCOL\x01'
        ]
        assert_true(places)
        for place in places:
            data[place : place + 4] = struct.pack('<I', 1 << 30)
        with open(path, 'wb') as file:
            file.write(data)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for count in (64, 4 * 10, len('a cause of its own')):
        path = written(skipped=[('training', 'x', 'a cause of its own')])
        longer(path, count)
        with assert_raises(BadFile) as raised:
            open_cache(path)
        assert_in(path, str(raised.exception))
        assert_in('elements in a file of', str(raised.exception))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert_less(after - before, 100000)  # kilobytes


def test_pipes_and_devices_are_no_caches():
    path = os.path.join(tempfile.mkdtemp(), 'pipe')
    os.mkfifo(path)
    for each in (path, '/dev/zero'):
        with assert_raises(BadFile):
            open_cache(each)


def test_counts_of_dropped_fixations_that_are_none_are_refused():
    for said in ('NaN', '[]', '{"training": "x"}', '{"training": -1}', '{"training": true}'):
        path = written()
        with h5py.File(path, 'r+') as file:
            file.attrs['dropped_fixations'] = said
        with assert_raises(BadFile) as caught:
            open_cache(path)
        assert_in('dropped_fixations', caught.exception.got)
