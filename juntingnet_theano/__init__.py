"""JuntingNet, the saliency network of Pan and Giro-i-Nieto (2015), today.

Importing this package makes ``import theano`` work: by the original Theano
where it is installed, else by `juntingnet_theano.engine`. That costs
nothing until something imports theano.

>>> import juntingnet_theano
>>> import theano.tensor as T
>>> T.matrix().ndim
2
"""

from juntingnet_theano.engine import finder
from juntingnet_theano.version import __version__  # noqa: F401  (for users)

finder.install()

# What follows imports when it is called, so that importing the package stays
# free of NumPy and engines.


def load(weights=None, **options):
    """Open a model; `models.load` has all options.

    A weights file, the folder of a run, or a name of `list_models`; by default
    the weights that come with the package. ``load().predict('a.jpg')`` is the
    saliency map of a picture, ``load().predict(['a.jpg'])`` a list of them.

    >>> load('centre').predict(b'no picture')
    Traceback (most recent call last):
        ...
    juntingnet_theano.errors.BadFile: While ...
    """
    from juntingnet_theano.prediction import models

    return models.load(weights, **options)


def list_models():
    """Names that `load` knows, each with a line: `models.list_models`.

    >>> 'gbvs' in list_models()
    True
    """
    from juntingnet_theano.prediction import models

    return models.list_models()


def overlay(picture, saliency_map, opacity=0.5, colours='inferno'):
    """A map as heat on its picture: `showing.overlay`.

    >>> import numpy as np
    >>> overlay(np.zeros((6, 8), 'uint8'), np.eye(6, 8)).size
    (8, 6)
    """
    from juntingnet_theano.report import showing

    return showing.overlay(picture, saliency_map, opacity, colours)


def figure(picture, saliency_map, path=None, colours='inferno'):
    """Pictures beside their maps and overlays: `showing.figure`.

    >>> import numpy as np
    >>> len(figure(np.zeros((6, 8), 'uint8'), np.eye(6, 8)).axes)
    3
    """
    from juntingnet_theano.report import showing

    return showing.figure(picture, saliency_map, path, colours)
