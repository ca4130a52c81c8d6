"""The sheet of `make demo`: a row a picture, from a folder and its maps."""

import os
import shutil
import tempfile

import numpy as np
from nose.tools import assert_greater, assert_raises
from PIL import Image

from tests.helpers import ROOT
from tests.helpers.scripts import script

PHOTOGRAPHS = os.path.join(ROOT, 'docs', 'pictures', 'photographs')


def test_the_sheet_has_a_row_for_each_picture():
    draw_sheet = script('sheet').draw_sheet
    heights = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 2):
            pictures = os.path.join(folder, str(count))
            os.mkdir(pictures)
            for name in sorted(os.listdir(PHOTOGRAPHS))[:count]:
                shutil.copy(os.path.join(PHOTOGRAPHS, name), pictures)
                grey = Image.fromarray(np.eye(30, 40, dtype='uint8') * 255)
                grey.save(os.path.join(folder, os.path.splitext(name)[0] + '.png'))
            out = os.path.join(folder, 'sheet.jpg')
            draw_sheet(pictures, folder, out)
            with Image.open(out) as sheet:
                heights.append(sheet.height)
        assert_greater(heights[1], heights[0] + 50)
        os.remove(os.path.join(folder, 'astronaut.png'))
        with assert_raises(FileNotFoundError):
            draw_sheet(pictures, folder, out)
