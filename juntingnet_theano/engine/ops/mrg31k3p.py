"""The generator MRG31k3p: its recurrence, its jumps, its numbers, in NumPy.

L'Ecuyer and Touzin, "Fast combined multiple recursive generators with
multipliers of the form a = +-2^q +-2^r", Winter Simulation Conference 2000.
The difference of two recurrences of order three. Theano cut its sequence
into streams 2^134 numbers apart, one for each call for a sample, and these
into substreams 2^72 apart, which are drawn from side by side. `rng_mrg` does
the same on top of this file, and draws the numbers that Theano drew.

All arithmetic is in unsigned 32-bit integers that wrap around, so that the
same code runs in NumPy and in JAX.

>>> import numpy as np
>>> states = substreams(np.full(6, 12345), 2)
>>> uniform(states, 3, 'float64')[1].round(4).tolist()
[0.7353, 0.2586, 0.6142]
"""

from typing import Any, Tuple

import numpy as np

M1 = 2**31 - 1
M2 = 2**31 - 21069
TOO_MANY = 'MRG streams draw at most 2**31 - 1 numbers at once'

# Each recurrence as a matrix that takes (newest, older, oldest) one on:
# x <- 2^22 x[-2] + (2^7 + 1) x[-3] mod M1
# y <- 2^15 y[-1] + (2^15 + 1) y[-3] mod M2
STEP1 = ((0, 2**22, 2**7 + 1), (1, 0, 0), (0, 1, 0))
STEP2 = ((2**15, 0, 2**15 + 1), (1, 0, 0), (0, 1, 0))


def _product(left, right, modulus):
    """left . right modulo `modulus`; entries below 2^31."""
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    # Each product is reduced before the sum: three of them exceed 2^63.
    parts = left[:, :, None] * right[None, :, :] % modulus
    return parts.sum(axis=1) % modulus


def _doubled(matrix, modulus, times):
    """`matrix` to the power 2^times."""
    for _ in range(times):
        matrix = _product(matrix, matrix, modulus)
    return matrix


def _apply(matrices, states):
    """Both halves of each row of `states` taken on by their matrix."""
    halves = [
        _product(matrix, states[:, part].T, modulus).T
        for matrix, part, modulus in zip(matrices, (slice(0, 3), slice(3, 6)), (M1, M2))
    ]
    return np.concatenate(halves, axis=1)


def next_stream(state: np.ndarray) -> np.ndarray:
    """The state (6 integers) 2^134 numbers later."""
    matrices = (_doubled(STEP1, M1, 134), _doubled(STEP2, M2, 134))
    return _apply(matrices, np.asarray(state)[None])[0].astype(np.int32)


def substreams(state: np.ndarray, count: int) -> np.ndarray:
    """States of `count` substreams, each 2^72 numbers after the one before.

    Returns
    -------
    array of int32, count x 6
        The first row is `state`.
    """
    states = np.asarray(state, np.int64)[None]
    matrices = (_doubled(STEP1, M1, 72), _doubled(STEP2, M2, 72))
    while len(states) < count:  # twice as many in each turn
        states = np.concatenate([states, _apply(matrices, states)])
        matrices = (_product(matrices[0], matrices[0], M1), _product(matrices[1], matrices[1], M2))
    return states[:count].astype(np.int32)


def advance(x1: Any, x2: Any, x3: Any, y1: Any, y2: Any, y3: Any, where: Any) -> Tuple[Any, ...]:
    """One step of both recurrences; arrays of uint32, NumPy's or JAX's.

    The powers of two are shifts, and 2^31 is 1 modulo M1 and 21069 modulo
    M2: what a shift pushes out at the top comes back at the bottom.

    Parameters
    ----------
    where : callable
        ``where`` of the library that the arrays belong to.

    Returns
    -------
    tuple of 6 arrays
        The new state; the newest entries are its items 0 and 3.
    """

    def reduced(value, modulus):
        return where(value >= modulus, value - modulus, value)

    m1, m2 = np.uint32(M1), np.uint32(M2)
    x = (
        ((x2 & np.uint32(2**9 - 1)) << np.uint32(22))
        + (x2 >> np.uint32(9))
        + ((x3 & np.uint32(2**24 - 1)) << np.uint32(7))
        + (x3 >> np.uint32(24))
    )
    x = reduced(reduced(x, m1) + x3, m1)

    def times_32768(value):
        low = (value & np.uint32(2**16 - 1)) << np.uint32(15)
        return reduced(low + np.uint32(21069) * (value >> np.uint32(16)), m2)

    y = reduced(times_32768(y3) + y3, m2)
    y = reduced(y + times_32768(y1), m2)
    return x, x1, x2, y, y1, y2


def scale(dtype: str) -> float:
    """2^-31; in float32 the number below, or the largest would round to 1."""
    if dtype == 'float32':
        return np.nextafter(np.float32(2.0**-31), np.float32(0))
    return np.float64(2.0**-31)


def to_unit(x: Any, y: Any, dtype: str, where: Any) -> Any:
    """Numbers in (0, 1) from the newest entries of both recurrences."""
    difference = where(x <= y, x - y + np.uint32(M1), x - y)
    return difference.astype(dtype) * scale(dtype)


def uniform(states: np.ndarray, count: int, dtype: str) -> Tuple[np.ndarray, np.ndarray]:
    """`count` numbers in (0, 1), number i from row i modulo rows.

    Parameters
    ----------
    states : array of int32, rows x 6

    Returns
    -------
    new_states : array of int32, rows x 6
    numbers : array of `dtype`, count

    Raises
    ------
    ValueError
        For more than 2**31 - 1 numbers, as Theano does.
    """
    if count > M1:
        raise ValueError(TOO_MANY)
    rows = len(states)
    columns = tuple(states.T.astype(np.uint32))
    steps = -(-count // rows) if rows else 0
    numbers = np.empty((steps, rows), dtype)
    before = columns
    for step in range(steps):
        before, columns = columns, advance(*columns, where=np.where)
        numbers[step] = to_unit(columns[0], columns[3], dtype, np.where)
    # The last round may need the first rows only; the others stay.
    drawn = np.arange(rows) < count - (steps - 1) * rows
    columns = [np.where(drawn, new, old) for new, old in zip(columns, before)]
    return np.stack(columns, 1).astype(np.int32), numbers.ravel()[:count]
