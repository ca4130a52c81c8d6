"""What the process of the service does: `web.predicting`."""

import io
import os
import platform
import re
import unittest

from nose.tools import assert_equal, assert_less
from PIL import Image

from juntingnet_theano.web.predicting import Predictor, Task
from tests.helpers import scenes
from tests.helpers.damaged_files import png

DEFAULT = 'isun'


def test_a_map_does_not_depend_on_the_pictures_that_came_with_it():
    predictor = Predictor()
    pictures = [png(scenes.texture(60, 80, seed)) for seed in range(8)]
    for views in (1, 2, 12):
        tasks = [Task(each, DEFAULT, views, 'npy') for each in pictures]
        tasks.insert(3, Task(b'no picture', DEFAULT, views, 'npy'))
        alone = [predictor([each])[0] for each in tasks]
        together = predictor(tasks)
        for first, second in zip(alone[:3] + alone[4:], together[:3] + together[4:]):
            assert_equal(first.content, second.content)
        assert_equal(str(alone[3]), str(together[3]))


def resident():
    with open('/proc/self/status') as file:
        return int(re.search(r'VmRSS:\s+(\d+) kB', file.read()).group(1)) / 1024


def test_memory_of_a_large_picture_is_given_back():
    if platform.libc_ver()[0] != 'glibc' or not os.path.exists('/proc/self/status'):
        raise unittest.SkipTest('only glibc keeps memory so, and /proc tells of it')
    predictor = Predictor()
    file = io.BytesIO()
    Image.new('RGB', (6000, 5000), (90, 120, 60)).save(file, 'JPEG')
    small = Task(png(scenes.texture(60, 80, 0)), DEFAULT, form='npy')
    predictor([small, small])  # with threads
    before = resident()
    large = Task(file.getvalue(), DEFAULT, form='npy', side=100)
    predictor([large, small])
    # It takes 200 MB and more; Python keeps some for itself.
    assert_less(resident() - before, 80)
