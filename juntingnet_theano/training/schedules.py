"""How learning rate and momentum change over the epochs.

>>> linear(0.03, 0.0001, 3).tolist()
[0.03, 0.01505, 0.0001]
"""

import numpy as np


def linear(start: float, stop: float, epochs: int) -> np.ndarray:
    """A straight line from the first epoch's value to the last one's.

    Section 3.2 starts at a rate of 0.03 and ends at 0.0001; the authors'
    code draws the line with the same function.

    Parameters
    ----------
    start, stop : float
        Values of the first and of the last epoch.
    epochs : int
        How many there are, at least 1. One epoch gets `start`.

    Returns
    -------
    float64 array
        One value an epoch.
    """
    return np.linspace(start, stop, epochs)
