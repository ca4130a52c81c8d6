"""Prediction: a model and pictures to saliency maps.

In: a model by name or file, pictures in whatever carries them. Out: float32
maps of each picture's size, in [0, 1]; one picture and a million go the same
way (`pipeline`). `models` is the way in, behind ``juntingnet_theano.load``. The
command line and reports call it.
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
