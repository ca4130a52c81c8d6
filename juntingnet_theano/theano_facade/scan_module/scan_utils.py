"""``theano.scan_module.scan_utils``: helpers that programs borrow from scan.

>>> import theano.tensor as T
>>> x = T.scalar()
>>> equal_computations([x + 1], [x + 1]), equal_computations([x + 1], [x])
(True, False)
"""
from pytensor.graph.basic import equal_computations  # noqa: F401
from pytensor.graph.replace import clone_replace as clone  # noqa: F401
from pytensor.scan.utils import expand_empty, until  # noqa: F401
