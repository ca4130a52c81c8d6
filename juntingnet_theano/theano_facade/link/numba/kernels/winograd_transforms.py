"""Winograd's transforms for tiles of 4 x 4 results, written out as code.

Polynomials a and g of 4 and r coefficients have a product of n = r + 3, and
its values at n points (infinity counts as one: the leading coefficients) are
products of two numbers. Written as matrices, the n values of g are E g with
E[p, k] = p ** k, those of a likewise, and the product's coefficients come
back by Lagrange's formula. Convolving is the transpose of multiplying by a
fixed g: so the interpolation, turned round, is applied to the n pixels under
a tile (`of_images`), the evaluation of a, turned round, to the n products
(`of_products`), and the filter keeps E, divided by Lagrange's denominators
(`of_filters`). In two dimensions each is applied to columns and then to rows,
and n * n multiplications stand for 16 * r * r.

The points decide how much is rounded away. Of many, ``0, 3/4, -3/4, 3/2,
-3/2`` were best for r = 3 and ``0, 1/2, -1/2, 1, -1, 2, -2`` for r = 5;
`winograd` has the figures. Points in pairs share half their arithmetic.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
2015, which has the algorithm; the matrices are derived here.

>>> from juntingnet_theano.theano_facade.link.numba.kernels import (
...     winograd_transforms)
>>> images = winograd_transforms.of_images(3)
>>> len(images), [float(each) for each in images[0]]
(6, [1.265625, 0.0, -2.8125, 0.0, 1.0, 0.0])
"""
import functools
from fractions import Fraction

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    FLOATS, LANES, address, floats)
from juntingnet_theano.theano_facade.link.numba.kernels.tile import (
    VECTORS, WIDTH)

TILE = 4
POINTS = {3: (0, Fraction(3, 4), -Fraction(3, 4), Fraction(3, 2),
              -Fraction(3, 2)),
          5: (0, Fraction(1, 2), -Fraction(1, 2), 1, -1, 2, -2)}
"""Finite points by a filter's rows; infinity is always the last."""


def _with_roots(roots):
    """Coefficients, constant first, of the monic polynomial of `roots`."""
    result = [Fraction(1)]
    for root in roots:
        result = [low - root * high
                  for low, high in zip([0] + result, result + [0])]
    return result


def _others(points, point):
    return [each for each in points if each != point]


def of_images(taps):
    """n x n: what to do with the pixels under a tile."""
    points = POINTS[taps]
    return [_with_roots(_others(points, point)) + [Fraction(0)]
            for point in points] + [_with_roots(points)]


def of_filters(taps):
    """n x taps: what to do with a filter."""
    points = POINTS[taps]
    rows = []
    for point in points:
        scale = Fraction(1)
        for other in _others(points, point):
            scale *= point - other
        rows.append([point ** k / scale for k in range(taps)])
    return rows + [[Fraction(int(k == taps - 1)) for k in range(taps)]]


def of_products(taps):
    """TILE x n: what to do with the n products."""
    return [[Fraction(point) ** j for point in POINTS[taps]]
            + [Fraction(int(j == TILE - 1))] for j in range(TILE)]


