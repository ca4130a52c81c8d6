"""Archives that the challenges take: LSUN'15 in two forms, and SALICON.

Maps are checked while they are packed, and the finished archive is read back
and checked again before it gets its final name.

>>> import numpy as np, os, tempfile
>>> from juntingnet_theano.datasets.records import Record
>>> split = [Record('a', 'testing', 'a.jpg', size=(4, 5))]
>>> path = os.path.join(tempfile.mkdtemp(), 'results.mat')
>>> pack_lsun([('a', np.eye(4, 5))], split, path)
>>> verify(path, split)
"""

import base64
import contextlib
import io
import json
import os
import warnings
import zipfile
from typing import Any, Dict, Iterable, Sequence, Tuple, Union

import numpy as np

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile, BadSubmission, MissingFiles
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.names import printable
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import map_archives, map_values
from juntingnet_theano.saliency_maps import maps as saliency_maps
from juntingnet_theano.saliency_maps.map_checks import (
    Faults,
    check,
    check_names,
    expected,
    in_order,
)
from juntingnet_theano.saliency_maps.map_files import encode_mat, encode_png
from juntingnet_theano.submission import cell_arrays, result_json

SETS = ('val', 'test')
"""SALICON's server wants both sets in one archive (docs/challenge.rst)."""


def pack_lsun(
    maps: Union[str, Iterable[Tuple[str, np.ndarray]]], records: Sequence[Record], path: str
) -> None:
    """One MAT file with a cell array `results`, in the order of the split.

    Parameters
    ----------
    maps : str or iterable of (str, array)
        A folder of map files, or names and maps in the order of the split.
    records : sequence of records.Record
        The testing split, in the order of its list.
    path : str
        Final name, ``.mat``. N x 1 cells, single precision, each of its
        image's size; MAT version 5, or 7.3 from 2 GB on (`cell_arrays`).

    Raises
    ------
    BadSubmission
        With the first ten faults and their number; nothing is written.
    """
    wanted = expected(records)
    with _checked(path, '.mat', records) as (part, faults):
        fit = in_order(maps, wanted, faults)
        cell_arrays.write(
            part, (values for _, values in _shown(fit, wanted)), [size for _, size in wanted]
        )
        faults.settle()


def pack_lsun_images(
    maps: Union[str, Iterable[Tuple[str, np.ndarray]]], records: Sequence[Record], path: str
) -> None:
    """A ZIP of one MAT file per image, its map as float64 in `I`.

    The form that the authors' own script wrote (docs/challenge.rst).

    Parameters
    ----------
    maps, records
        As in `pack_lsun`.
    path : str
        Final name, ``.zip``.

    Raises
    ------
    BadSubmission
        As in `pack_lsun`.
    """
    wanted = expected(records)
    with _checked(path, '.zip', records) as (part, faults):
        with _zip(part) as archive:
            for name, values in _shown(in_order(maps, wanted, faults), wanted):
                archive.writestr(name + '.mat', encode_mat(values))
        faults.settle()


def pack_salicon(
    sets: Dict[str, Tuple[Any, Sequence[Record]]], path: str, algorithm: str = 'juntingnet'
) -> None:
    """SALICON's ``results.zip``: a JSON for each of its two sets.

    Parameters
    ----------
    sets : dict
        ``{'val': (maps, records), 'test': (maps, records)}`` with maps as in
        `pack_lsun`.
    path : str
        Final name, ``.zip``.
    algorithm : str
        Name of the method within the names of the two files.

    Raises
    ------
    BadSubmission
        As in `pack_lsun`; also where a set is missing, or a name does not
        end in ``_<number>``.
    """
    records = {key: split for key, (_, split) in sets.items()}
    with _checked(path, '.zip', records) as (part, faults):
        with _zip(part) as archive:
            for key in SETS:
                maps, split = sets[key]
                with archive.open(
                    result_json.FILE.format(key, algorithm), 'w', force_zip64=True
                ) as file:
                    _write_json(file, maps, split, faults)
        faults.settle()


def verify(path: str, records: Union[Sequence[Record], Dict[str, Sequence[Record]]]) -> None:
    """Read an archive back and check it.

    Parameters
    ----------
    path : str
        What one of the writers made; told apart by extension and content.
    records : sequence of records.Record, or dict of them
        The split; for SALICON ``{'val': records, 'test': records}``.

    Raises
    ------
    BadSubmission
        With the first ten faults and their number.

    Warns
    -----
    UserWarning
        Where maps are constant: no metric can score them.
    """
    _verify(path, records, Faults(f'checking {path}'))


