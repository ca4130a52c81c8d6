"""Saliency maps as files: PNG of 8 or 16 bits, .npy, .mat, and overlays.

The writers; `maps.read` is their counterpart. `prediction` and `submission`
share them.

>>> import numpy as np
>>> encode_png(np.zeros((2, 3)))[:4]
b'\\x89PNG'
>>> heat(np.array([[0., 1.]])).tolist()
[[[27, 12, 65], [252, 246, 190]]]
"""

import io
import os
import struct
import zlib
from typing import Optional

import numpy as np
from isal import isal_zlib
from PIL import Image

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.saliency_maps.maps import quantise, resize, stretch, strips

FORMS = {'png8': '.png', 'png16': '.png', 'npy': '.npy', 'mat': '.mat'}
"""Form of a map file -> its extension."""

DEFLATE_LEVEL = 1
"""ISA-L's, of 0 to 3. experiments/README.rst compares the others."""

_PNG_FILTER_UP = 2  # each byte minus the one above it

HEAT = np.array(
    [(27, 12, 65), (96, 18, 110), (175, 42, 92), (228, 92, 48), (250, 165, 40), (252, 246, 190)],
    np.float32,
)
"""Anchors of the heat-map's colours, evenly spaced: dark violet to pale
yellow through red. Lightness rises all the way, so that the order survives a
grey print and every kind of colour blindness."""


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


def write(path: str, saliency_map: np.ndarray, form: str) -> None:
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
        `I`, as the challenge's own maps do (``docs/challenge.rst``).

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
    # NumPy's own writer hides errors of the disk.
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
    file.write(values.data)


def encode_png(saliency_map: np.ndarray, bits: int = 8) -> bytes:
    """The bytes of a grey PNG file.

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


def heat(saliency_map: np.ndarray, table: Optional[np.ndarray] = None) -> np.ndarray:
    """Colours of a map, dark violet (0) to pale yellow (1).

    Parameters
    ----------
    saliency_map : float array, H x W
        Values in [0, 1].
    table : uint8 array, 256 x 3, optional
        Other colours, from 0 to 1.

    Returns
    -------
    uint8 array, H x W x 3
        RGB.
    """
    if table is None:
        anchors = np.linspace(0, 1, len(HEAT))
        table = np.rint(
            np.stack(
                [np.interp(np.linspace(0, 1, 256), anchors, channel) for channel in HEAT.T], axis=-1
            )
        ).astype(np.uint8)
    return table[quantise(saliency_map, 8)]


def overlay(
    image: np.ndarray,
    saliency_map: np.ndarray,
    opacity: float = 0.5,
    table: Optional[np.ndarray] = None,
) -> np.ndarray:
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
    table : uint8 array, 256 x 3, optional
        As for `heat`.

    Returns
    -------
    uint8 array, H x W x 3
    """
    # For eyes, every second or third number of a large map will do.
    step = max(1, min(np.floor_divide(saliency_map.shape, image.shape[:2])))
    saliency_map = saliency_map[::step, ::step]
    if saliency_map.shape != image.shape[:2]:
        saliency_map = resize(saliency_map, image.shape[:2])
    stretched, found = stretch(saliency_map), np.empty_like(image)
    # Blending makes a dozen numbers a pixel.
    for rows in strips(len(stretched), 12 * stretched.shape[1]):
        shown = stretched[rows]
        # Some of the picture stays visible under the maximum, most of it
        # under the minimum, so that both can be told everywhere.
        share = opacity * ((1 + 2 * shown) / 3)[..., np.newaxis]
        blended = image[rows] * (1 - share) + heat(shown, table) * share
        found[rows] = np.rint(blended)
    return found


def write_overlay(path: str, image: np.ndarray, saliency_map: np.ndarray) -> None:
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
