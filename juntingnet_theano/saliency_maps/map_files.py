"""Saliency maps as files: PNG of 8 or 16 bits, .npy, .mat, and overlays.

The writers; `maps.read` is their counterpart. `prediction` and `submission`
share them.

>>> import numpy as np
>>> encode_png(np.zeros((2, 3)))[:4]
b'\\x89PNG'
>>> colours('inferno')[[0, -1]].tolist()
[[0, 0, 4], [252, 255, 164]]
"""

import functools
import io
import os
import struct
import sys
import zlib
from typing import Any, BinaryIO, Union

import numpy as np
from PIL import Image

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.saliency_maps import striped
from juntingnet_theano.saliency_maps.maps import quantise, resize, stretch, strips

FORMS = {'png8': '.png', 'png16': '.png', 'npy': '.npy', 'mat': '.mat'}
"""Form of a map file -> its extension."""

INFERNO = 'inferno'
"""The colours of overlays: black to pale yellow through red. Lightness rises
all the way, so that the order survives a grey print and every kind of colour
blindness."""

DRAWING = 'drawing with matplotlib'

_MAT_PREFACE = 128  # bytes before the first variable
_LARGEST_MAT = (1 << 28) - 16  # numbers of 8 bytes in a variable of 2 GB

_PNG_FILTER_UP = 2  # each byte minus the one above it


def extension(form: str) -> str:
    """File extension of a form.

    Parameters
    ----------
    form : str
        A key of `FORMS`.

    Returns
    -------
    str
        With its dot.

    Raises
    ------
    BadSetting
        The form is unknown.

    >>> extension('png16')
    '.png'
    """
    if form not in FORMS:
        raise BadSetting('choosing a form of map files', repr(form), did_you_mean(str(form), FORMS))
    return FORMS[form]


def write(path: str, saliency_map: Union[np.ndarray, striped.Striped], form: str) -> None:
    """Write one map; the name is final only when the file is complete.

    Parameters
    ----------
    path : str
        Final name, with the extension of `form`.
    saliency_map : float array, H x W, or striped.Striped
        Values in [0, 1]. Written a strip at a time.
    form : str
        ``'png8'`` and ``'png16'`` round to the nearest of 256 or 65,536
        greys; ``'npy'`` keeps float32; ``'mat'`` holds float64 in a variable
        `I`, as the challenge's own maps do (docs/challenge.rst).

    Raises
    ------
    BadSetting
        The form is unknown.
    """
    extension(form)
    with atomic_path(path) as part, open(part, 'wb') as file:
        encode(file, saliency_map, form)


def encode(file: BinaryIO, saliency_map: Union[np.ndarray, striped.Striped], form: str) -> None:
    """Write one map into an open file.

    Parameters
    ----------
    file : binary file object
        Empty; can be moved in.
    saliency_map, form
        As for `write`.
    """
    whole = striped.of_array(saliency_map)
    if form == 'npy':
        _write_npy(file, whole)
    elif form == 'mat':
        _write_mat(file, whole)
    else:
        for chunk in _png_chunks(whole, int(form[3:])):
            file.write(chunk)


def _write_npy(file, saliency_map):
    # NumPy's own writer says nothing of what the disk said.
    np.lib.format.write_array_header_1_0(
        file, {'descr': '<f4', 'fortran_order': False, 'shape': saliency_map.shape}
    )
    for strip in saliency_map:
        file.write(np.ascontiguousarray(strip, '<f4').data)


