"""Put pictures, their maps and the maps as heat on them on one sheet.

::

    juntingnet predict docs/pictures/photographs --out runs/photographs
    python experiments/sheet.py docs/pictures/photographs runs/photographs \
        --out runs/photographs/sheet.png

The maps lie where ``juntingnet predict PICTURES --out MAPS`` wrote them.
"""

import argparse
import os

import numpy as np
from PIL import Image

import juntingnet_theano as jn


def draw_sheet(pictures, maps, out):
    """Write a row a picture: the picture, its map, both.

    Parameters
    ----------
    pictures, maps : str
        Folders; a map has its picture's name and the extension ``.png``.
    out : str
        PNG or JPEG file to write.
    """
    names = sorted(os.listdir(pictures))
    jn.figure(
        [os.path.join(pictures, name) for name in names],
        [_read_map(os.path.join(maps, os.path.splitext(name)[0] + '.png')) for name in names],
    ).savefig(out, dpi=80, bbox_inches='tight')


def _read_map(path):
    with Image.open(path) as image:
        return np.asarray(image, 'float32') / 255


def main(arguments=None):
    """Draw a sheet for the command line's folders."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('pictures')
    parser.add_argument('maps')
    parser.add_argument('--out', default='sheet.png')
    args = parser.parse_args(arguments)
    draw_sheet(args.pictures, args.maps, args.out)


if __name__ == '__main__':
    main()
