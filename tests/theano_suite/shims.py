"""What Theano 1.0.5's tests of 2017 import and today's libraries lack.

Nothing here touches the tests, which run as released. `install` puts stand-ins
for six, parameterized, numpy.testing.dec and old names of NumPy, Python and
unittest into this process, `load` runs a file of tests with a name for
everything that it imports: who asks for one that is not there gets a `Missing`
that raises when it is used, so that one absent name does not take a file down.
"""

import ast
import builtins
import collections
import collections.abc
import contextlib
import importlib
import importlib.abc
import importlib.util
import inspect
import io
import itertools
import os
import pickle
import re
import sys
import types
import unittest

import numpy as np

FACADE = 'juntingnet_theano.engine.names'

# What the tests ask of the inside of Theano before they test.
ASKED = {
    'theano.tensor.nnet.abstract_conv': {'imported_scipy_signal': True},
    'theano.tensor.nnet.conv': {'imported_scipy_signal': True},
    'theano.configdefaults': {'python_int_bitwidth': lambda: 64},
    'theano.tensor': {'Join': lambda: Join()},
    # Where an Op came from, for error messages.
    'theano.gof.opt': {'check_stack_trace': lambda *given, **options: True},
}


class Join:
    """Theano's Op of that name, whose axis is an input."""

    def __call__(self, axis, *tensors):
        return importlib.import_module('theano.tensor').join(axis, *tensors)


class Correlation(type):
    """Classes of Ops of Theano's: what they compute, and the Op for it."""

    def __call__(cls, border_mode='valid', subsample=(1, 1), filter_dilation=(1, 1), **more):
        return cls.made(
            border_mode=border_mode,
            subsample=subsample,
            filter_flip=False,
            filter_dilation=filter_dilation,
            **more,
        )

    def __instancecheck__(cls, op):
        return isinstance(op, cls.ours)


class AbsentError(Exception):
    """A test used a name that is not served."""


class Missing(type):
    """A name that is not served: whatever is done with it raises."""

    def __new__(cls, name, bases=(), namespace=None):
        if bases:  # a class is to be derived from it
            raise AbsentError(bases[0].__name__)
        name = name.replace(FACADE, 'theano')
        return super().__new__(cls, name, (), {})

    def __init__(cls, name, bases=(), namespace=None):
        super().__init__(name, (), {})

    def __call__(cls, *args, **kwargs):
        raise AbsentError(cls.__name__)

    def __getattr__(cls, name):
        if name.startswith('__'):
            raise AttributeError(name)
        raise AbsentError(f'{cls.__name__}.{name}')

    def __instancecheck__(cls, instance):
        raise AbsentError(cls.__name__)


class Names:
    """What a module has, and a `Missing` for what it has not."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        try:
            return getattr(self._module, name)
        except (AttributeError, AbsentError):
            with contextlib.suppress(ImportError):
                return importlib.import_module(f'{self._module.__name__}.{name}')
            return Missing(f'{self._module.__name__}.{name}')


class AbsentModule(types.ModuleType):
    """A module that is not served."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        raise AbsentError(f'{self.__name__}.{name}')


class TestsFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``theano.*.tests`` in the unpacked sources and nothing else."""

    def __init__(self, source):
        self.source = source

    def find_spec(self, fullname, path=None, target=None):
        """Spec of a module of tests, None of any other."""
        if not re.match(r'theano(\.\w+)*\.tests(\.\w+)?$', fullname):
            return None
        place = os.path.join(self.source, *fullname.split('.'))
        package = os.path.isdir(place)
        path = os.path.join(place, '__init__.py') if package else place + '.py'
        if not os.path.isfile(path):
            return None
        spec = importlib.util.spec_from_loader(fullname, self, origin=path, is_package=package)
        spec.has_location = True
        return spec

    def exec_module(self, module):
        """Run it; a package's own statements are left out."""
        module.broken = {}
        if module.__spec__.submodule_search_locations != []:
            run_statements(module, module.__spec__.origin)


