"""Files with a damage that Hypothesis draws, and how many of them a test takes."""

import io
import os
import struct

import numpy as np
from hypothesis import HealthCheck, settings, strategies
from PIL import Image

EXAMPLES = int(os.environ.get('FUZZ', 20))
few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@strategies.composite
def damaged(draw, whole):
    """A file cut at a byte, with bytes changed, or grown in the middle."""
    data = bytearray(whole)
    how = draw(strategies.sampled_from(('cut', 'change', 'insert', 'noise')))
    if how == 'noise':
        return draw(strategies.binary(max_size=300))
    if how == 'cut':
        return bytes(data[: draw(strategies.integers(0, len(data) - 1))])
    for _ in range(draw(strategies.integers(1, 8))):
        # The headers are where the claims stand.
        limit = draw(strategies.sampled_from((16, 200, len(data))))
        place = draw(strategies.integers(0, min(limit, len(data)) - 1))
        if how == 'change':
            data[place] = draw(strategies.integers(0, 255))
        else:
            data[place:place] = draw(strategies.binary(max_size=9))
    return bytes(data)


def saved(write, *args, **options):
    file = io.BytesIO()
    write(file, *args, **options)
    return file.getvalue()


def png(picture):
    """The file of an array."""
    return saved(Image.fromarray(picture).save, 'PNG')


def picture(form, size=(37, 23), mode='RGB'):
    rng = np.random.RandomState(0)
    pixels = rng.randint(0, 255, (size[1], size[0], 3)).astype('uint8')
    return saved(Image.fromarray(pixels).convert(mode).save, form)


def claiming_jpeg(width, height):
    """A small JPEG whose head claims another size."""
    data = bytearray(picture('JPEG', (160, 80)))
    place = data.index(b'\xff\xc0')  # start of frame
    data[place + 5 : place + 9] = struct.pack('>HH', height, width)
    return bytes(data)
