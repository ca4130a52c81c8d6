"""Evaluation: predicted maps of a split to scores and tables.

In: a folder, an archive or a run with maps (`predicted_maps`), and a data set
with gaze. Out: scores an image with intervals (`evaluating`, `scores`), and
tables beside the published rows (`tables`, `leaderboard`). The numbers
themselves come from `juntingnet_theano.metrics`.
"""
