"""Prediction: a model and pictures to saliency maps.

In: a model by name or file, and pictures in any form. Out: float32 maps of each
picture's size, in [0, 1]. One picture and a million go the same way (`streams`),
and to files by `pipeline`. `models` is the entrance, behind
``juntingnet_theano.load``. The command line and reports call it.
"""

from juntingnet_theano.prediction.models import Baseline, Model, list_models, load, weights_path
from juntingnet_theano.prediction.pipeline import predict, predict_pictures

__all__ = [
    'Baseline',
    'Model',
    'list_models',
    'load',
    'predict',
    'predict_pictures',
    'weights_path',
]
