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
from fractions import Fraction

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


def _sum(terms):
    """Expression of a sum of (factor, name), one rounding a term."""
    terms = sorted(((factor, name) for factor, name in terms if factor),
                   key=lambda term: term[0] != 1)
    text = None
    for factor, name in terms:
        if text is None:
            text = name if factor == 1 else (
                'multiply_add(fill({}), {}, zero)'.format(
                    _constant(factor), name))
        elif factor == 1:
            text = 'add({}, {})'.format(name, text)
        else:
            text = 'multiply_add(fill({}), {}, {})'.format(
                _constant(factor), name, text)
    return text


def _constant(factor):
    return 'float32({!r})'.format(float(factor))


def _mirrored(first, second):
    return first != second and list(map(abs, first)) == list(map(abs, second))


def by_row_pairs(matrix, sources, targets):
    """Lines of targets = matrix . sources, for rows of points in pairs.

    The rows of p and -p have the same terms of even powers and opposite ones
    of odd: each half is summed once.
    """
    lines, n = [], 0
    while n < len(matrix):
        row = matrix[n]
        if n + 1 == len(matrix) or not _mirrored(row, matrix[n + 1]):
            lines.append('{} = {}'.format(
                targets[n], _sum(zip(row, sources))))
            n += 1
            continue
        same = [a == b for a, b in zip(row, matrix[n + 1])]
        odd = [0 if keep else factor for keep, factor in zip(same, row)]
        lead = [factor for factor in odd if factor][-1]
        lines += ['even = ' + _sum((factor, name) for keep, factor, name
                                   in zip(same, row, sources) if keep),
                  'odd = ' + _sum((factor / lead, name) for factor, name
                                  in zip(odd, sources))]
        lines += ['{} = {}'.format(target, _sum([(1, 'even'),
                                                 (factor, 'odd')]))
                  for target, factor in zip(targets[n:], (lead, -lead))]
        n += 2
    return lines


def by_column_pairs(matrix, sources, targets):
    """Lines of targets = matrix . sources, for columns of points in pairs.

    The products at p and -p are used as their sum and their difference.
    """
    columns = list(zip(*matrix))
    lines, terms, n = [], [[] for _ in matrix], 0
    while n < len(columns):
        pair = n + 1 < len(columns) and _mirrored(columns[n], columns[n + 1])
        if pair:
            one, other = sources[n:n + 2]
            lines += ['sum{} = {}'.format(n, _sum([(1, one), (1, other)])),
                      'gap{} = {}'.format(n, _sum([(1, one), (-1, other)]))]
        for j, factor in enumerate(columns[n]):
            name = sources[n] if not pair else (
                'sum{}' if columns[n + 1][j] == factor else 'gap{}').format(n)
            terms[j].append((factor, name))
        n += 1 + pair
    return lines + ['{} = {}'.format(target, _sum(row))
                    for target, row in zip(targets, terms)]


def numbered(name, count):
    """``['x0', 'x1', ...]``.

    >>> numbered('x', 2)
    ['x0', 'x1']
    """
    return [name + str(i) for i in range(count)]


def loop(variable, count, lines):
    """A loop of a function's body, indented.

    >>> loop('i', 2, ['x = i'])
    ['    for i in range(2):', '        x = i']
    """
    return ['    for {} in range({}):'.format(variable, count)] + [
        '        ' + line for line in lines]


def columns_source(matrix, pairs):
    """Lines that apply a matrix to the columns of what `source` points to:
    ``scratch[i, j] = sum over k of matrix[i, k] * source[k, j]``, a vector
    each."""
    rows, steps = len(matrix), len(matrix[0])
    x, y = numbered('x', steps), numbered('y', rows)
    return loop('j', steps, [
        '{} = load(source, at + {} * row + j * column)'.format(name, k)
        for k, name in enumerate(x)] + pairs(matrix, x, y) + [
        'store(scratch, ({} + j) * {{lanes}}, {})'.format(i * steps, name)
        for i, name in enumerate(y)])


def two_sided(name, matrix, pairs=by_row_pairs):
    """Source of ``name(source, at, row, column, scratch, out, to, step)``.

    ::

        out = matrix . source . matrix', all of vectors

    Rows of `source` lie `row` apart, columns `column`; the results, row by
    row, `step`. `scratch` holds one tile.
    """
    rows, steps = len(matrix), len(matrix[0])
    x, y = numbered('x', steps), numbered('y', rows)
    lines = ['def {}(source, at, row, column, scratch, out, to, step):'
             .format(name)]
    lines += columns_source(matrix, pairs)
    lines += loop('i', rows, [
        '{} = load(scratch, (i * {} + {}) * {{lanes}})'.format(n, steps, k)
        for k, n in enumerate(x)] + pairs(matrix, x, y) + [
        'store(out, to + (i * {} + {}) * step, {})'.format(rows, j, n)
        for j, n in enumerate(y)])
    return '\n'.join(lines) + '\n'
