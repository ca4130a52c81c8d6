"""A folder's run ends with what it left out, and why."""

import os
import tempfile

from nose.tools import assert_equal, assert_in
from PIL import Image

from juntingnet_theano.cli.main import main
from tests.helpers.output import said


def test_a_folder_of_many_kinds_of_files():
    red, blue = (Image.new('RGB', (24, 16), colour) for colour in ('red', 'blue'))
    with tempfile.TemporaryDirectory() as folder:
        pictures, out = os.path.join(folder, 'pictures'), os.path.join(folder, 'out')
        os.mkdir(pictures)
        red.save(os.path.join(pictures, 'still.jpg'))
        red.save(os.path.join(pictures, 'moving.gif'), save_all=True, append_images=[blue])
        for name in ('broken.png', 'notes.txt', 'film.mov', 'raw.CR2', 'other.cr2'):
            with open(os.path.join(pictures, name), 'wb') as file:
                file.write(b'nothing')
        command = ['predict', pictures, '--model', 'centre', '--out', out, '--skip-bad']
        code, text = said(lambda: main(command))
        assert_equal((code, sorted(os.listdir(out))), (0, ['moving.png', 'still.png']))
    assert_in('skipped: While reading an image: ' + os.path.join(pictures, 'broken.png'), text)
    assert_in('left out: 2 .cr2', text)
    assert_in('first frame was predicted: 1', text)
    assert_in('wrote 2 maps', text)