def _verify(path, records, faults):
    try:
        if os.path.splitext(path)[1] == '.mat':
            _verify_cells(path, expected(records), faults)
        elif isinstance(records, dict):
            _verify_json(path, records, faults)
        else:
            _verify_images(path, expected(records), faults)
    except (BadFile, MissingFiles) as error:
        faults.add(error.got)
    faults.settle()
    if faults.constant:
        count, first = len(faults.constant), ', '.join(map(printable, faults.constant[:3]))
        warnings.warn(f'{count} constant map(s), which no metric can score: {first}', stacklevel=2)


@contextlib.contextmanager
def _checked(path, extension, records):
    """A temporary name, renamed when the block and `verify` have passed."""
    doing = f'packing {path}'
    if os.path.splitext(path)[1] != extension:
        raise BadSubmission(doing, 'its name has another extension', extension)
    if not records or (isinstance(records, dict) and not all(records.get(key) for key in SETS)):
        raise BadSubmission(
            doing,
            'there are no images to submit for',
            'a split with images; for SALICON both of ' + ', '.join(SETS),
        )
    with atomic_path(path) as part:
        yield part, Faults(doing)
        _verify(part, records, Faults(doing))


def _shown(maps, wanted):
    return progress(maps, 'packing', 'maps', total=len(wanted))


def _zip(part):
    # Level 1 as for PNG: these are compressed already, or nearly noise.
    return zipfile.ZipFile(part, 'w', zipfile.ZIP_DEFLATED, compresslevel=1)


def _write_json(file, maps, records, faults):
    """A JSON list, item by item: a set's maps are never held together."""
    wanted, separator = expected(records), b'['
    for name, _ in wanted:
        if result_json.parse_image_id(name) is None:
            faults.add(f"{name}: no image number behind its last '_'")
    faults.settle()
    for name, values in _shown(in_order(maps, wanted, faults), wanted):
        item = {
            'image_id': result_json.parse_image_id(name),
            'saliency_map': base64.b64encode(encode_png(values)).decode('ascii'),
        }
        file.write(separator + json.dumps(item).encode('ascii'))
        separator = b',\n'
    file.write(b']' if separator != b'[' else b'[]')


def _verify_cells(path, wanted, faults):
    count = 0
    for values in cell_arrays.read(path):
        if count < len(wanted):
            check(wanted[count][0], values, wanted[count][1], faults)
        count += 1
    if count != len(wanted):
        faults.add(f'{count} cells for {len(wanted)} images')


def _verify_images(path, wanted, faults):
    with map_archives.opened(path, faults.doing) as archive:
        names = [os.path.splitext(name)[0] for name in archive.namelist()]
        check_names(names, [name for name, _ in wanted], faults)
        faults.settle()
        for name, size in wanted:
            # A map of the right size is no larger than this: nothing that
            # unpacks to more is opened.
            try:
                content = map_archives.content(
                    archive, name + '.mat', faults.doing, 8 * size[0] * size[1] + 4096
                )
            except BadFile as error:
                faults.add(error.got)
                continue
            check(name, _variable(content), size, faults)


def _variable(content):
    """`I` of a MAT file; an empty array where there is none."""
    try:
        return np.asarray(map_values.of_mat(io.BytesIO(content)))
    except Exception:  # SciPy raises whatever a broken file leads it to
        return np.empty(0)


def _verify_json(path, records, faults):
    with map_archives.opened(path, faults.doing) as archive:
        for key in SETS:
            members = result_json.find_members(archive.namelist(), key)
            if len(members) != 1:
                faults.add('{} files {}'.format(len(members), result_json.FILE.format(key, '*')))
                continue
            wanted = {
                result_json.parse_image_id(name): (name, size)
                for name, size in expected(records[key])
            }
            with map_archives.part(archive, members[0], faults.doing) as file:
                _verify_items(file, wanted, faults)


def _verify_items(file, wanted, faults):
    names = set()
    for item in result_json.read_items(file):
        number = item.get('image_id')
        name, size = wanted.get(number if isinstance(number, int) else None, (None, None))
        if name is None or name in names:
            faults.add(
                'image_id {!r:.40}: {}'.format(number, 'twice' if name else 'not in the split')
            )
            continue
        names.add(name)
        try:
            picture = base64.b64decode(item.get('saliency_map', ''))
            values = saliency_maps.decode(io.BytesIO(picture), name + '.png')
        except (BadFile, TypeError, ValueError):
            faults.add(f'{name}: no PNG in base64')
            continue
        check(name, values, size, faults)
    check_names(names, [name for name, _ in wanted.values()], faults)
