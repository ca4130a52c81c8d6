"""Evaluation: predicted maps of a split to scores and tables.

In: a folder, an archive or a run with maps (`predicted_maps`), and a data set
with gaze. Out: scores of each image, with intervals (`scoring`, `score_files`),
and tables with the published rows (`tables`, `leaderboard`). The numbers come
from `juntingnet_theano.metrics`. The command line calls it.
"""

from juntingnet_theano.evaluation.scoring import Evaluation, evaluate

__all__ = ['Evaluation', 'evaluate']