class _Writer(object):
    """Writes vector arithmetic with LLVM's builder.

    One intrinsic a transform, not one an addition: numba takes half a
    millisecond for each call that it looks up.
    """

    def __init__(self, builder):
        self.builder = builder
        self.fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(FLOATS, [FLOATS] * 3),
            'llvm.fmuladd.v{}f32'.format(LANES))

    def constant(self, value):
        return ir.Constant(FLOATS, [float(value)] * LANES)

    def vector(self, data, offset):
        return self.builder.bitcast(self.builder.gep(data, [offset]),
                                    FLOATS.as_pointer())

    def load(self, data, offset):
        return self.builder.load(self.vector(data, offset), align=4)

    def store(self, value, data, offset):
        self.builder.store(value, self.vector(data, offset), align=4)

    def spread(self, data, offset):
        """One float in every lane."""
        undefined = ir.Constant(FLOATS, ir.Undefined)
        one = self.builder.insert_element(
            undefined, self.builder.load(self.builder.gep(data, [offset]),
                                         align=4),
            ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(one, undefined, ir.Constant(
            ir.VectorType(ir.IntType(32), LANES), [0] * LANES))

    def multiply_add(self, a, b, c):
        return self.builder.call(self.fma, [a, b, c])

    def larger(self, a, b):
        """The larger; b where either is NaN: one instruction."""
        return self.builder.select(self.builder.fcmp_ordered('>', a, b), a, b)

    def sum(self, terms):
        """Sum of (factor, vector), one rounding a term."""
        terms = sorted([term for term in terms if term[0]],
                       key=lambda term: term[0] != 1)
        (factor, total), rest = terms[0], terms[1:]
        if factor != 1:
            total = self.builder.fmul(self.constant(factor), total)
        for factor, value in rest:
            total = (self.builder.fadd(total, value) if factor == 1
                     else self.multiply_add(self.constant(factor), value,
                                            total))
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
        row, *more = matrix[len(results):]
        if not more or not _mirrored(row, more[0]):
            results.append(writer.sum(zip(row, values)))
            continue
        same = [a == b for a, b in zip(row, more[0])]
        lead = [factor for keep, factor in zip(same, row) if not keep][-1]
        even = writer.sum((factor, value) for keep, factor, value
                          in zip(same, row, values) if keep)
        odd = writer.sum((factor / lead, value) for keep, factor, value
                         in zip(same, row, values) if not keep)
        results += [writer.sum([(1, even), (sign * lead, odd)])
                    for sign in (1, -1)]
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
            terms = [both if first == second else gap
                     for first, second in zip(column, columns.pop(0))]
        for j, (factor, term) in enumerate(zip(column, terms)):
            if factor and results[j] is None:
                results[j] = [writer.sum([(factor, each)]) for each in term]
            elif factor:
                results[j] = [writer.sum([(factor, each), (1, total)])
                              for each, total in zip(term, results[j])]
    return results


@functools.lru_cache(maxsize=None)
def times(kind, taps, phases=0):
    """Intrinsic ``(source, at, row, out, to, step)``: out = matrix . source.

    Parameters
    ----------
    kind : function
        `of_images`, `of_filters` or `of_products`: the matrix.
    taps : int
    phases : int
        Of `source` row k lies at k * row, or where every fourth row, one
        phase, lies together, at k % 4 * row + k // 4.

    Each row is a vector; results lie `step` apart.
    """
    matrix = kind(taps)

    @intrinsic
    def times(context, source, at, row, out, to, step):
        def generate(context, builder, signature, values):
            writer = _Writer(builder)
            size = ir.IntType(64)
            data, target = [address(context, builder, signature, values, n)
                            for n in (0, 3)]
            row, step = [context.cast(builder, values[n], signature.args[n],
                                      types.int64) for n in (2, 5)]

            def place(k):
                if not phases:
                    return builder.mul(size(k), row)
                return builder.add(builder.mul(size(k % TILE), row),
                                   size(k // TILE))

            loaded = (writer.load(data, place(k))
                      for k in range(len(matrix[0])))
            if kind is of_products:
                results = [result for result, in by_columns(
                    writer, matrix, ([value] for value in loaded))]
            else:
                results = by_rows(writer, matrix, list(loaded))
            for i, result in enumerate(results):
                writer.store(result, target, builder.mul(size(i), step))
            return context.get_dummy_value()
        return types.void(source, at, row, out, to, step), generate

    return times


@functools.lru_cache(maxsize=None)
def products(taps, channels):
    """Intrinsic ``(values, at, factors, from, out, to)`` for few channels.

    For n points in a column, the products of a tile's values with VECTORS
    vectors of filters, added up over the channels and transformed to TILE
    rows of results. Values, of LANES tiles one of which is meant, lie point,
    channel, tile; factors point, channel, filter; results vector, row, and
    n vectors to a row, of which this is one.
    """
    matrix, side = of_products(taps), taps + TILE - 1

    @intrinsic
    def products(context, values, at, factors, start, out, to):
        def generate(context, builder, signature, arguments):
            writer = _Writer(builder)
            size = ir.IntType(64)
            data, panel, target = [
                address(context, builder, signature, arguments, n)
                for n in (0, 2, 4)]

            def value(b):
                sums = [None] * VECTORS
                for c in range(channels):
                    k = b * channels + c
                    x = writer.spread(data, size(k * LANES))
                    for v in range(VECTORS):
                        q = writer.load(panel, size(k * WIDTH + v * LANES))
                        sums[v] = (builder.fmul(x, q) if sums[v] is None
                                   else writer.multiply_add(x, q, sums[v]))
                return sums

            for j, results in enumerate(by_columns(
                    writer, matrix, map(value, range(side)))):
                for v, result in enumerate(results):
                    writer.store(result, target, size(
                        (v * TILE + j) * side * LANES))
            return context.get_dummy_value()
        return types.void(values, at, factors, start, out, to), generate

    return products


@functools.lru_cache(maxsize=None)
def pooled(taps):
    """Intrinsic ``(scratch, at, plus)`` -> the two pooled cells of a pair of
    rows: the last half of the transform of products, bias and rectifier.

    Whatever is not finite makes its cell NaN.
    """
    matrix, side = of_products(taps), taps + TILE - 1

    @intrinsic
    def pooled(context, scratch, at, plus):
        kind = types.UniTuple(floats, TILE // 2)

        def generate(context, builder, signature, values):
            writer = _Writer(builder)
            size = ir.IntType(64)
            data = address(context, builder, signature, values)
            rows = [by_columns(writer, matrix, (
                [writer.load(data, size((half * side + k) * LANES))]
                for k in range(side))) for half in (0, 1)]
            cells = [_pool(writer, [rows[i][2 * x + j][0] for i in (0, 1)
                                    for j in (0, 1)], values[2])
                     for x in range(TILE // 2)]
            return context.make_tuple(builder, kind, cells)
        return kind(scratch, at, plus), generate

    return pooled


def _pool(writer, cells, plus):
    """Maximum of four cells and 0, or NaN.

    The bias is added to the maximum: rounding keeps the order. 0 times the
    sum is 0, or NaN where a cell is not finite.
    """
    a, b, c, d = cells
    add, zero = writer.builder.fadd, writer.constant(0)
    best = writer.larger(writer.larger(a, b), writer.larger(c, d))
    seen = add(add(add(a, b), add(c, d)), plus)
    return writer.multiply_add(seen, zero,
                               writer.larger(add(best, plus), zero))
