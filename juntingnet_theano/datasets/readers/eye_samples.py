"""Fixations out of the raw samples of an eye tracker.

Velocity threshold (I-VT of D. D. Salvucci and J. H. Goldberg, *Identifying
fixations and saccades in eye-tracking protocols*, ETRA 2000): an eye that
moves slowly for long enough is fixating.

>>> import numpy as np
>>> still = np.tile([[10., 20.]], (48, 1))
>>> fixations(np.vstack([still, still + 100]), 240).tolist()
[[10.0, 20.0, 0.0], [110.0, 120.0, 0.2]]
"""

import numpy as np

FASTEST = 1440.0  # pixels a second; a saccade is faster
SHORTEST = 0.1  # seconds; shorter stops are no fixations


def fixations(samples: np.ndarray, rate: float) -> np.ndarray:
    """Find the fixations of one observer.

    Parameters
    ----------
    samples : float array
        n x 2: x and y in pixels, one after the other in time. Numbers that
        are not finite or below 0 are blinks, and end a fixation.
    rate : float
        Samples a second.

    Returns
    -------
    float64 array
        k x 3: median x and y, and the time in seconds at which it begins.
    """
    samples = np.asarray(samples, 'float64').reshape(-1, 2)
    with np.errstate(invalid='ignore', over='ignore'):
        seen = np.isfinite(samples).all(1) & (samples >= 0).all(1)
        speed = np.hypot(*np.diff(samples, axis=0).T) * rate
        slow = seen[1:] & seen[:-1] & (speed < FASTEST)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], slow, [0]])))
    found = [
        np.append(np.median(samples[first : last + 1], axis=0), first / rate)
        for first, last in edges.reshape(-1, 2)
        if last - first + 1 >= SHORTEST * rate
    ]
    return np.array(found).reshape(-1, 3)
