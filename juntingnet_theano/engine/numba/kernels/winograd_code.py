"""Winograd's transforms as intrinsics: vectors in, vectors out.

Each is written as LLVM's instructions for a whole matrix. As numba functions
of an addition a line they ran as fast and took twice as long to compile:
numba takes half a millisecond for each call that it looks up.
"""

import functools

from numba import types
from numba.extending import intrinsic

from juntingnet_theano.engine.compat import cgutils, ir
from juntingnet_theano.engine.numba.kernels.lanes import (
    FLOATS,
    LANES,
    SIZE,
    address,
    floats,
    spread_over,
)
from juntingnet_theano.engine.numba.kernels.tile import VECTORS, WIDTH
from juntingnet_theano.engine.numba.kernels.winograd_transforms import TILE, of_products


class _Writer:
    """Writes vector arithmetic with LLVM's builder."""

    def __init__(self, builder):
        self.builder = builder
        self.fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(FLOATS, [FLOATS] * 3), f'llvm.fmuladd.v{LANES}f32'
        )

    def constant(self, value):
        return ir.Constant(FLOATS, [float(value)] * LANES)

    def vector(self, data, offset):
        return self.builder.bitcast(self.builder.gep(data, [offset]), FLOATS.as_pointer())

    def load(self, data, offset):
        return self.builder.load(self.vector(data, offset), align=4)

    def store(self, value, data, offset):
        self.builder.store(value, self.vector(data, offset), align=4)

    def spread(self, data, offset):
        """One float in every lane."""
        return spread_over(
            self.builder, self.builder.load(self.builder.gep(data, [offset]), align=4)
        )

    def multiply_add(self, a, b, c):
        return self.builder.call(self.fma, [a, b, c])

    def larger(self, a, b):
        """The larger; b where either is NaN: one instruction."""
        return self.builder.select(self.builder.fcmp_ordered('>', a, b), a, b)

    def sum(self, terms):
        """Sum of (factor, vector), one rounding a term."""
        terms = sorted([term for term in terms if term[0]], key=lambda term: term[0] != 1)
        (factor, total), rest = terms[0], terms[1:]
        if factor != 1:
            total = self.builder.fmul(self.constant(factor), total)
        for factor, value in rest:
            total = (
                self.builder.fadd(total, value)
                if factor == 1
                else self.multiply_add(self.constant(factor), value, total)
            )
        return total


def _mirrored(first, second):
    return first != second and list(map(abs, first)) == list(map(abs, second))


def by_rows(writer, matrix, values):
    """The vectors matrix . values, for rows of points in pairs.

    The rows of p and -p have the same terms of even powers and opposite ones
    of odd: each half is summed once.
    """
    results = []
    while len(results) < len(matrix):
        row, *more = matrix[len(results) :]
        if not more or not _mirrored(row, more[0]):
            results.append(writer.sum(zip(row, values)))
            continue
        same = [a == b for a, b in zip(row, more[0])]
        lead = [factor for keep, factor in zip(same, row) if not keep][-1]
        even = writer.sum((factor, value) for keep, factor, value in zip(same, row, values) if keep)
        odd = writer.sum(
            (factor / lead, value) for keep, factor, value in zip(same, row, values) if not keep
        )
        results += [writer.sum([(1, even), (sign * lead, odd)]) for sign in (1, -1)]
    return results


def by_columns(writer, matrix, values):
    """The vectors matrix . values, for columns of points in pairs.

    Of the values at p and -p only sum and difference are used. `values` is
    an iterator, asked for each when it is added, so that few are held in
    registers. Each value is a list of vectors, and so is each result.
    """
    columns, results = list(zip(*matrix)), [None] * len(matrix)
    while columns:
        column, *columns = columns
        one = next(values)
        terms = [one] * len(matrix)
        if columns and _mirrored(column, columns[0]):
            other = next(values)
            both = [writer.sum([(1, a), (1, b)]) for a, b in zip(one, other)]
            gap = [writer.sum([(1, a), (-1, b)]) for a, b in zip(one, other)]
            terms = [
                both if first == second else gap for first, second in zip(column, columns.pop(0))
            ]
        for j, (factor, term) in enumerate(zip(column, terms)):
            if factor and results[j] is None:
                results[j] = [writer.sum([(factor, each)]) for each in term]
            elif factor:
                results[j] = [
                    writer.sum([(factor, each), (1, total)])
                    for each, total in zip(term, results[j])
                ]
    return results


