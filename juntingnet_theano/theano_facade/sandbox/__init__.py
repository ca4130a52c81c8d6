"""``theano.sandbox``: only `rng_mrg` is served; there is no ``cuda`` here."""
