"""``theano.misc``: `safe_asarray` is served, `pkl_utils` refused."""
