"""``theano.tests``: of Theano's own tests the tools that others borrowed."""
