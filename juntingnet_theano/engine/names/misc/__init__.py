"""``theano.misc``: only `safe_asarray` is served."""
