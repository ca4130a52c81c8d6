"""Who answers ``import theano``: the original, or the facade on PyTensor.

A finder at the front of ``sys.meta_path``, installed when the package is
imported. It imports nothing until somebody imports theano.

- An original Theano that is installed wins. It gets back the one module that
  its release 1.0 took from Lasagne 0.1, and float32 as default.
- Otherwise ``theano.a.b`` is the very module
  ``juntingnet_theano.engine.names.a.b``: one object under two names.

>>> install() is install()
True
>>> import theano.tensor.nnet, pickle
>>> pickle.loads(pickle.dumps(theano.tensor.matrix)) is theano.tensor.matrix
True
"""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import threading
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, List, Optional

# Whatever else is needed waits until somebody imports theano: the command
# imports this before it can answer Ctrl-C.

FACADE = __name__.rpartition('.')[0] + '.names'
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'names')
DOWNSAMPLE = 'theano.tensor.signal.downsample'


class TheanoFinder:
    """Meta-path finder for ``theano`` and all below it, and for Lasagne's
    question about its version."""

    def __init__(self) -> None:
        self._original = None  # not yet asked
        self._lock = threading.RLock()

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> Optional[ModuleSpec]:
        """Spec of a module named theano or theano.*, None for any other.

        Raises
        ------
        ModuleNotFoundError
            If the facade has no such module; names those that it has.
        MissingDependency
            If there is neither the original nor PyTensor.
        """
        if fullname == 'pkg_resources' and _is_lasagne_asking():
            return ModuleSpec(fullname, _VersionOfLasagne())  # pyright: ignore[reportArgumentType]
        if fullname != 'theano' and not fullname.startswith('theano.'):
            return None
        with self._lock:
            if self._original is None:
                _keep_quiet_of_lasagne()
                self._original = self._is_original_installed()
                if self._original:
                    default_to_float32()
        if self._original:
            return self._beside_original(fullname, path)
        return self._from_facade(fullname)

    def _is_original_installed(self):
        if 'theano' in sys.modules:
            return True
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, 'find_spec'):
                continue
            spec = finder.find_spec('theano', None)
            # A mere folder called theano is a namespace and has no origin.
            if spec is not None and spec.origin is not None:
                return True
        return False

    def _beside_original(self, fullname, path):
        """Leave all to the original, except for the module that it has lost."""
        if (
            fullname != DOWNSAMPLE
            or importlib.machinery.PathFinder.find_spec(fullname, path) is not None
        ):
            return None
        return importlib.util.spec_from_file_location(
            fullname, os.path.join(FOLDER, 'tensor', 'signal', 'downsample.py')
        )

    def _from_facade(self, fullname):
        from juntingnet_theano.engine.errors import MissingDependency, did_you_mean

        if importlib.util.find_spec('pytensor') is None:
            raise MissingDependency(
                'importing theano',
                'neither Theano nor PyTensor is installed',
                'PyTensor on Python 3.11 and later, Theano 1.0.5 on 3.8',
                'pip install Theano==1.0.5'
                if sys.version_info < (3, 9)
                else "pip install 'pytensor>=3.0,!=3.1.0,<3.4'",
            )
        name = FACADE + fullname[len('theano') :]
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(
                f'No module named {fullname!r}: Theano on PyTensor has no such module; '
                f'{did_you_mean(fullname, facade_modules())}',
                name=fullname,
            )
        return importlib.util.spec_from_loader(
            fullname,
            AliasLoader(name),  # load_module went with Python 2  # pyright: ignore[reportArgumentType]
            origin=spec.origin,
            is_package=spec.submodule_search_locations is not None,
        )


class AliasLoader:
    """Loader that gives a module a second name.

    Parameters
    ----------
    name : str
        The module's own name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._spec = None

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        """Import the module under its own name."""
        from juntingnet_theano.engine.collector import uncollected
        from juntingnet_theano.engine.compat import explain_version

        with uncollected(), explain_version():
            module = importlib.import_module(self.name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's spec; it has already run under its own name.

        The import system has just given it the spec of its second name, but
        relative imports and reload need its own. The modules that it imported
        get their second names here. If they were imported one by one, the
        import system would make each an attribute of its package again, and
        ``tensor.sort`` is a function there, which hides the module.
        """
        module.__spec__ = self._spec
        for name, each in list(sys.modules.items()):
            if name.startswith(FACADE + '.'):
                sys.modules.setdefault('theano' + name[len(FACADE) :], each)


def facade_modules() -> List[str]:
    """Sorted names of all modules that the facade serves, as ``theano.*``."""
    return sorted(_module_names(FOLDER, 'theano'))


def _module_names(folder, prefix):
    import pkgutil

    yield prefix
    for info in pkgutil.iter_modules([folder]):
        name = prefix + '.' + info.name
        if info.ispkg:
            yield from _module_names(os.path.join(folder, info.name), name)
        else:
            yield name


def _keep_quiet_of_lasagne():
    """Lasagne's docstrings hold escapes such as backslash-s. Python warns of
    them when it compiles them: at the first start, where the installer did
    not. Lasagne imports theano first."""
    warnings.filterwarnings('ignore', category=SyntaxWarning, module=r'.*[/\\]lasagne[/\\]')


class _VersionOfLasagne:
    """Loader of what Lasagne 0.1 takes for pkg_resources.

    Its last line asks pkg_resources for its own version. setuptools 82 has no
    pkg_resources any more, and before the import took a tenth of a second.
    """

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.get_distribution = self._answer

    def _answer(self, name):
        del sys.modules['pkg_resources']  # others get the one that is installed
        import importlib.metadata

        return SimpleNamespace(version=importlib.metadata.version(name))


def _is_lasagne_asking():
    """Whether Lasagne's import has come to that line. Of an import that failed
    only the modules below are left."""
    lasagne = sys.modules.get('lasagne')
    return (
        lasagne is not None
        and 'lasagne.updates' in sys.modules
        and not hasattr(lasagne, '__version__')
    )


def default_to_float32() -> None:
    """Make floatX=float32 the original's default where nobody set it.

    The paper's arithmetic; the original's own default is float64. It reads
    the environment when it is imported.
    """
    from juntingnet_theano.engine import flags as theano_flags

    if not any(name.lower() == 'floatx' for name in theano_flags.read_flags()):
        flags = os.environ.get('THEANO_FLAGS')
        os.environ['THEANO_FLAGS'] = 'floatX=float32' + (',' + flags if flags else '')


_FINDER = TheanoFinder()


def install() -> TheanoFinder:
    """Put the finder in front of all others, once.

    Returns
    -------
    TheanoFinder
        The one finder of this process.
    """
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    return _FINDER
