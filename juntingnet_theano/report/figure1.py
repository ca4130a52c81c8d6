"""The paper's figure 1: saliency maps and images of both data sets.

>>> import os, tempfile
>>> from juntingnet_theano.datasets.readers import sample
>>> root = os.path.join(tempfile.mkdtemp(), 'sample')
>>> sample.generate(root, counts=(3, 1, 1))
>>> draw([('sample', root)], root + '.png', rows=2)
>>> os.path.exists(root + '.png')
True
"""

from typing import Sequence, Tuple

from juntingnet_theano import datasets
from juntingnet_theano.datasets.records import evenly
from juntingnet_theano.errors import MissingFiles
from juntingnet_theano.pictures import images
from juntingnet_theano.report import plots
from juntingnet_theano.saliency_maps import maps

TITLES = {'isun': 'iSUN', 'salicon': 'SALICON'}


def draw(sets: Sequence[Tuple[str, str]], path: str, rows: int = 4) -> None:
    """Draw the figure.

    Parameters
    ----------
    sets : sequence of (str, str)
        Name of each data set, and the folder of its raw files.
    path : str
        PNG file to write.
    rows : int
        Images of each, evenly spread over the training split.

    Raises
    ------
    MissingFiles
        Where a data set is not there, or has no maps.
    BadFile
        Naming a file that cannot be read.
    """
    columns = []
    for name, root in sets:
        records = datasets.read(name, root, 'training')
        records = [record for record in records if record.has_map]
        if not records:
            raise MissingFiles('drawing figure 1', f'{root}: no maps of the training split')
        columns.append(
            (TITLES.get(name, name), [_pair(name, record) for record in evenly(records, rows)])
        )
    plots.draw_pairs(columns, path)


def _pair(name, record):
    image, size = images.read_with_size(record.image)
    if record.saliency_map is not None:
        return maps.read(record.saliency_map), image
    record = datasets.with_gaze(name, record, size=size)
    sigma = record.map_sigma or 0.0
    return maps.from_fixations(record.fixations, size, sigma, maps.STRIP), image
