"""Files among predictions that claim much or are damaged, made for tests."""

import io
import os
import struct
import zipfile
import zlib

import h5py
import numpy as np
import scipy.io

from tests.helpers.mat_files import save_73

BLOCK = bytes(1 << 20)


def matrix(kind, shape, name=b'', data=b'', length=None, more=0):
    """The bytes of a MAT file's array of class `kind`; a cell array's data
    are its cells. `length` is what it claims that its numbers take, `more`
    what it claims to have beyond `data`."""
    body = struct.pack('<6I2i2I', 6, 8, kind, 0, 5, 8, *shape, 1, len(name))
    body += name.ljust(-(-len(name) // 8) * 8, b'\0')
    if kind != 1:
        length = len(data) if length is None else length
        body += struct.pack('<II', 9, length)  # float64
    return struct.pack('<II', 14, len(body) + (length or len(data) + more)) + body + data


def mat(path, content, zeros=0):
    """A MAT file of one packed variable, with zeros (megabytes) behind."""
    packer = zlib.compressobj(1)
    packed = (
        packer.compress(content)
        + b''.join(packer.compress(BLOCK) for _ in range(zeros))
        + packer.flush()
    )
    with open(path, 'wb') as file:
        file.write(b'MATLAB 5.0 MAT-file'.ljust(124) + b'\x00\x01IM')
        file.write(struct.pack('<II', 15, len(packed)) + packed)


def cells(path, number, side):
    """As many packed cells of zeros, uint8."""
    column = np.empty((number, 1), object)
    for index in range(number):
        column[index, 0] = np.zeros((side, side), 'uint8')
    scipy.io.savemat(path, {'results': column}, do_compression=True)


def cell_73(path, *args, **options):
    """A cell array of version 7.3 with one cell, which stores nothing."""
    save_73(path, results=[np.eye(2)])
    with h5py.File(path, 'r+') as file:
        cell = file.create_dataset('#refs#/large', *args, **options)
        cell.attrs['MATLAB_class'] = np.bytes_('double')
        file['results'][0, 0] = cell.ref


def references(path, number):
    """A cell array of version 7.3 that claims as many cells."""
    save_73(path, other=np.eye(2))
    with h5py.File(path, 'r+') as file:
        file.create_dataset('results', (1, number), h5py.ref_dtype)


def npy(path, shape, size=0):
    """An .npy that claims a shape, and is (sparsely) as large."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {'descr': '<f8', 'fortran_order': False, 'shape': shape}
    )
    with open(path, 'wb') as file:
        file.write(head.getvalue())
        file.truncate(max(size, len(head.getvalue())))


def zipped(path, name, megabytes, claimed=None):
    """A ZIP with a member of zeros, which may claim to be smaller."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(
        name, 'w'
    ) as file:
        for _ in range(megabytes):
            file.write(BLOCK)
    if claimed is not None:
        with open(path, 'rb') as file:
            content = file.read()
        with open(path, 'wb') as file:
            file.write(
                content.replace(struct.pack('<I', megabytes << 20), struct.pack('<I', claimed))
            )


def damaged(folder, picture):
    """ZIP archives of two maps, each damaged in another way: (path, whether
    the second map is still whole)."""

    def packed(method):
        path = os.path.join(folder, f'whole-{method}.zip')
        with zipfile.ZipFile(path, 'w', method) as archive:
            archive.writestr('a.png', picture)
            archive.writestr('b.png', picture)
        with open(path, 'rb') as file:
            return bytearray(file.read())

    stored, deflated = packed(zipfile.ZIP_STORED), packed(zipfile.ZIP_DEFLATED)
    central = stored.index(b'PK\x01\x02')

    def changed(content, **places):
        content = bytearray(content)
        for place, value in places.items():
            content[int(place[1:])] = value
        return content

    data = 30 + len('a.png')
    start = deflated.index(b'PK\x01\x02')
    kinds = {
        'crc': (changed(stored, **{f'_{data + 20}': 255 - stored[data + 20]}), True),
        'broken': (changed(deflated, **{f'_{data}': 0xFF}), True),
        'encrypted': (changed(stored, _6=1, **{f'_{central + 8}': 1}), True),
        'method-97': (changed(stored, _8=97, **{f'_{central + 10}': 97}), True),
        'method-of-one': (changed(deflated, **{f'_{start + 10}': 97}), True),
        'offset': (changed(stored, **{f'_{central + 42}': 7}), True),
        'offset-far': (changed(stored, **{f'_{central + 45}': 0x7F}), True),
        'no-head': (changed(stored, _0=0), True),
        'name': (changed(stored, _30=ord('z')), True),
        'cut': (stored[:-30], False),
        'half': (stored[: len(stored) // 2], False),
        'empty': (b'', False),
        'text': (b'PK broken', False),
        'directory': (changed(stored, **{f'_{central}': 0}), False),
        'extra': (changed(stored, **{f'_{central + 30}': 200}), False),
    }
    for name, (content, whole) in kinds.items():
        path = os.path.join(folder, name + '.zip')
        with open(path, 'wb') as file:
            file.write(bytes(content))
        yield path, whole
