"""The step of a dense layer's weights on each tile of their gradient.

``c = x' . g`` is computed as in `gemm`, a strip of columns at a time; each
tile of it goes from registers to a scratch tile in the first-level cache,
where an optimiser's scalar function takes it together with the entries of the
weights and velocities at its place::

    for each strip of SPAN columns, one thread:     g's strip in L2
        for each few rows of the weights:
            tile = x'[rows] . g[strip]              register tiles
            new weights, velocities = f(tile, weights, velocities, rate)

The gradient is never written to memory, and weights and velocities cross it
once in each direction. The lines that the next rows will need are asked for
beforehand, since rows of a strip are a page and more apart, which the hardware
does not foresee: some with each tile, as a few hundred at once would hold up
the tile's own loads.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import hashlib

import numba
import numpy as np
from numba import types
from numpy import uintp

from juntingnet_theano.engine.numba.kernels.denormals import flush_denormals, take_back
from juntingnet_theano.engine.numba.kernels.gemm import (
    MATRIX,
    PANELS,
    TICKETS,
    ZEROS,
    all_panels,
    turned,
)
from juntingnet_theano.engine.numba.kernels.lanes import (
    aligned_floats,
    counting,
    memory,
    next_ticket,
    pointer,
    prefetch,
)
from juntingnet_theano.engine.numba.kernels.tile import ROWS, WIDTH, block, splits
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, generate, part, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads
from juntingnet_theano.engine.ops.dense_update import MATRIX as IS_MATRIX
from juntingnet_theano.engine.ops.dense_update import PRODUCT, SCALAR

SPAN = 384
"""Columns of a strip: as many as let its part of g stay in the second-level
cache, since each row of a strip lies on memory pages of its own."""
LINE = 16
"""Floats of a cache line."""

PART = """
def {name}(x, panels, tickets, {scalars}{arrays}):
    rows, steps = x.shape
    columns = {first}.shape[1]
    tile = aligned_floats(ROWS * SPAN)
    taps = counting(steps)
    source, factors = memory(x), memory(panels)
    before = flush_denormals()  # once there is memory: an error would not take it back
    while True:
        strip = next_ticket(tickets, 0)
        left = strip * SPAN
        if left >= columns:
            break
        width = min(SPAN, columns - left)
        tiles, height, longer = splits(rows, ROWS)
        top = 0
        {clear}
        for number in range(tiles):
            high = height + (number < longer)
            for panel in range((width + WIDTH - 1) // WIDTH):
                for r in range(high, min(2 * ROWS, rows - top)):
                    {prefetch}
                run_block((high, pointer(source, top * steps), steps,
                           pointer(taps, 0), steps,
                           pointer(factors, (left + panel * WIDTH) * steps),
                           pointer(ZEROS, 0), 0,
                           pointer(tile, panel * WIDTH), SPAN))
            for r in range(high):
                at = (top + r) * columns + left
                c = view(tile, r * SPAN, width)
                {views}
                for place in range(width):
                    j = uintp(place)    # never from the end: see `conv`
                    {results} = arithmetic({arguments})
                    {stores}
            top += high
        {finish}
        {scale}
    take_back(before)
"""

KERNEL = """
def {name}(x, g, {scalars}{arrays}):
    tickets = np.zeros(1, np.int64)
    rows, panels = turned(x), all_panels(g)
    run_part((threads.current_threads(), rows, panels, tickets,
              {scalars}{arrays}))
"""


@piece
def view(array, at, count):
    """`count` floats from ``array[at]`` on."""
    return numba.carray(pointer(array, at), (count,))


def _scale_columns(matrix, left, width, totals):
    """Multiply columns by what `factor` makes of their totals."""
    flat, rows, columns = memory(matrix), matrix.shape[0], matrix.shape[1]
    factors = np.empty(width, np.float32)
    for j in range(width):
        factors[j] = factor(np.float32(totals[j]))
    for i in range(rows):
        row = view(flat, i * columns + left, width)
        for place in range(width):
            row[uintp(place)] *= factors[uintp(place)]


@piece
def round_to(vector, left, width, totals):
    """Sums of a strip's columns to their places; a loop, since numba takes
    seconds to compile a slice's assignment."""
    for j in range(width):
        vector[left + j] = totals[j]


@piece
def ask_for(array, at):
    """Begin to load the floats of a tile's row from ``array[at]`` on."""
    for line in range(0, WIDTH, LINE):
        prefetch(array, at + line)


class _Plan:
    """Names of what a kernel takes, for one `DenseUpdate`."""

    def __init__(self, op):
        self.matrices = [f'm{i}' for i in range(op.kinds.count(IS_MATRIX))]
        self.scalars = [f's{i}' for i in range(op.kinds.count(SCALAR))]
        given = [kind for kind in op.kinds if kind != PRODUCT]
        names, m, s = [], iter(self.matrices), iter(self.scalars)
        for kind in given:
            names.append(next(m) if kind == IS_MATRIX else next(s))
        self.given = names
        over = {output: names[number - 2] for output, number in op.inplace}
        self.results = [over.get(i, f'o{i}') for i in range(len(op.sums))]
        self.fresh = [name for name in self.results if name[0] == 'o']
        self.sums, self.scale = op.sums, op.scale
        names = iter(names)
        self.arguments = ['c' if kind == PRODUCT else next(names) for kind in op.kinds]

    def fields(self, name):
        """What `PART` and `KERNEL` are filled with."""
        arrays = self.matrices + self.fresh
        plain = self.matrices + [
            each for each, summed in zip(self.results, self.sums) if each[0] == 'o' and not summed
        ]
        sums = [each for each, summed in zip(self.results, self.sums) if summed]
        line = '\n        '
        return {
            'name': name,
            'first': self.matrices[0],
            'scalars': ''.join(each + ', ' for each in self.scalars),
            'arrays': ', '.join(arrays),
            'clear': line.join(f'total_{each} = np.zeros(SPAN)' for each in sums) or 'pass',
            'finish': line.join(f'round_to({each}, left, width, total_{each})' for each in sums)
            or 'pass',
            'scale': 'scale_columns({}, left, width, total_{})'.format(
                *(self.results[each] for each in self.scale[:2])
            )
            if self.scale
            else 'pass',
            'prefetch': (line + ' ' * 12).join(
                f'ask_for({each}, (top + r) * columns + left + panel * WIDTH)'
                for each in self.matrices
            ),
            'views': (line + ' ' * 8).join(f'v_{each} = view({each}, at, width)' for each in plain),
            'results': ', '.join(f'r{i}' for i in range(len(self.results))),
            'stores': (line + ' ' * 12).join(
                ('total_{}[j] += r{}' if summed else 'v_{}[j] = r{}').format(each, i)
                for i, (each, summed) in enumerate(zip(self.results, self.sums))
            ),
            'arguments': ', '.join(
                each if each[0] == 's' else 'c[j]' if each == 'c' else f'v_{each}[j]'
                for each in self.arguments
            ),
        }


def update(op, arithmetic, factor, key):
    """Entry ``(x, g, scalars ..., matrices ..., fresh results ...)``.

    Parameters
    ----------
    op : DenseUpdate
    arithmetic : numba function
        `op.scalar_op` for float32 scalars.
    factor : numba function or None
        The function of `op.scale`.
    key : str
        Names both functions in the disk cache.

    Returns
    -------
    (intrinsic, _Plan)
    """
    plan = _Plan(op)
    digest = hashlib.sha256(
        repr((op.kinds, op.sums, op.inplace, op.scale and op.scale[:2], key)).encode()
    ).hexdigest()[:16]
    fields = plan.fields('update_part_' + digest)
    vector = types.Array(types.float32, 1, 'C')
    kinds = (
        [types.float32] * len(plan.scalars)
        + [MATRIX] * len(plan.matrices)
        + [
            vector if summed else MATRIX
            for each, summed in zip(plan.results, plan.sums)
            if each in plan.fresh
        ]
    )
    names = dict(
        np=np,
        uintp=uintp,
        numba=numba,
        threads=threads,
        ROWS=ROWS,
        SPAN=SPAN,
        WIDTH=WIDTH,
        ZEROS=ZEROS,
        aligned_floats=aligned_floats,
        arithmetic=arithmetic,
        ask_for=ask_for,
        counting=counting,
        flush_denormals=flush_denormals,
        memory=memory,
        next_ticket=next_ticket,
        pointer=pointer,
        round_to=round_to,
        run_block=block(),
        splits=splits,
        take_back=take_back,
        view=view,
        turned=turned,
        all_panels=all_panels,
    )
    if factor is not None:
        names['scale_columns'] = piece(with_names(_scale_columns, factor=factor))
    run_part = on_threads(
        part(generate(PART.format(**fields), fields['name'], __name__, **names)),
        MATRIX,
        PANELS,
        TICKETS,
        *kinds,
    )
    fields['name'] = 'update_' + digest
    return entry(
        part(
            generate(KERNEL.format(**fields), fields['name'], __name__, run_part=run_part, **names)
        ),
        MATRIX,
        MATRIX,
        *kinds,
    ), plan