@functools.lru_cache(maxsize=None)
def times(kind, taps, phases=False):
    """Intrinsic ``(source, at, row, out, to, step)``: out = matrix . source.

    Parameters
    ----------
    kind : function
        One of `winograd_transforms`: taps -> matrix.
    taps : int
    phases : bool
        Row k of `source` lies at k % TILE * row + k // TILE: every fourth
        row lies together. Else at k * row.

    Each row is a vector; results lie `step` apart.
    """
    matrix = kind(taps)

    @intrinsic
    def times(context, source, at, row, out, to, step):
        def generate(context, builder, signature, values):
            writer = _Writer(builder)
            data, target = [address(context, builder, signature, values, n) for n in (0, 3)]
            row, step = [
                context.cast(builder, values[n], signature.args[n], types.int64) for n in (2, 5)
            ]

            def place(k):
                if not phases:
                    return builder.mul(SIZE(k), row)
                return builder.add(builder.mul(SIZE(k % TILE), row), SIZE(k // TILE))

            loaded = (writer.load(data, place(k)) for k in range(len(matrix[0])))
            if kind is of_products:
                results = [
                    result
                    for (result,) in by_columns(writer, matrix, ([value] for value in loaded))
                ]
            else:
                results = by_rows(writer, matrix, list(loaded))
            for i, result in enumerate(results):
                writer.store(result, target, builder.mul(SIZE(i), step))
            return context.get_dummy_value()

        return types.void(source, at, row, out, to, step), generate

    return times


@intrinsic
def into_phases(context, source, at, out, to, step, scale):
    """Sort TILE vectors of neighbours, floats or bytes: every TILE-th lies together.

    Phase k, one vector, times `scale`, goes to k * step.
    """

    def generate(context, builder, signature, values):
        writer = _Writer(builder)
        data, target = [address(context, builder, signature, values, n) for n in (0, 2)]
        step = context.cast(builder, values[4], signature.args[4], types.int64)
        times = spread_over(builder, values[5])
        whole = ir.VectorType(data.type.pointee, TILE * LANES)
        row = builder.load(
            builder.bitcast(data, whole.as_pointer()), align=source.dtype.bitwidth // 8
        )
        for k in range(TILE):
            phase = builder.shuffle_vector(row, row, _indices(range(k, TILE * LANES, TILE)))
            if phase.type != FLOATS:
                phase = builder.uitofp(phase, FLOATS)
            writer.store(builder.fmul(phase, times), target, builder.mul(SIZE(k), step))
        return context.get_dummy_value()

    return types.void(source, at, out, to, step, types.float32), generate


def _indices(places):
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))


@functools.lru_cache(maxsize=None)
def added_products(taps, channels, tiles):
    """Intrinsic ``(values, at, factors, from, out, to)`` for few channels.

    For n points in a column, the products of the values of so many tiles with VECTORS
    vectors of filters, added up over the channels and transformed to TILE
    rows of results. Values are laid out by point, channel and tile (one of
    LANES), factors by point, channel and filter, results by tile, vector and row, n
    vectors to a row.
    """
    matrix, side = of_products(taps), taps + TILE - 1

    @intrinsic
    def added_products(context, values, at, factors, start, out, to):
        def generate(context, builder, signature, arguments):
            writer = _Writer(builder)
            data, panel, target = [
                address(context, builder, signature, arguments, n) for n in (0, 2, 4)
            ]

            def value(b):
                sums = []
                for k in range(b * side * channels, b * side * channels + channels):
                    factors = [
                        writer.load(panel, SIZE(k * WIDTH + v * LANES)) for v in range(VECTORS)
                    ]
                    values = [writer.spread(data, SIZE(k * LANES + t)) for t in range(tiles)]
                    terms = [(x, q) for x in values for q in factors]
                    sums = (
                        [writer.multiply_add(x, q, total) for (x, q), total in zip(terms, sums)]
                        if sums
                        else [builder.fmul(x, q) for x, q in terms]
                    )
                return sums

            for j, results in enumerate(by_columns(writer, matrix, map(value, range(side)))):
                for v, result in enumerate(results):
                    writer.store(result, target, SIZE((v * TILE + j) * side * LANES))
            return context.get_dummy_value()

        return types.void(values, at, factors, start, out, to), generate

    return added_products


@functools.lru_cache(maxsize=None)
def pooled_pair(taps):
    """Intrinsic ``(scratch, at, plus)`` -> the two pooled cells of a pair of
    rows: the last half of the transform of products, bias and rectifier.

    Whatever is not finite makes its cell NaN.
    """
    matrix, side = of_products(taps), taps + TILE - 1

    @intrinsic
    def pooled_pair(context, scratch, at, plus):
        kind = types.UniTuple(floats, TILE // 2)

        def generate(context, builder, signature, values):
            writer = _Writer(builder)
            data = address(context, builder, signature, values)
            rows = [
                by_columns(
                    writer,
                    matrix,
                    ([writer.load(data, SIZE((half * side + k) * LANES))] for k in range(side)),
                )
                for half in (0, 1)
            ]
            cells = [
                _pool(writer, [rows[i][2 * x + j][0] for i in (0, 1) for j in (0, 1)], values[2])
                for x in range(TILE // 2)
            ]
            return context.make_tuple(builder, kind, cells)

        return kind(scratch, at, plus), generate

    return pooled_pair


def _pool(writer, cells, plus):
    """Maximum of four cells and 0, or NaN.

    The bias is added to the maximum: rounding keeps the order. 0 times the
    sum is 0, or NaN where a cell is not finite.
    """
    a, b, c, d = cells
    add, zero = writer.builder.fadd, writer.constant(0)
    best = writer.larger(writer.larger(a, b), writer.larger(c, d))
    seen = add(add(add(a, b), add(c, d)), plus)
    return writer.multiply_add(seen, zero, writer.larger(add(best, plus), zero))
