"""``theano.sandbox``: `rng_mrg`, and of ``cuda`` what programs ask for."""
