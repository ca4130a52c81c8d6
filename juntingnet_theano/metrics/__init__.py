"""Metrics of saliency maps, as the MIT benchmark's Matlab defines them.

Conventions
-----------
A saliency map is an array H x W of any numbers; it is scored in double
precision. A fixation map is an array H x W with the number of fixations at
each pixel (`fixation_map` makes one). What is drawn at random comes from a
`numpy.random.Generator` that the caller passes. NaN means that the convention
defines no score: nobody looked, or the map is constant or not finite.

Metrics
-------
At fixations: `auc_judd`, `auc_borji`, `auc_shuffled`, `auc_uniform`, `nss`,
`information_gain`. Against a continuous ground truth, such as `lowpass` makes
of a fixation map: `cc`, `similarity`, `kl_divergence`, `emd`.

Protocols
---------
Where the LSUN'15 challenge, the MIT benchmark, SALICON's evaluation and
pysaliency differ, the difference is an argument; `PROTOCOLS` holds their
choices and `score` applies one.

>>> fixations = fixation_map([1, 1], [0, 0], (2, 3))
>>> fixations.tolist()
[[0, 2, 0], [0, 0, 0]]
>>> round(nss(fixations, fixations), 4)
2.0412
"""

from juntingnet_theano.metrics.auc import borji as auc_borji
from juntingnet_theano.metrics.auc import judd as auc_judd
from juntingnet_theano.metrics.auc import shuffled as auc_shuffled
from juntingnet_theano.metrics.auc import uniform as auc_uniform
from juntingnet_theano.metrics.blur import lowpass
from juntingnet_theano.metrics.densities import cc, kl_divergence, similarity
from juntingnet_theano.metrics.emd import emd
from juntingnet_theano.metrics.fixated_values import information_gain, nss
from juntingnet_theano.metrics.ground_truth import GazePool, GroundTruth, fixation_map
from juntingnet_theano.metrics.imresize import imresize
from juntingnet_theano.metrics.protocols import LABELS, PROTOCOLS, SMALLER_IS_BETTER, Protocol
from juntingnet_theano.metrics.scoring import generator, score

__all__ = [
    'LABELS',
    'PROTOCOLS',
    'SMALLER_IS_BETTER',
    'GazePool',
    'GroundTruth',
    'Protocol',
    'auc_borji',
    'auc_judd',
    'auc_shuffled',
    'auc_uniform',
    'cc',
    'emd',
    'fixation_map',
    'generator',
    'imresize',
    'information_gain',
    'kl_divergence',
    'lowpass',
    'nss',
    'score',
    'similarity',
]
