"""What a network still does, epoch by epoch: units that live, maps that vary.

A validation loss that stays at the mean map's has two causes: the network has
not learnt yet, or its units have died and every picture will get the same map.
One minibatch of validation images tells them apart.

>>> import numpy as np
>>> layers = {'conv3': np.zeros((2, 4, 5, 5)), 'dense1': np.eye(2)}
>>> maps = np.array([[0., 1.], [1., 1.]])
>>> activity = look(layers, maps, maps)
>>> activity.dead, activity.output_deviation
({'conv3': 1.0, 'dense1': 0.0}, 0.35...)
"""

from typing import Dict, NamedTuple, Optional

import numpy as np


class Activity(NamedTuple):
    """What one minibatch of images shows of a network.

    Attributes
    ----------
    dead : dict of str to float
        Layer -> share of its units that give 0 for every image. A unit of a
        convolution is a filter: dead where it gives 0 at every place.
    output_deviation, truth_deviation : float
        Standard deviation over images of the predicted and of the true maps,
        root mean square over pixels. A network at the mean map has 0.
    """

    dead: Dict[str, float]
    output_deviation: float
    truth_deviation: float

    def dead_layer(self) -> Optional[str]:
        """The first layer without any unit that lives, or None."""
        return next((name for name, share in self.dead.items() if share == 1), None)


def look(layers: Dict[str, np.ndarray], output: np.ndarray, truth: np.ndarray) -> Activity:
    """Measure the activity that a minibatch shows.

    Parameters
    ----------
    layers : dict of str to float array
        What rectified layers give, from 0: images x units, or images x
        filters x height x width.
    output, truth : float array
        Maps, images x pixels.

    Returns
    -------
    Activity
    """
    return Activity(
        {name: float(np.mean(_highest(values) <= 0)) for name, values in layers.items()},
        _deviation(output),
        _deviation(truth),
    )


def _highest(values):
    """The highest value of each unit; NaN stays NaN, which is not dead."""
    return values.max(axis=(0,) + tuple(range(2, values.ndim)))


def _deviation(maps):
    return float(np.sqrt(np.var(np.asarray(maps, 'float64'), axis=0).mean()))