def run_statements(module, path):
    """Run a file, each statement by itself.

    One that fails is noted in ``module.broken``, by what it would have
    defined.
    """
    with open(path, encoding='utf-8') as file:
        tree = ast.parse(file.read(), path)
    future = [each for each in tree.body if getattr(each, 'module', '') == '__future__']
    module.__dict__['__builtins__'] = dict(vars(builtins), __import__=import_or_stand_in)
    for statement in tree.body:
        if statement in future:
            continue
        body = ast.Module([statement], type_ignores=[])
        try:
            exec(compile(body, path, 'exec', dont_inherit=True), module.__dict__)
            for name in names_of(statement):
                give_name(module.__dict__.get(name), name)
        except unittest.SkipTest as reason:
            for name in names_of(statement):
                module.broken[name] = reason
        except Exception as error:
            for name in names_of(statement):
                module.broken[name] = error
                module.__dict__.setdefault(name, Missing(name))


def give_name(made, name):
    """Have a class of tests that a function made ask for itself by the name
    that it has: by default the one of the Op that it tests."""
    if isinstance(made, type) and made.__name__ != name and hasattr(made, 'check_name'):
        made.__name__ = made.__qualname__ = name


def names_of(statement):
    """What a statement defines, or its line."""
    if hasattr(statement, 'name'):
        return [statement.name]
    found = [
        each.id
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
    return found or [f'line {statement.lineno}']


def import_or_stand_in(name, globals=None, locals=None, fromlist=(), level=0):
    """``__import__`` of the tests."""
    if level or name.partition('.')[0] != 'theano':
        return __import__(name, globals, locals, fromlist, level)
    try:
        module = importlib.import_module(name)
    except ImportError:
        module = stand_in(name)
    return Names(module) if fromlist and '*' not in fromlist else sys.modules['theano']


def stand_in(name):
    """An `AbsentModule` in the place of a module that is not there."""
    parent, _, last = name.rpartition('.')
    try:
        above = importlib.import_module(parent)
    except ImportError:
        above = stand_in(parent)
    sys.modules[name] = made = AbsentModule(name)
    if not hasattr(above, last):
        setattr(above, last, made)
    return made


def install(source):
    """Put all stand-ins in place, and the tests below ``theano``."""
    sys.meta_path.insert(0, TestsFinder(source))
    for make in (_six, _parameterized):
        for name, module in make():
            if name not in sys.modules and not _is_installed(name):
                sys.modules[name] = module
    _old_numpy()
    _old_python()
    if importlib.import_module('theano.tensor').__name__.startswith(FACADE):
        _inside_of_theano()


def _inside_of_theano():
    """What tests ask of the original's inside, and what a test of a value
    passes on its way to it."""
    # Who has no compiler for C skips tests of what is compiled otherwise here.
    importlib.import_module('theano').config.cxx = 'c++'
    conv = importlib.import_module('theano.tensor.nnet.abstract_conv')
    tensor = importlib.import_module('theano.tensor')
    # A correlation in Theano's way, on ours: the other road to a convolution.
    ASKED['theano.tensor.nnet.corr'] = {
        'CorrMM' + end: Correlation('CorrMM' + end, (), {'made': made, 'ours': ours})
        for end, made, ours in (
            ('', conv.AbstractConv2d, conv.Conv2d),
            ('_gradInputs', conv.AbstractConv2d_gradInputs, conv.Conv2dGradInputs),
            ('_gradWeights', conv.AbstractConv2d_gradWeights, conv.Conv2dGradWeights),
        )
    }
    ASKED['theano.scan_module.scan_op'] = {'Scan': importlib.import_module('pytensor.scan.op').Scan}
    stand_in('theano.tensor.nnet.corr')
    stand_in('theano.scan_module.scan_op')
    # Indexing with lists is one Op now.
    for each in ('AdvancedSubtensor', 'AdvancedIncSubtensor'):
        for kind in (each + '1', each.replace('Advanced', 'AdvancedBoolean')):
            ASKED['theano.tensor'].setdefault(kind, getattr(tensor, each))
    ASKED['theano.tensor.subtensor'] = ASKED['theano.tensor']
    for name, values in ASKED.items():
        module = importlib.import_module(name)
        for each, value in values.items():
            setattr(module, each, value)


def _is_installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def _module(name, **names):
    module = types.ModuleType(name)
    module.__dict__.update(names)
    return module


def _six():
    def reraise(kind, value, traceback=None):
        raise value.with_traceback(traceback)

    moves = _module(
        'six.moves',
        xrange=range,
        range=range,
        reduce=__import__('functools').reduce,
        cPickle=pickle,
        StringIO=io.StringIO,
        builtins=builtins,
        zip=zip,
        map=map,
        zip_longest=itertools.zip_longest,
        __path__=[],
    )
    six = _module(
        'six',
        moves=moves,
        StringIO=io.StringIO,
        BytesIO=io.BytesIO,
        PY2=False,
        PY3=True,
        integer_types=(int,),
        string_types=(str,),
        text_type=str,
        iteritems=lambda mapping: iter(mapping.items()),
        itervalues=lambda mapping: iter(mapping.values()),
        iterkeys=iter,
        reraise=reraise,
        b=lambda text: text.encode('latin-1'),
        u=str,
        __path__=[],
    )
    yield 'six', six
    yield 'six.moves', moves
    yield 'six.moves.cPickle', pickle
    yield 'six.moves.builtins', builtins


class parameterized:
    """Of the package of that name, what Theano's tests use."""

    @staticmethod
    def to_safe_name(text):
        """`text` as part of a name."""
        return re.sub(r'[^a-zA-Z0-9_]+', '_', str(text))

    @classmethod
    def expand(cls, cases, **kwargs):
        """A method for each case, next to the one that is decorated."""
        named = kwargs.get('name_func') or kwargs.get('testcase_func_name')

        def decorate(function):
            names = inspect.currentframe().f_back.f_locals
            for number, case in enumerate(cases):
                case = case if isinstance(case, (tuple, list)) else (case,)
                name = (
                    named(function, number, _module('param', args=case, kwargs={}))
                    if named
                    else f'{function.__name__}_{number}'
                )
                names[name] = cls._with(function, case, name)

        return decorate

    @staticmethod
    def _with(function, case, name):
        def test(self):
            return function(self, *case)

        test.__name__ = name
        return test


def _parameterized():
    yield 'parameterized', _module('parameterized', parameterized=parameterized)


class _Cast(dict):
    def __missing__(self, dtype):
        return lambda value: np.asarray(value, dtype)


def _old_numpy():
    for new, names in {
        bool: 'bool',
        int: 'int',
        float: 'float',
        complex: 'complex',
        object: 'object',
        str: 'str',
        np.prod: 'product',
        np.all: 'alltrue',
        np.any: 'sometrue',
        np.cumprod: 'cumproduct',
        np.float64: 'float_',
        np.complex128: 'complex_',
        np.inf: 'Inf infty',
        np.nan: 'NaN',
        np.asarray: 'asfarray',
        np.vstack: 'row_stack',
    }.items():
        for name in names.split():
            if name not in vars(np):
                setattr(np, name, new)
    if not hasattr(np, 'asscalar'):
        np.asscalar = lambda array: array.item()
    if not hasattr(np, 'find_common_type'):
        np.find_common_type = lambda arrays, scalars: np.result_type(*arrays, *scalars)
    if 'cast' not in vars(np):
        np.cast = _Cast()
    if not hasattr(np.testing, 'dec'):

        def plain(*args, **kwargs):
            return lambda function: function

        def skipif(condition, reason=None):
            return unittest.skipIf(condition, reason or 'skipped')

        np.testing.dec = _module(
            'numpy.testing.dec', skipif=skipif, knownfailureif=plain, setastest=plain
        )
        sys.modules['numpy.testing.dec'] = np.testing.dec


def _old_python():
    for name in ('Callable', 'Iterable', 'Mapping', 'MutableMapping', 'MutableSet', 'Sequence'):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    if not hasattr(inspect, 'getargspec'):
        inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]
    for old, new in {
        'assertEquals': 'assertEqual',
        'assertNotEquals': 'assertNotEqual',
        'assertItemsEqual': 'assertCountEqual',
        'assertRaisesRegexp': 'assertRaisesRegex',
        'assert_': 'assertTrue',
        'failUnless': 'assertTrue',
        'failIf': 'assertFalse',
    }.items():
        if not hasattr(unittest.TestCase, old):
            setattr(unittest.TestCase, old, getattr(unittest.TestCase, new))
