"""``theano.tests``: the tools of Theano's own tests that other programs use."""