def _write_mat(file, saliency_map):
    """Columns one after the other, as MATLAB has them: a strip of rows has a
    piece of each."""
    height, width = saliency_map.shape
    if height * width > _LARGEST_MAT:
        raise BadSetting(
            'writing a map as .mat',
            f'{width} x {height} pixels',
            f'at most {_LARGEST_MAT // 10**6} million in MAT files of version 5',
            'choose another form: --form npy',
        )
    file.write(encode_mat(np.empty((0, 0)))[:_MAT_PREFACE])
    size = 8 * height * width
    matrix = struct.pack('<4I', 6, 8, 6, 0)  # flags: an array of doubles
    matrix += struct.pack('<2I2i', 5, 8, height, width)
    matrix += struct.pack('<2H4s', 1, 1, b'I')  # its name
    matrix += struct.pack('<2I', 9, size)
    file.write(struct.pack('<2I', 14, len(matrix) + size) + matrix)
    start, top = file.tell(), 0
    for strip in saliency_map:
        columns = np.ascontiguousarray(strip.T, '<f8')
        if len(strip) == height:
            file.write(columns.data)
            continue
        for number, column in enumerate(columns):
            file.seek(start + 8 * (number * height + top))
            file.write(column.data)
        top += len(strip)


def encode_png(saliency_map: np.ndarray, bits: int = 8) -> bytes:
    """The bytes of a grey PNG file.

    The same map has the same bytes. Pillow tries all filters on every row, and
    its quickest level takes twice the time for a larger file.

    Parameters
    ----------
    saliency_map : float array, H x W
        Values in [0, 1].
    bits : {8, 16}
        Bits per pixel.

    Returns
    -------
    bytes
    """
    return b''.join(_png_chunks(striped.of_array(saliency_map), bits))


def _png_chunks(saliency_map, bits):
    """A PNG file in pieces, one of compressed pixels for each strip."""
    height, width = saliency_map.shape
    yield b'\x89PNG\r\n\x1a\n'
    yield _png_chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, 0, 0, 0, 0))
    # After the filter nearly all is runs: a search for other repetitions takes
    # longer and finds less. ISA-L takes a quarter of the time, but now and then
    # it gives other bytes for the same pixels (experiments/README.rst).
    compressor = zlib.compressobj(1, strategy=zlib.Z_RLE)
    above, left = 0, height
    for strip in saliency_map:
        rows, above = _filtered(quantise(strip, bits), above)
        left -= len(rows)
        yield _png_chunk(b'IDAT', compressor.compress(rows) + (b'' if left else compressor.flush()))
    yield _png_chunk(b'IEND', b'')


def _filtered(pixels, above):
    """Rows as PNG compresses them, and the last of them as it is.

    A blurred map hardly changes from row to row: after the filter "up" it is
    runs of a few small numbers.
    """
    big_endian = pixels.astype(f'>u{pixels.dtype.itemsize}', copy=False)
    values = np.ascontiguousarray(big_endian).view('uint8')
    rows = np.empty((len(values), 1 + values.shape[1]), 'uint8')
    rows[:, 0] = _PNG_FILTER_UP
    rows[0, 1:] = values[0] - above
    np.subtract(values[1:], values[:-1], out=rows[1:, 1:])
    return rows, values[-1].copy()


def _png_chunk(name, content):
    return b''.join(
        (
            struct.pack('>I', len(content)),
            name,
            content,
            struct.pack('>I', zlib.crc32(name + content)),
        )
    )


def encode_mat(saliency_map: np.ndarray) -> bytes:
    """The bytes of a MAT file (version 5) with the map as float64 `I`.

    Not compressed: deflating float64 takes longer than predicting the map.

    Parameters
    ----------
    saliency_map : float array, H x W

    Returns
    -------
    bytes
    """
    import scipy.io  # slow to import, and most maps are PNG

    file = io.BytesIO()
    scipy.io.savemat(file, {'I': np.asarray(saliency_map, np.float64)})
    return file.getvalue()


@functools.lru_cache(maxsize=None)
def colours(name: str) -> np.ndarray:
    """Colours of one of matplotlib's maps, from 0 to 1.

    Parameters
    ----------
    name : str

    Returns
    -------
    uint8 array, 256 x 3
        RGB.

    Raises
    ------
    BadSetting
        There is no such map.
    """
    matplotlib = import_matplotlib()
    if name not in matplotlib.colormaps:
        raise BadSetting(
            'choosing colours', repr(name), did_you_mean(str(name), matplotlib.colormaps)
        )
    # Rounded here: versions of matplotlib differ in how they make bytes.
    return np.rint(255 * matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3]).astype('uint8')


