"""The matrices of Winograd's convolution in tiles of 4 x 4 results.

A polynomial with 4 coefficients times one with r has n = r + 3 coefficients
and is known from its values at n points (at infinity a polynomial's value is
its leading coefficient), each the product of two numbers. So with E for
evaluation, E[p, k] = p ** k, and L for Lagrange's interpolation::

    product = L (E a * E g)         a of 4 coefficients, g of r

For a fixed g this is a linear map of a, and correlating pixels with g is the
transposed map, from n pixels to 4 results::

    results = E' (E g * L' pixels)

`of_products` is E', `of_filters` E with each row divided by the denominator
of Lagrange's formula, and `of_images` L' without denominators: its row p
holds the coefficients of the polynomial that has all finite points but p as
its roots; the row of infinity, of the one that has all. In two dimensions a
matrix is applied to the columns and then to the rows of a tile, and n * n
multiplications stand for 16 * r * r.

The points decide how much is rounded away. They come in pairs, p and -p,
which share half their arithmetic. Of the pairs with small fractions these
were best, measured: `winograd` has the figures.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
2015, has the algorithm; the matrices are derived here.

>>> [float(entry) for entry in of_images(3)[0]]
[1.265625, 0.0, -2.8125, 0.0, 1.0, 0.0]
"""

from fractions import Fraction

TILE = 4
"""Rows and columns of results of a tile."""

POINTS = {
    3: (0, Fraction(3, 4), -Fraction(3, 4), Fraction(3, 2), -Fraction(3, 2)),
    5: (0, Fraction(1, 2), -Fraction(1, 2), 1, -1, 2, -2),
}
"""Finite points by a filter's rows; infinity is always the last."""


def _with_roots(roots):
    """Coefficients, constant first, of the monic polynomial of `roots`."""
    result = [Fraction(1)]
    for root in roots:
        result = [low - root * high for low, high in zip([0] + result, result + [0])]
    return result


def _others(points, point):
    return [each for each in points if each != point]


def of_images(taps):
    """n x n: what to do with the pixels under a tile."""
    points = POINTS[taps]
    return [_with_roots(_others(points, point)) + [Fraction(0)] for point in points] + [
        _with_roots(points)
    ]


def of_filters(taps):
    """n x taps: what to do with a filter."""
    points = POINTS[taps]
    rows = []
    for point in points:
        scale = Fraction(1)
        for other in _others(points, point):
            scale *= point - other
        rows.append([point**k / scale for k in range(taps)])
    return rows + [[Fraction(int(k == taps - 1)) for k in range(taps)]]


def of_products(taps):
    """TILE x n: what to do with the n products."""
    return [
        [Fraction(point) ** j for point in POINTS[taps]] + [Fraction(int(j == TILE - 1))]
        for j in range(TILE)
    ]
