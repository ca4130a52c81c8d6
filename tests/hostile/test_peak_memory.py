"""Predicting a picture of any size takes less than a gigabyte."""

import os
import re
import struct
import subprocess
import sys
import tempfile

from nose.plugins.skip import SkipTest
from nose.tools import assert_equal, assert_in, assert_less
from PIL import Image

PEAK = """
import sys
from juntingnet_theano.cli.main import main
code = main(sys.argv[1:])
with open('/proc/self/status') as file:
    print(*[line.split()[1] for line in file if line.startswith('VmHWM')])
sys.exit(code)
"""


def predicted(*arguments):
    """Exit code, megabytes at the peak and messages of ``predict``."""
    if not os.path.exists('/proc/self/status'):
        raise SkipTest('only Linux says how much memory a process took')
    done = subprocess.run(
        [sys.executable, '-c', PEAK, 'predict', *arguments], capture_output=True, text=True
    )
    peak = re.search(r'^(\d+)$', done.stdout, re.M)
    return done.returncode, int(peak.group(1)) / 1e3, done.stderr


def test_a_telephone_of_120_megapixels():
    with tempfile.TemporaryDirectory() as folder:
        path, out = (os.path.join(folder, name) for name in ('a.jpg', 'out'))
        Image.effect_noise((16, 16), 50).resize((12000, 10000)).save(path, quality=30)
        code, peak, messages = predicted(path, '--out', out)
        assert_equal(code, 0, messages)
        assert_less(peak, 900)
        with open(os.path.join(out, 'a.png'), 'rb') as file:
            assert_equal(struct.unpack('>2I', file.read(24)[16:]), (12000, 10000))


def test_a_narrow_picture_is_refused_before_a_row_of_its_map_takes_gigabytes():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.png')
        Image.new('1', (40_000_000, 1)).save(path)
        code, peak, messages = predicted(path, '--out', os.path.join(folder, 'out'))
        assert_equal(code, 2)
        assert_less(peak, 900)
        assert_in('sides of at most 131,072 pixels', messages)
