"""The same results with other numbers of threads, in another process."""

import os
import subprocess
import sys

from tests.helpers import ROOT

PROGRAM = """
import importlib, sys, numba
module = importlib.import_module(sys.argv[1])
for threads in sys.argv[2:]:
    numba.set_num_threads(int(threads))
    print(module.digest())
"""


def digests(module, *threads):
    """What `digest()` of a test module is with each number of threads."""
    said = subprocess.check_output(
        [sys.executable, '-c', PROGRAM, module, *map(str, threads)],
        cwd=ROOT,
        env=dict(os.environ, NUMBA_NUM_THREADS=str(max(threads))),
        text=True,
    )
    return said.split()
