"""Parts of PyTensor, numba and llvmlite that the engine uses and that may change.

Everything here is private, undocumented or about to change there, and is
imported from this module only. It is looked up when it is asked for: a run on
JAX needs no numba, and nothing here may import PyTensor before it is
configured. Known to work: PyTensor 3.0 with numba 0.65 (Python 3.11) and
PyTensor 3.3 with numba 0.68 and llvmlite 0.50 (Python 3.12). Where a
version lacks something, the look-up fails with a sentence that names it.

>>> from juntingnet_theano.engine.compat import event
>>> event.__name__
'numba.core.event'
"""

import contextlib
import importlib
import importlib.metadata
from typing import Any, Dict, Iterator

from juntingnet_theano.engine.errors import MissingDependency

LIBRARIES = 'pytensor', 'numba', 'llvmlite'
FIRST, BEYOND = (3, 0), (3, 4)
"""PyTensor's versions: from the first, and before the other."""

_PLACES = {
    # A graph as one function of ours: PyTensor's translations of Ops, called
    # one by one, and the keys of what they return.
    'cache_key_for_constant': 'pytensor.link.numba.dispatch.basic',
    'numba_funcify': 'pytensor.link.numba.dispatch.basic',
    'numba_funcify_and_cache_key': 'pytensor.link.numba.dispatch.basic',
    'numba_njit': 'pytensor.link.numba.dispatch.basic',
    'numba_typify': 'pytensor.link.numba.dispatch.basic',
    'register_funcify_and_cache_key': 'pytensor.link.numba.dispatch.basic',
    'NumbaLinker': 'pytensor.link.numba.linker',
    'fgraph_to_python': 'pytensor.link.utils',
    # The disk cache: which functions have a key of their own, and the folder.
    'CACHED_SRC_FUNCTIONS': 'pytensor.link.numba.cache',
    'NUMBA_CACHE_PATH': 'pytensor.link.numba.cache',
    'compile_numba_function_src': 'pytensor.link.numba.cache',
    # The same for XLA.
    'JAXLinker': 'pytensor.link.jax.linker',
    'jax_funcify': 'pytensor.link.jax.dispatch.basic',
    'jax_typify': 'pytensor.link.jax.dispatch.basic',
    # Functions with default values and outputs by name: the class has slots
    # that a function of ours takes over.
    'executor': 'pytensor.compile.executor:',
    # Operators of variables, where Theano's mean something else.
    '_tensor_py_operators': 'pytensor.tensor.variable',
    # numba's cache of a function, with files that are checked.
    'Dispatcher': 'numba.core.dispatcher',
    'FunctionCache': 'numba.core.caching',
    'rtsys': 'numba.core.runtime',
    # What numba links a function with, and the names that it gives that.
    'Compiler': 'numba.core.compiler',
    'global_compiler_lock': 'numba.core.compiler_lock',
    'JITCodeLibrary': 'numba.core.codegen',
    'dumps': 'numba.core.serialize',
    # Which processor numba compiles for.
    'cpu_target': 'numba.core.registry',
    # "compiling kernels ..." is said when numba compiles.
    'event': 'numba.core.event:',
    # Vectors as a type of numba's, and calls by address: LLVM's code by hand.
    'cgutils': 'numba.core.cgutils:',
    'impl_ret_borrowed': 'numba.core.imputils',
    'populate_array': 'numba.np.arrayobj',
    'tuple_setitem': 'numba.cpython.unsafe.tuple',
    # llvmlite is about to drop pointers that know what they point at, and
    # `as_pointer` with them.
    'binding': 'llvmlite.binding:',
    'ir': 'llvmlite.ir:',
}
"""Name -> the module that has it; with a colon, the module itself."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    module, is_module, _ = _PLACES[name].partition(':')
    try:
        found = importlib.import_module(module)
        if not is_module:
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise _unknown_version(f'{module}{"" if is_module else "." + name}: {error}') from error
    globals()[name] = found
    return found


def flags_of(config: Any) -> Dict[str, Any]:
    """PyTensor's flags by name, as objects that know whether they can be set.

    Parameters
    ----------
    config : pytensor.config

    Returns
    -------
    dict
    """
    return config._config_var_dict


@contextlib.contextmanager
def explain_version() -> Iterator[None]:
    """Name the versions in the error if the block fails to import something
    from a PyTensor that is not known to work.

    Raises
    ------
    MissingDependency
    """
    try:
        yield
    except (ImportError, AttributeError) as error:
        if FIRST <= _numbers(_version('pytensor')) < BEYOND:
            raise
        raise _unknown_version(str(error)) from error


def _unknown_version(what):
    return MissingDependency(
        'importing theano',
        '{}, with {}'.format(
            what, ', '.join(f'{each} {_version(each) or "missing"}' for each in LIBRARIES)
        ),
        'PyTensor {}.{} or later and below {}.{}, with the numba that it asks for'.format(
            *FIRST, *BEYOND
        ),
        "pip install 'pytensor>={}.{},<{}.{}'".format(*FIRST, *BEYOND),
    )


def _version(library):
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ''


def _numbers(version):
    return tuple(int(each) for each in version.split('.')[:2] if each.isdigit())
