"""A map without the ways that prediction has for many pictures."""

from juntingnet_theano.prediction import streams
from juntingnet_theano.settings.postprocessing import PostProcessing


def saliency(model, image, post=PostProcessing(), fit='squash'):
    """What a model, or any function of its kind, makes of one picture."""
    prepared = streams.prepare(image, fit, post.check().views)
    return streams.finish(prepared, model(prepared.pixels), post)
