"""Random numbers from NumPy's RandomState, whose state is a vector.

As a vector of uint32 it can be a shared variable for every linker. `DRAWS`
has what each method of Theano's RandomStreams draws, number for number.

>>> state = pack(np.random.RandomState(1))
>>> state, numbers = draw('uniform', state, (2,), 'float64', 0, 1)
>>> numbers.round(4).tolist() == np.random.RandomState(1).rand(2).round(4).tolist()
True
"""

import numpy as np

WORDS = 628
"""Length of a state: the generator's words, its place, the waiting normal."""


def pack(rng):
    """State of a RandomState as a vector of uint32."""
    _, words, place, waiting, normal = rng.get_state()
    return np.concatenate(
        [words, np.array([place, waiting], np.uint32), np.array([normal]).view(np.uint32)]
    ).astype(np.uint32)


def unpack(state):
    """A RandomState with that state."""
    state = np.ascontiguousarray(state, np.uint32)
    rng = np.random.RandomState()
    normal = float(state[626:].view(np.float64)[0])
    rng.set_state(('MT19937', state[:624], int(state[624]), int(state[625]), normal))
    return rng


def draw(method, state, size, dtype, *parameters):
    """The state after a draw, and what was drawn.

    Parameters
    ----------
    method : str
        One of `DRAWS`.
    state : uint32 array of `WORDS`
    size : tuple of int
    dtype : str
        Of the result.
    *parameters : array
        Those of the method.
    """
    rng = unpack(state)
    drawn = DRAWS[method](rng, tuple(map(int, size)), *map(np.asarray, parameters))
    return pack(rng), np.asarray(drawn, dtype)


def _choice(rng, size, a, replace, p):
    return rng.choice(
        a if a.ndim else int(a), size, bool(replace), p if p.ndim and p.size else None
    )


def _permutation(rng, size, n):
    drawn = [rng.permutation(int(n)) for _ in np.ndindex(*size)]
    return np.reshape(drawn, (*size, int(n)))


def _multinomial(rng, size, n, pvals):
    n = np.broadcast_to(n, size)
    pvals = np.broadcast_to(pvals, (*size, pvals.shape[-1]))
    drawn = np.empty(pvals.shape)
    for place in np.ndindex(*size):
        row = pvals[place]
        # Theano's remedy for sums that rounding leaves above 1.
        if 1 < row.sum() < 1 + 1e-5 or row[-1] < 5e-5:
            row = row * (1 - 5e-5)
        drawn[place] = rng.multinomial(n[place], row.astype('float64'))
    return drawn


DRAWS = {
    'uniform': lambda rng, size, low, high: rng.uniform(low, high, size),
    'normal': lambda rng, size, avg, std: rng.normal(avg, std, size),
    'binomial': lambda rng, size, n, p: rng.binomial(n, p, size),
    'poisson': lambda rng, size, lam: rng.poisson(lam, size),
    'random_integers': lambda rng, size, low, high: rng.randint(low, high + 1, size, 'int64'),
    'choice': _choice,
    'permutation': _permutation,
    'multinomial': _multinomial,
}
