"""Pillow images as a person sees them: upright, RGB, 8 bits.

Transparency is laid over white, EXIF orientation is applied, and 16-bit values
are scaled to 8 bits rather than clipped. `images` opens files and calls it.

>>> image = Image.new('LA', (3, 2), (0, 0))
>>> upright(image)[0, 0].tolist(), seen_size(image)
([255, 255, 255], (2, 3))
"""

from typing import Any, Tuple

import numpy as np
from PIL import Image

STRIP = 1 << 22  # pixels that are converted at a time
_EXIF_ORIENTATION = 0x0112
_TIFF_SIDES = 256, 257
_TURNS = {
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}


def upright(image: Image.Image, shrink: int = 1) -> np.ndarray:
    """Pixels of a Pillow image, as a person would see them.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; with its EXIF orientation, if it has one.
    shrink : int
        Average blocks of this many pixels a side.

    Returns
    -------
    uint8 array, H x W x 3

    Raises
    ------
    ValueError
        Its mode has no greys from black to white. Pillow's decoders raise
        whatever a broken file leads them to.
    """
    image.load()
    pixels = _as_rgb(image, shrink)
    turn = _TURNS.get(_orientation(image))
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def seen_size(image: Any) -> Tuple[int, int]:
    """(height, width) of a Pillow image as a person would see it."""
    width, height = image.size
    # Orientations 5 to 8 exchange the sides.
    if _orientation(image) in (5, 6, 7, 8):
        if image.format == 'TIFF':  # Pillow 11 has exchanged them already
            width, height = (image.tag_v2[tag] for tag in _TIFF_SIDES)
        return width, height
    return height, width


def _orientation(image):
    try:
        return image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:
        return 1  # viewers show an image with broken EXIF as it is stored


def _as_rgb(image, shrink):
    """uint8 H x W x 3 of a Pillow image of any mode, a strip at a time.

    Blocks of `shrink` x `shrink` pixels are averaged.
    """
    width, height = image.size
    if width * height <= STRIP:
        return np.asarray(
            _strip_as_rgb(image).reduce(shrink) if shrink > 1 else _strip_as_rgb(image)
        )
    rows = max(1, STRIP // width // shrink) * shrink
    pixels = np.empty((-(-height // shrink), -(-width // shrink), 3), 'uint8')
    for top in range(0, height, rows):
        strip = _strip_as_rgb(image.crop((0, top, width, min(height, top + rows)))).reduce(shrink)
        pixels[top // shrink : top // shrink + strip.size[1]] = strip
    return pixels


def _strip_as_rgb(image):
    """Pillow image of any mode to mode RGB."""
    if image.mode == 'RGB' and 'transparency' not in image.info:
        return image
    if image.mode.startswith('I'):
        return _from_16_bits(image).convert('RGB')
    if image.mode == 'F':
        raise ValueError('pixels are floating-point numbers; expected 1, 8 or 16 bits')
    if 'A' in image.mode or 'a' in image.mode or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGB', image.size, 'white')
        white.paste(image, mask=image.getchannel('A'))
        return white
    # Pillow has already undone the inversion of Adobe's CMYK JPEGs.
    return image.convert('RGB')


def _from_16_bits(image):
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f'pixels from {values.min()} to {values.max()}; expected 16 bits at most')
    return Image.fromarray(np.rint(values / 257.0).astype('uint8'))
