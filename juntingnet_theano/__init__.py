"""JuntingNet, the saliency network of Pan and Giro-i-Nieto (2015), today.

Importing this package makes ``import theano`` work: by the original Theano
where it is installed, else by `juntingnet_theano.theano_facade`. That costs
nothing until something imports theano.

>>> import juntingnet_theano
>>> import theano.tensor as T
>>> T.matrix().ndim
2
"""
import warnings

from juntingnet_theano import theano_finder
from juntingnet_theano.version import __version__  # noqa: F401

theano_finder.install()

# Lasagne 0.1 asks pkg_resources for its own version. setup.py keeps a
# setuptools that still has it, and that one says so at every start, to people
# who can do nothing about it.
warnings.filterwarnings(
    'ignore', message='pkg_resources is deprecated as an API')


def load(weights=None):
    """Open a network: `models.load`, whose page says more.

    ``load().predict(['a.jpg'])`` is a list of saliency maps.
    """
    # Here, so that importing the package stays free of NumPy and engines.
    from juntingnet_theano import models
    return models.load(weights)
