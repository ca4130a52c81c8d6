"""Saliency maps as files: PNG of 8 or 16 bits, .npy, .mat, and overlays.

The writers; their counterpart is `maps.read`. `prediction` and
`submission` stand above and share them.

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
import zlib

import numpy as np
from isal import isal_zlib
from PIL import Image

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.saliency_maps.maps import quantise, resize, stretch, strips

FORMS = {'png8': '.png', 'png16': '.png', 'npy': '.npy', 'mat': '.mat'}
"""Form of a map file -> its extension."""

INFERNO = 'inferno'
"""The colours of overlays: black to pale yellow through red. Lightness rises
all the way, so that the order survives a grey print and every kind of colour
blindness."""

DEFLATE_LEVEL = 1
"""ISA-L's, of 0 to 3. experiments/README.rst has what the others take."""

_PNG_FILTER_UP = 2  # each byte minus the one above it


def extension(form):
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


def write(path, saliency_map, form):
    """Write one map; the name is final only when the file is complete.

    Parameters
    ----------
    path : str
        Final name, with the extension of `form`.
    saliency_map : float array, H x W
        Values in [0, 1].
    form : str
        ``'png8'`` and ``'png16'`` round to the nearest of 256 or 65,536
        greys; ``'npy'`` keeps float32; ``'mat'`` holds float64 in a variable
        `I`, as the challenge's own maps do (protocol A.1, A.2).

    Raises
    ------
    BadSetting
        The form is unknown.
    """
    extension(form)
    with atomic_path(path) as part, open(part, 'wb') as file:
        if form == 'npy':
            _write_npy(file, np.ascontiguousarray(saliency_map, np.float32))
        elif form == 'mat':
            file.write(encode_mat(saliency_map))
        else:
            file.write(encode_png(saliency_map, int(form[3:])))


def _write_npy(file, values):
    # NumPy's own writer says nothing of what the disk said.
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
    file.write(values.data)


def encode_png(saliency_map, bits=8):
    """The bytes of a grey PNG file.

    Pillow tries all filters on every row. Its quickest level takes five times
    the time for a larger file: with it the folder of ``bench_predict.py`` takes
    half as much processor time again from file to file.

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
    pixels = quantise(saliency_map, bits)
    height, width = pixels.shape
    header = struct.pack('>IIBBBBB', width, height, bits, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        _png_chunk(name, content)
        for name, content in ((b'IHDR', header), (b'IDAT', _deflated(pixels)), (b'IEND', b''))
    )


def _deflated(pixels):
    """Rows as PNG compresses them.

    A blurred map hardly changes from row to row: after the filter "up" it is
    runs of a few small numbers.
    """
    size = pixels.dtype.itemsize
    big_endian = pixels.astype(f'>u{size}', copy=False)
    values = np.ascontiguousarray(big_endian).view('uint8')
    rows = np.empty((len(values), 1 + values.shape[1]), 'uint8')
    rows[:, 0] = _PNG_FILTER_UP
    rows[0, 1:] = values[0]
    np.subtract(values[1:], values[:-1], out=rows[1:, 1:])
    return isal_zlib.compress(rows, DEFLATE_LEVEL)


def _png_chunk(name, content):
    return b''.join(
        (
            struct.pack('>I', len(content)),
            name,
            content,
            struct.pack('>I', zlib.crc32(name + content)),
        )
    )


def encode_mat(saliency_map):
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
def colours(name):
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
    import matplotlib  # slow to import, and most maps have no overlay

    if name not in matplotlib.colormaps:
        raise BadSetting(
            'choosing colours', repr(name), did_you_mean(str(name), matplotlib.colormaps)
        )
    # Rounded here: versions of matplotlib differ in how they make bytes.
    return np.rint(255 * matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3]).astype('uint8')


def overlay(image, saliency_map, opacity=0.5, heat=INFERNO):
    """The stimulus, in colours where it is salient.

    The map is stretched to its own range first: an overlay is for eyes, and
    shows where the maximum is, not how high.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        RGB.
    saliency_map : float array
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


def write_overlay(path, image, saliency_map):
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
    encoded = io.BytesIO()  # Pillow says nothing of what the disk said
    Image.fromarray(overlay(image, saliency_map)).save(
        encoded, 'PNG' if ending == '.png' else 'JPEG', quality=92, compress_level=1
    )
    with atomic_path(path) as part, open(part, 'wb') as file:
        file.write(encoded.getbuffer())
