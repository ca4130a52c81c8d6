"""Small programs as people wrote them for Theano, on data from a fixed seed.

Each trains a model and returns its losses. Run as ``python -m tests.programs``
on the original Theano 1.0.5 they print the numbers of
``tests/golden/theano-1.0.5-programs.json``.
"""

import importlib

PROGRAMS = (
    'logistic_regression',
    'convolutional_net',
    'denoising_autoencoder',
    'boltzmann_machine',
    'long_short_term_memory',
)


def losses(name):
    """What the program of that name returns, as floats."""
    program = importlib.import_module(f'tests.programs.{name}')
    return [float(each) for each in program.train()]
