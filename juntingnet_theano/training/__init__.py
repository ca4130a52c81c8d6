"""Training: minibatches of a cache to weights.

In: a cache and settings. Out: a run's folder with history, checkpoint and
weights (`runs` names the files). `loop` is the way in; it goes from `data`
through `minibatches` and `augmentation` to the network's functions. Called by
the command line.
"""
