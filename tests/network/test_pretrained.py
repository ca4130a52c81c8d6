"""Weights without training: the list, the commands, a host that is gone."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import BadSetting, DownloadFailed
from juntingnet_theano.files.http_answers import Patience
from juntingnet_theano.network import pretrained, weights
from juntingnet_theano.network.layers import build_juntingnet, no_weights

FOLDER = tempfile.mkdtemp()


def inside(*parts):
    return os.path.join(FOLDER, *parts)


def test_an_unknown_name_is_told_the_nearest():
    with assert_raises(BadSetting) as caught:
        pretrained.entry('publishd')
    assert_in("did you mean 'published'", str(caught.exception))


def test_each_entry_lies_in_the_package_or_has_an_address():
    for each in pretrained.entries():
        assert_equal((each.path is None), (each.url is not None))
        if each.url:
            assert_equal(each.url.split(':')[0], 'https')


def test_a_host_that_is_not_there_is_named_with_what_to_do():
    with assert_raises(DownloadFailed) as caught:
        pretrained.fetch(
            'published',
            inside('p.pickle'),
            proxy='http://127.0.0.1:9',
            patience=Patience(attempts=1),
        )
    assert_in('shallow_net.pickle', str(caught.exception))
    assert_in('weights import', str(caught.exception))
    assert_equal([name for name in os.listdir(FOLDER) if name == 'p.pickle'], [])


def test_pack_makes_a_small_file_that_says_the_same():
    path, out = inside('weights.hdf5'), inside('small.hdf5')
    layer = build_juntingnet(head='released', initial_weights=no_weights)
    matrix = np.random.RandomState(0).normal(0, 1, (2304, 2304))
    found = dict(weights.copy_values(layer), **{'dense2/W': matrix.astype('float32')})
    weights.save_values(path, found, {'head': 'released', 'epoch': 7})
    assert_equal(main(['weights', 'pack', path, '--out', out, '--bits', '3']), 0)
    assert_less(os.path.getsize(out), os.path.getsize(path) / 5)
    found = weights.read_attributes(out)
    assert_equal((found['head'], int(found['epoch'])), ('released', 7))
    assert_equal(main(['weights', 'info', out]), 0)


def test_mistakes_end_with_2():
    assert_equal(main(['weights', 'pack', inside('none.hdf5'), '--out', inside('x.hdf5')]), 2)
    assert_equal(main(['weights', 'fetch', 'nobody']), 2)
