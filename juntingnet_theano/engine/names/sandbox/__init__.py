"""``theano.sandbox``: `rng_mrg`, and what programs ask of ``cuda``."""
