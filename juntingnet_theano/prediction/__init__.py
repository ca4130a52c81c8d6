"""Prediction: a model and pictures to saliency maps.

In: a model by name or file, pictures in whatever carries them. Out: float32
maps of each picture's size, one or a million, on the same way (`streams`).
`models` is the way in, behind ``juntingnet_theano.load``.
"""
