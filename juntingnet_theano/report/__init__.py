"""Reports: what to look at after a run, and what a file is.

In: runs, caches, weights, raw files, pictures with maps. Out: learning curves
and panels (`run_figures`), the paper's figure 1 (`figure1`), overlays
(`overlays`), all drawn by `plots`; and lines of text that describe a file
(`descriptions`). The command line calls it.
"""

from juntingnet_theano.report.descriptions import describe
from juntingnet_theano.report.overlays import figure, overlay
from juntingnet_theano.report.run_figures import write_report

__all__ = ['describe', 'figure', 'overlay', 'write_report']
