"""Submission: maps of a testing split to the archive that a challenge takes.

In: a folder of maps and the list of the split. Out: ``results.mat`` or
``results.zip``, checked before it gets its final name (`archives`). `cell_arrays`
and `result_json` are the two forms; evaluation reads them too. The command
line calls it.
"""

from juntingnet_theano.submission.archives import pack_lsun, pack_lsun_images, pack_salicon, verify

__all__ = ['pack_lsun', 'pack_lsun_images', 'pack_salicon', 'verify']
