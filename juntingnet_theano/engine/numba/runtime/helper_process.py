"""A second process that compiles kernels too, from a graph's other end.

numba compiles one function at a time, whatever the number of threads, and a
first start waits for it while all cores but one are idle. So when a kernel is
missing on disk another process is started::

    this process        first kernel, the graph, second kernel, ...
                                                    <- the disk ->
    the other           last kernel, last but one, ...

Both keep what they compile on disk, each finds there what the other has made,
and `kernel_addresses` lets neither begin a kernel that the other compiles. The
second process leaves when the pipe from this one is closed, whatever closes it.

>>> with helped():
...     pass    # no kernel is missing, so nobody comes to help
"""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from typing import BinaryIO, Iterator, Optional, Sequence

import numba
from pytensor.graph.basic import Apply, Constant
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.math import Dot

from juntingnet_theano.engine import compiled_folder, finder
from juntingnet_theano.engine.compat import event, numba_funcify_and_cache_key
from juntingnet_theano.engine.numba.runtime.kernel_addresses import later, make_ready
from juntingnet_theano.engine.numba.runtime.plain_nodes import plain_node
from juntingnet_theano.engine.numba.runtime.translations import in_force
from juntingnet_theano.engine.ops.byte_images import ByteImages
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad
from juntingnet_theano.engine.ops.dense_update import DenseUpdate

KERNEL_OPS = ByteImages, ConvPool, ConvPoolGrad, Dot, DenseUpdate
FEWEST = 4
"""Nodes with kernels that are worth another process, which takes a second to
start."""
PROGRAM = (
    'import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); '
    f'from {finder.__name__} import install; install(); import theano; '
    f'from {__name__} import work; work(sys.stdin.buffer)'
)
_nodes = []


def expect(fgraph: FunctionGraph) -> None:
    """Remember the nodes whose kernels the next `helped` will need."""
    _nodes.extend(
        _with_its_givers(node) for node in fgraph.toposort() if isinstance(node.op, KERNEL_OPS)
    )


def _with_its_givers(node):
    """A copy of a node and of those that its inputs come from: whether a
    matrix is turned decides which kernel multiplies it."""

    def copy(variable):
        if variable.owner is None:
            return variable if isinstance(variable, Constant) else variable.type()
        return plain_node(variable.owner).outputs[variable.index]

    return Apply(
        node.op, [copy(each) for each in node.inputs], [each.type() for each in node.outputs]
    )


@contextlib.contextmanager
def helped() -> Iterator[None]:
    """Make all promised kernels ready, and meanwhile do the body.

    Where one has to be compiled, a second process compiles others.
    """
    helper = _Helper()
    try:
        with event.install_listener('numba:compile', helper):
            make_ready(enough=helper.at_work)
        yield
        make_ready()
    finally:
        helper.stop()
    del _nodes[:]


class _Helper(event.Listener):
    """Starts the second process when numba compiles what is not on disk."""

    def __init__(self):
        self._process, self._asked = None, False

    def at_work(self):
        return self._process is not None

    def on_start(self, event):
        if not self._asked:
            self._asked = True
            if len(_nodes) >= FEWEST and numba.get_num_threads() > 1:
                self._process = start(_nodes)

    def on_end(self, event):
        pass

    def stop(self):
        if self._process:
            self._process.communicate()  # closes its standard input, and waits


def start(nodes: Sequence[Apply]) -> Optional[subprocess.Popen]:
    """A process that compiles the kernels of nodes, the last first.

    It ends when it is through or when its standard input is closed.

    Parameters
    ----------
    nodes : list of Apply

    Returns
    -------
    subprocess.Popen or None
        None where no process can be started: Python may be a part of
        another program.
    """
    if not sys.executable or getattr(sys, 'frozen', False):
        return None
    try:
        process = subprocess.Popen(
            [sys.executable, '-c', PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=compiled_folder.environment(),
        )
        assert process.stdin is not None  # a pipe, as asked for
        process.stdin.write(pickle.dumps(sys.path) + pickle.dumps(nodes))
        process.stdin.flush()
    except OSError:
        return None
    return process


def work(source: BinaryIO) -> None:
    """What the second process does; `source` is what `start` writes to."""
    nodes = pickle.load(source)  # from the process that started this one
    threading.Thread(target=_leave_with, args=(source,), daemon=True).start()
    with later(), in_force():
        for node in nodes:
            numba_funcify_and_cache_key(node.op, node=node)
    make_ready(last_first=True)


def _leave_with(source):
    # Past the buffer, whose lock Python asks for when it ends.
    os.read(source.fileno(), 1)
    os._exit(0)
