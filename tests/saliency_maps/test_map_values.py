"""What the files of maps claim is looked at before it is unpacked."""

import io
import os
import struct
import tempfile
import zlib

import numpy as np
import scipy.io
from nose.tools import assert_almost_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.saliency_maps import maps


def path_of(extension):
    return os.path.join(tempfile.mkdtemp(), 'a' + extension)


def test_gigabytes_of_zeros_are_not_unpacked():
    # The head of a matrix of 20,000 x 20,000 bytes, and the first million.
    flags, sides, name, data = (6, 8, 9, 0), (5, 8, 20000, 20000), (1 << 16 | 1, ord('I')), 2
    head = struct.pack('<14I', 14, 48 + 400_000_000, *flags, *sides, *name, data, 400_000_000)
    matrix = zlib.compress(head + bytes(10**6))
    path = path_of('.mat')
    scipy.io.savemat(path, {})
    with open(path, 'ab') as file:
        file.write(struct.pack('<2I', 15, len(matrix)) + matrix)
    with assert_raises(BadFile) as raised:
        maps.read(path)
    assert_in('400,000,000 numbers in 400,000,000 bytes', str(raised.exception))


def test_pickled_array_is_not_loaded():
    path = path_of('.npy')
    np.save(path, np.array([[{'a': 1}]], object), allow_pickle=True)
    with assert_raises(BadFile):
        maps.read(path)


def test_what_an_old_mat_file_claims_is_looked_at_first():
    # Version 4, whose headers `mat5` leaves alone.
    data = struct.pack('<5i', 0, 20000, 20000, 0, 2) + b'I\0' + bytes(64)
    with assert_raises(BadFile) as caught:
        maps.decode(io.BytesIO(data), 'a.mat')
    assert_in('shape (20000, 20000)', str(caught.exception))


def test_mat_without_the_variable_says_so():
    path = path_of('.mat')
    scipy.io.savemat(path, {'J': np.eye(3)})
    with assert_raises(BadFile) as raised:
        maps.read(path)
    assert_in("no variable 'I'", str(raised.exception))


def test_a_dark_png_of_16_bits_stays_dark():
    path = path_of('.png')
    Image.fromarray(np.full((3, 4), 200, 'uint16')).save(path)
    assert_almost_equal(float(maps.read(path).max()), 200 / 65535.0, 7)
