"""The original Theano's history of the training in tests/tiny_training.py.

Runs under the original Theano 1.0.5 only, from the top folder::

    PYTHONPATH=tests THEANO_FLAGS=floatX=float32,openmp=False \
        .venv-classic/bin/python tests/golden/make_history_golden.py \
        tests/golden/theano-1.0.5-history.csv
"""
import os
import shutil
import sys
import tempfile

import juntingnet_theano  # noqa: F401  (would serve theano, but must not)
import theano
from juntingnet_theano.training.runs import Run
from juntingnet_theano.training.loop import train

from tests.helpers import tiny_training

if theano.__version__ != '1.0.5':
    sys.exit('This is Theano {} and not 1.0.5.'.format(theano.__version__))
folder = tempfile.mkdtemp()
cache = os.path.join(folder, 'tiny.hdf5')
tiny_training.write_cache(cache)
run = Run(os.path.join(folder, 'run'), tiny_training.settings(cache))
train(run)
shutil.copyfile(run.history_path, sys.argv[1])
shutil.rmtree(folder)
