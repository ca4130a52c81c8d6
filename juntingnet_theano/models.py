"""Networks with their weights, ready for pictures.

>>> load('nowhere/weights.hdf5')
Traceback (most recent call last):
    ...
juntingnet_theano.errors.MissingFiles: While ...
"""
import functools

from juntingnet_theano import pretrained
from juntingnet_theano.cache import PreprocessingSettings
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.postprocessing import PostProcessing
from juntingnet_theano.prediction import saliency


def load(weights=None):
    """Open a network.

    Parameters
    ----------
    weights : str, optional
        A weights file; the one that comes with the package by default.

    Returns
    -------
    Model

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.

    Examples
    --------
    >>> import juntingnet_theano as jn
    >>> maps = jn.load().predict(['a.jpg'])     # doctest: +SKIP
    """
    return Model(weights or pretrained.entry(pretrained.DEFAULT).place)


class Model(object):
    """A network with its weights; compiled when it is first called.

    Parameters
    ----------
    path : str
        Weights file; says how pictures become squares and how maps are
        finished.

    Attributes
    ----------
    path : str
    attributes : dict
        What the weights say of themselves.
    fit : {'squash', 'crop'}
        How pictures become 96 x 96 squares.
    post : postprocessing.PostProcessing
        How 48 x 48 maps become those of a picture.

    Raises
    ------
    MissingFiles, BadFile
        As `load`.
    """

    def __init__(self, path):
        # Here, as importing the engine takes seconds that --help has not.
        from juntingnet_theano import weights
        self.path, self.attributes = path, weights.attributes(path)
        self.fit = self._said('preprocessing',
                              PreprocessingSettings.from_json).fit
        self.post = self._said('postprocessing', PostProcessing.from_json)

    def _said(self, name, from_json):
        """What the weights say of a stage; its defaults where they do not."""
        try:
            return from_json(self.attributes.get(name, '{}'))
        except (BadSetting, ValueError, TypeError) as error:
            raise BadFile('reading {} of {}'.format(name, self.path),
                          getattr(error, 'got', str(error)),
                          'its settings in JSON')

    @functools.cached_property
    def _compiled(self):
        from juntingnet_theano import weights
        from juntingnet_theano.functions import compile_predict
        from juntingnet_theano.network import build_juntingnet, no_weights
        layer = build_juntingnet(head=self.attributes['head'],
                                 initial_weights=no_weights)
        weights.load(self.path, layer)
        return compile_predict(layer)

    def __call__(self, images):
        """Maps as the network gives them.

        Parameters
        ----------
        images : uint8 array, n x 3 x 96 x 96

        Returns
        -------
        float32 array, n x 48 x 48

        Raises
        ------
        BadFile, WeightsMismatch
            At the first call, where the weights are broken.
        """
        return self._compiled(images)

    def predict(self, images):
        """Where people will look at some pictures.

        Parameters
        ----------
        images : iterable of str or uint8 array
            Files, or RGB pictures H x W x 3.

        Returns
        -------
        list of float32 array
            A saliency map in [0, 1] of each picture's size, H x W.

        Raises
        ------
        BadFile
            A file cannot be read, or an array is no RGB picture.
        """
        return [saliency(self, image, self.post, self.fit)
                for image in images]
