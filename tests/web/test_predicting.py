"""What the process of the service does: `web.predicting`."""

import io

from nose.tools import assert_equal
from PIL import Image

from juntingnet_theano.web.predicting import Predictor, Task
from tests.helpers import scenes

DEFAULT = 'isun'


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, 'PNG')
    return file.getvalue()


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
