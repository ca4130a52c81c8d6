"""The pictures that tests/golden/mit/make_golden.m scores, by formula."""

import csv
import math
import os

import numpy as np

from tests.helpers import GOLDEN as FOLDER_OF_GOLDEN

SHAPE = (12, 16)
GOLDEN = os.path.join(FOLDER_OF_GOLDEN, 'mit-octave-7.3.0.csv')


def dots(places, shape=SHAPE):
    """Fixation map with one fixation at each (row, column)."""
    fixations = np.zeros(shape)
    for row, column in places:
        fixations[row, column] = 1
    return fixations


def bump(shape, row, column, spread):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / float(spread))


ROWS, COLUMNS = np.mgrid[:12, :16]
T = (7 * ROWS + 13 * COLUMNS) % 23 / 22.0
G = bump(SHAPE, 5, 7, 18)
MAPS = {
    'T': T,
    'G': G,
    'zero': np.zeros(SHAPE),
    'third': np.full(SHAPE, 0.3),
    'bytes': np.rint(255 * G),
    'levels': np.rint(4 * G) / 4,
    'binary': (G > 0.5).astype(float),
    'negative': T - 0.5,
    'missing': np.full(SHAPE, np.nan),
    'larger': bump((24, 32), 10, 15, 70),
    'smaller': bump((5, 7), 2.1, 3.3, 3),
    'mixed': bump((9, 40), 4, 20, 60),
    'odd': bump((17, 23), 8.3, 10.1, 40),
}
GT = bump(SHAPE, 6, 8, 10)
BASELINE = bump(SHAPE, 5.5, 7.5, 40)
FIVE = ((5, 7), (4, 8), (6, 6), (2, 12), (9, 3))
FIXATIONS = {'five': dots(FIVE), 'one': dots([(4, 8)]), 'none': dots([])}
OTHER = dots([(0, 0), (11, 15), (5, 8), (10, 2), (3, 3)])
FEWER = dots([(0, 0), (11, 15), (5, 8)])
CORNER = dots([(0, 0)])
MANY = dots([(0, 0), (11, 15), (5, 8), (10, 2), (3, 3), (6, 7), (5, 6), (2, 11), (9, 9)])


def golden(metric):
    """(map, fixations) -> value that Octave printed for a metric."""
    with open(GOLDEN) as file:
        return {
            (row['map'], row['fixations']): float(row['value'])
            for row in csv.DictReader(file)
            if row['metric'] == metric
        }


def agree(found, expected, tolerance=1e-9):
    """Equal within a tolerance, or NaN both."""
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    return abs(found - expected) <= tolerance * max(1, abs(expected))
