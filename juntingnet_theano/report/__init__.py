"""Reports: figures of a run, and descriptions of files.

In: runs, caches, weights, raw files, pictures with maps. Out: learning curves
and panels (`run_figures`), the paper's figure 1 (`figure1`) and overlays
(`overlays`), all drawn by `plots`; and text that describes a file
(`descriptions`). The command line calls it.
"""

from juntingnet_theano.report.descriptions import describe
from juntingnet_theano.report.overlays import figure, overlay
from juntingnet_theano.report.run_figures import write_report

__all__ = ['describe', 'figure', 'overlay', 'write_report']
