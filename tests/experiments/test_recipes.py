"""The recipes: each loads, and make knows the way to each of their caches."""

import glob
import os
import subprocess

from nose.tools import assert_equal, assert_in

from juntingnet_theano.settings.training import load
from tests.helpers import ROOT


def test_every_recipe_loads():
    for path in glob.glob(os.path.join(ROOT, 'experiments', '*.toml')):
        load(path)


def test_make_makes_every_cache_of_a_recipe_of_several():
    for run in ('salicon-both', 'best-more'):
        recipe = load(os.path.join(ROOT, 'experiments', run + '.toml'))
        target = f'runs/{run}/weights-last.hdf5'
        # Nothing of this clone is made: -n says what would be, -B of everything.
        said = subprocess.check_output(
            ['make', '-nB', '-C', ROOT, target, 'RAW=/nowhere', 'SET=seed=3'],
            env=dict(os.environ, MAKEFLAGS=''),
            text=True,
        )
        order = [said.index(_command_for(path)) for path in recipe.caches]
        assert_equal(order, sorted(order))
        training = f'train --config experiments/{run}.toml --set seed=3 --run runs/{run}'
        assert_in(training, said[max(order) :])


def _command_for(path):
    """The end of the command that makes a cache."""
    name = os.path.basename(path)[: -len('.hdf5')]
    if name.startswith('more-'):
        return f'indexed --raw /nowhere/more/{name[5:]} --cache {path}'
    return f'--out {path}' if name.startswith('isun-soft') else f'preprocess {name} --raw /nowhere/'