def import_matplotlib() -> Any:
    """matplotlib, which is slow to import; most maps have no overlay.

    Raises
    ------
    BadSetting
        Its environment names a way to show figures that it does not know.
    BadFile
        Its file of settings is no regular file, which it would open.
    """
    if 'matplotlib' not in sys.modules:
        outside.check_settings(_settings_of_matplotlib(), DRAWING)
    try:
        import matplotlib
    except ValueError as error:
        raise BadSetting(DRAWING, str(error), None, 'unset MPLBACKEND, MATPLOTLIBRC') from error
    return matplotlib


def _settings_of_matplotlib():
    """Where matplotlib looks for its settings, in that order."""
    name = 'matplotlibrc'
    yield name
    if 'MATPLOTLIBRC' in os.environ:
        yield os.environ['MATPLOTLIBRC']
        yield os.path.join(os.environ['MATPLOTLIBRC'], name)
    home = os.environ.get('XDG_CONFIG_HOME') or '~/.config'
    yield os.path.join(os.environ.get('MPLCONFIGDIR') or os.path.join(home, 'matplotlib'), name)


def overlay(
    image: np.ndarray,
    saliency_map: Union[np.ndarray, striped.Striped],
    opacity: float = 0.5,
    heat: str = INFERNO,
) -> np.ndarray:
    """The stimulus, in colours where it is salient.

    The map is stretched to its own range first: an overlay is for eyes, and
    shows where the maximum is, not how high.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        RGB.
    saliency_map : float array, or striped.Striped
        Resized to the image where its size differs.
    opacity : float
        Of the colours at the map's maximum, in [0, 1]; a third of it at its
        minimum.
    heat : str
        A name for `colours`.

    Returns
    -------
    uint8 array, H x W x 3
    """
    # For eyes, every second or third number of a large map will do.
    step = max(1, min(np.floor_divide(saliency_map.shape, image.shape[:2])))
    if isinstance(saliency_map, striped.Striped):
        saliency_map = saliency_map.thinned(step)
    else:
        saliency_map = saliency_map[::step, ::step]
    if saliency_map.shape != image.shape[:2]:
        saliency_map = resize(saliency_map, image.shape[:2])
    stretched, found, table = stretch(saliency_map), np.empty_like(image), colours(heat)
    # A dozen numbers a pixel are made on the way.
    for rows in strips(len(stretched), 12 * stretched.shape[1]):
        shown = stretched[rows]
        # Some of the picture stays visible under the maximum, most of it
        # under the minimum, so that both can be told everywhere.
        share = opacity * ((1 + 2 * shown) / 3)[..., np.newaxis]
        blended = image[rows] * (1 - share) + table[quantise(shown, 8)] * share
        found[rows] = np.rint(blended)
    return found


def write_overlay(
    path: str, image: np.ndarray, saliency_map: Union[np.ndarray, striped.Striped]
) -> None:
    """Write an `overlay` as the picture format that the name says.

    Parameters
    ----------
    path : str
        Ends in ``.jpg`` or ``.png``.
    image : uint8 array, H x W x 3
    saliency_map : float array

    Raises
    ------
    BadSetting
        The name says another format.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in ('.jpg', '.jpeg', '.png'):
        raise BadSetting('writing an overlay', path, 'a name that ends in .jpg or .png')
    encoded = io.BytesIO()  # Pillow hides errors of the disk
    Image.fromarray(overlay(image, saliency_map)).save(
        encoded, 'PNG' if ending == '.png' else 'JPEG', quality=92, compress_level=1
    )
    with atomic_path(path) as part, open(part, 'wb') as file:
        file.write(encoded.getbuffer())
