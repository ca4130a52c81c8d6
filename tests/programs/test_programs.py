"""Old programs train to the losses that the original Theano reaches.

The losses are those of Theano 1.0.5 in float32 on NumPy 1.21: what
``python -m tests.programs`` printed there, the net with convolutions with
``openmp=False``, the others with ``cxx=`` as well.
"""

import json
import os

from numpy.testing import assert_allclose

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers import GOLDEN
from tests.programs import losses

with open(os.path.join(GOLDEN, 'theano-1.0.5-programs.json'), encoding='utf-8') as _file:
    EXPECTED = json.load(_file)


def check(name):
    assert_allclose(losses(name), EXPECTED[name], rtol=1e-4, err_msg=name)


def test_logistic_regression_trains_to_the_originals_losses():
    check('logistic_regression')


def test_a_convolutional_net_trains_to_the_originals_losses():
    check('convolutional_net')


def test_a_denoising_autoencoder_trains_to_the_originals_losses():
    check('denoising_autoencoder')


def test_a_boltzmann_machine_trains_to_the_originals_losses():
    check('boltzmann_machine')


def test_a_recurrent_net_of_scan_trains_to_the_originals_losses():
    check('long_short_term_memory')
