"""``theano.compile.monitormode``: a mode that calls functions of the user's.

>>> MonitorMode(post_func=detect_nan).__class__.__name__
'MonitorMode'
"""

from typing import Any

from pytensor.compile.debug import monitormode


class MonitorMode(monitormode.MonitorMode):
    """Calls ``pre_func(i, node, fn)`` before and ``post_func`` after each
    node; PyTensor gives its functions the graph first."""

    def eval(self, fgraph: Any, i: Any, node: Any, fn: Any) -> Any:
        """Compute a node between the two."""
        if self.pre_func is not None:
            self.pre_func(i, node, fn)
        fn()
        if self.post_func is not None:
            self.post_func(i, node, fn)


def detect_nan(i: Any, node: Any, fn: Any) -> Any:
    """A ``post_func`` that prints nodes whose results are NaN."""
    monitormode.detect_nan(None, i, node, fn)
