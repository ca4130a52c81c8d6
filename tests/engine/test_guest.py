"""What a user of PyTensor notices of this package in the same process."""

import json

from nose.tools import assert_equal, assert_in

from tests.helpers.facade_helpers import python, skip_on_original

LOOK = """
import ctypes, hashlib, json, os, sys, threading, warnings
import numba, numpy as np, pytensor, pytensor.tensor as pt
from pytensor.link.numba.dispatch.basic import (
    numba_funcify, numba_funcify_and_cache_key, numba_funcify_default_op_cache_key)
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot, Max, Sum
from pytensor.tensor.shape import Reshape, SpecifyShape
from scipy.linalg import cython_blas

OPS = DimShuffle, Dot, Elemwise, Max, Reshape, SpecifyShape, Sum
REGISTRIES = numba_funcify, numba_funcify_and_cache_key, numba_funcify_default_op_cache_key


def blas_threads():
    blas = ctypes.CDLL(cython_blas.__file__)
    for name in ('scipy_openblas_get_num_threads', 'openblas_get_num_threads'):
        if hasattr(blas, name):
            return getattr(blas, name)()


def compiled(mode):
    # One function, since numba takes seconds for each Op of it; the others'
    # translations are compared as such.
    x, y, i = pt.fmatrix('x'), pt.fmatrix('y'), pt.ivector('i')
    outputs = [pt.dot(pt.specify_shape(x, (3, None)), y), i / 2]
    run = pytensor.function([x, y, i], outputs, mode=mode)
    draw = np.random.RandomState(0).standard_normal
    values = [draw((3, 301)).astype('f'), draw((301, 14)).astype('f'), np.arange(9, dtype='i')]
    results = run(*values)
    try:
        run(values[0][:2], *values[1:])
    except AssertionError as error:
        message = str(error)
    return (
        [[str(each.dtype), hashlib.sha256(each.tobytes()).hexdigest()] for each in results],
        message,
        [str(each.op) for each in run.maker.fgraph.toposort()],
        type(run.maker.linker).__name__,
    )


def look(mode='NUMBA'):
    return json.loads(json.dumps(dict(
        compiled=compiled(mode),
        translations=[str(each.dispatch(op)) for each in REGISTRIES for op in OPS],
        keeping=str(numba.core.dispatcher.Dispatcher.enable_caching),
        compiling=str(numba.core.compiler.Compiler.define_pipelines),
        config=str(pytensor.config),
        threads=[numba.get_num_threads(), threading.active_count(), blas_threads()],
        filters=len(warnings.filters),
        # Who makes `import theano` work is there on purpose.
        finders=[str(each) for each in sys.meta_path if type(each).__name__ != 'TheanoFinder'],
        environment=hashlib.sha256(repr(sorted(os.environ.items())).encode()).hexdigest(),
    )))
"""


def difference(code):
    """What changes in a process that uses PyTensor's own numba linker when
    it runs `code`."""
    out, _ = python(
        LOOK
        + """
look()  # what is imported when it is needed is there now
before = look()
"""
        + code
        + """
after = look()
print(json.dumps([[key, before[key], after[key]] for key in before if before[key] != after[key]]))
""",
        # PyTensor's own default; what it divides integers in depends on it.
        flags='floatX=float64',
    )
    return json.loads(out.splitlines()[-1])


def test_importing_the_package_changes_nothing_of_pytensor():
    skip_on_original()
    assert_equal(difference('import juntingnet_theano'), [])


def test_pytensors_own_numba_linker_stays_as_it_was_beside_theano():
    skip_on_original()
    found = difference("""
import juntingnet_theano, theano
x = theano.tensor.fmatrix()
theano.function([x], theano.tensor.dot(x, x).sum(axis=0))(np.eye(3, dtype='f'))
""")
    # What the docstring of `juntingnet_theano.engine` says that it changes.
    assert_equal([each for each in found if each[0] not in ('config', 'threads', 'filters')], [])
    before, after = next(pair for key, *pair in found if key == 'threads')
    assert_equal(before[:2], after[:2])  # only BLAS has fewer
    assert_equal(after[2], 1)


def test_theano_compiles_with_a_linker_of_its_own():
    skip_on_original()
    out, _ = python("""
import juntingnet_theano, theano
x = theano.tensor.matrix()
double = theano.function([x], 2 * x)
print(type(double.maker.linker).__name__)
""")
    assert_in('KernelLinker', out)
