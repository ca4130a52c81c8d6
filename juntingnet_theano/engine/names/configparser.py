"""``theano.config``: Theano's flags, in step with PyTensor's.

Importing this module imports PyTensor, with float32 as default and with the
user's flags: some of PyTensor's can be set only then, and a variable made
before floatX is set would be float64. So it is the first import of the
facade.

>>> with change_flags(exception_verbosity='high'):
...     config.exception_verbosity
'high'
"""

import configparser
import contextlib
import os
import sys
import warnings
from typing import Any, Callable, Dict, Iterator, Mapping, Tuple

from juntingnet_theano.engine import compiled_folder
from juntingnet_theano.engine import flags as theano_flags
from juntingnet_theano.engine.compat import flags_of
from juntingnet_theano.engine.errors import BadSetting, did_you_mean
from juntingnet_theano.engine.flags import TheanoConfigWarning
from juntingnet_theano.engine.names.configdefaults import FLAGS

ASSIGNING = 'setting theano.config'


class BadFlag(BadSetting, ValueError):
    """A flag has a value that it cannot have; Theano raised ValueError."""


def parse(name: str, value: Any, doing: str = ASSIGNING) -> Any:
    """Value of a flag from its text; values of the right type pass.

    Parameters
    ----------
    name : str
    value : object
    doing : str
        For messages: where the value came from.

    Raises
    ------
    BadFlag
        If the flag cannot have that value.
    """
    kind = FLAGS[name].kind
    if isinstance(kind, tuple):
        if str(value) in kind:
            return str(value)
        raise BadFlag(doing, f'{name}={value!r}', did_you_mean(str(value), kind), FLAGS[name].note)
    expected = f'a {kind.__name__}'
    if kind is bool:
        expected = 'True or False'
        words = {'true': True, '1': True, 'false': False, '0': False}
        kind = lambda text: words[str(text).lower()]  # noqa: E731
    try:
        return kind(value)
    except (KeyError, ValueError, TypeError):
        raise BadFlag(doing, f'{name}={value!r}', expected) from None


class Section:
    """Flags below a prefix, as attributes: ``config.blas.ldflags``.

    Parameters
    ----------
    prefix : str
        Empty for ``theano.config`` itself, else ``'blas.'``.
    values : dict
        Values of the flags that PyTensor has not.
    """

    def __init__(self, prefix: str, values: Dict[str, Any]) -> None:
        object.__setattr__(self, '_prefix', prefix)
        object.__setattr__(self, '_values', values)
        object.__setattr__(self, '_listeners', [])

    def __getattr__(self, name: str) -> Any:
        name = self._prefix + name
        if name in FLAGS:
            return self._get(name)
        if any(each.startswith(name + '.') for each in FLAGS):
            return Section(name + '.', self._values)
        raise AttributeError(f'theano.config has no flag {name!r}; {did_you_mean(name, FLAGS)}')

    def __setattr__(self, name, value):
        name = self._prefix + name
        if name not in FLAGS:
            raise AttributeError(f'theano.config has no flag {name!r}; {did_you_mean(name, FLAGS)}')
        if FLAGS[name].fixed:
            raise BadFlag(
                ASSIGNING,
                f'{name} after import',
                f'THEANO_FLAGS={name}={value} before theano is imported',
            )
        self._set(name, value)
        if FLAGS[name].note and self._get(name) != FLAGS[name].default:
            _warn_of_no_effect(name, 'theano.config')
        for listener in self._listeners:
            listener(name)

    def __dir__(self):
        return sorted(
            {
                name[len(self._prefix) :].split('.')[0]
                for name in FLAGS
                if name.startswith(self._prefix)
            }
        )

    def __str__(self):
        return '\n'.join(
            f'{name} = {self._get(name)}' for name in sorted(FLAGS) if name.startswith(self._prefix)
        )

    def _get(self, name):
        engine = FLAGS[name].engine
        if engine in _engine_flags():
            return getattr(pytensor_config, engine)
        return self._values.get(name, FLAGS[name].default)

    def _set(self, name, value, doing=ASSIGNING):
        engine = FLAGS[name].engine
        value = parse(name, value, doing)
        if engine not in _engine_flags():
            self._values[name] = value
            return
        try:
            setattr(pytensor_config, engine, value)
        except (ValueError, TypeError) as error:
            raise BadFlag(doing, f'{name}={value!r}', str(error)) from None

    def listen(self, listener: Callable[[str], Any]) -> None:
        """Call ``listener(name)`` after a flag is assigned."""
        self._listeners.append(listener)

    def change_flags(self, **flags: Any) -> Any:
        """Context manager and decorator: other values for a while."""
        return change_flags(**flags)


@contextlib.contextmanager
def change_flags(args: Any = (), **kwargs: Any) -> Iterator[None]:
    """Context manager and decorator that gives flags other values.

    Parameters
    ----------
    args : dict or pairs, optional
        Flags whose names hold a dot.
    **kwargs
        Flags by name.
    """
    flags = dict(args, **kwargs)
    before = {name: config._get(name) for name in flags}
    try:
        for name, value in flags.items():
            _assign(name, value)
        yield
    finally:
        for name, value in before.items():
            _assign(name, value)


def _assign(name, value):
    section = config
    *parents, last = name.split('.')
    for parent in parents:
        section = getattr(section, parent)
    setattr(section, last, value)


def interpret(written: Mapping[str, Tuple[str, str]]) -> Dict[str, Tuple[Any, str]]:
    """The user's flags by their exact names; warns of those without effect.

    Parameters
    ----------
    written : dict of str to (str, str)
        From `theano_flags.read_flags`.

    Returns
    -------
    dict of str to (str, str)
    """
    exact = {name.lower(): name for name in FLAGS}
    flags = {}
    for name, (value, source) in written.items():
        known = (
            exact.get(name.lower())
            if source != 'THEANO_FLAGS'
            else (name if name in FLAGS else None)
        )
        if known is None:
            _warn(f'{source}: there is no flag {name!r}; {did_you_mean(name, FLAGS)}')
            continue
        if FLAGS[known].note:
            _warn_of_no_effect(known, source)
        parse(known, value, 'reading ' + source)
        flags[known] = value, source
    return flags


def _warn_of_no_effect(name, source):
    _warn(f'{source}: {name} has no effect on PyTensor: {FLAGS[name].note}')


def reading(name: str) -> str:
    """For messages: what was done when a flag got its value at the start."""
    return 'reading ' + _user_flags.get(name, (None, 'THEANO_FLAGS'))[1]


def _warn(message):
    # The level of whoever imports theano is too many frames of the import
    # system away to be worth counting.
    warnings.warn(message, TheanoConfigWarning, stacklevel=2)


def import_engine(flags: Mapping[str, Tuple[Any, str]]) -> Any:
    """Import PyTensor's config, configured with Theano's flags.

    PyTensor reads flags that cannot be assigned later, such as
    base_compiledir, from its own variable, which is put back afterwards: a
    child process translates Theano's again. No C++ compiler is called unless
    a linker of C is chosen: PyTensor would have it translate graphs inside of
    Ops, for half a minute, even where NumPy computes the rest.

    Parameters
    ----------
    flags : dict of str to (str, str)
        From `interpret`.

    Raises
    ------
    BadFlag
        If PyTensor refuses a value.
    BadSetting
        If it refuses one of its own variables.
    """
    defaults = ['floatX=' + FLAGS['floatX'].default]
    if flags.get('linker', ('auto', None))[0] in ('auto', 'numba', 'jax', 'py'):
        defaults.append('cxx=')
    if 'pytensor' not in sys.modules:
        theano_flags.check_pytensors_files()
    before = os.environ.get('PYTENSOR_FLAGS')
    text = [
        f'{FLAGS[name].engine}={_quoted(value)}'
        for name, (value, _) in flags.items()
        if FLAGS[name].engine
    ]
    os.environ['PYTENSOR_FLAGS'] = ','.join(defaults + ([before] if before else []) + text)
    try:
        with warnings.catch_warnings():
            # Theano's flags that this PyTensor has dropped.
            warnings.filterwarnings('ignore', message='PyTensor does not recognise this flag')
            import pytensor
    except (ValueError, TypeError, configparser.Error) as error:
        # It does not say which: its messages hold the name or the value.
        for name, (value, source) in flags.items():
            engine = FLAGS[name].engine
            if engine and (engine in str(error) or repr(value) in str(error)):
                raise BadFlag('reading ' + source, f'{name}={value!r}', str(error)) from None
        raise BadSetting(
            'starting the engine',
            f'PyTensor refuses its environment: {error}',
            None,
            'unset the variable, or correct it: env | grep -e PYTENSOR -e OMP',
        ) from error
    finally:
        del os.environ['PYTENSOR_FLAGS']
        if before is not None:
            os.environ['PYTENSOR_FLAGS'] = before
    compiled_folder.settle(pytensor.config)
    return pytensor.config


def _quoted(value):
    return f'"{value}"' if ',' in value else value


def _engine_flags():
    return flags_of(pytensor_config)


def _configured():
    flags = interpret(theano_flags.read_flags())
    flags.setdefault('floatX', (FLAGS['floatX'].default, 'the default'))
    late = 'pytensor' in sys.modules
    return import_engine(flags), flags, late


pytensor_config, _user_flags, _late = _configured()
config = Section('', {})
for _name, (_value, _source) in _user_flags.items():
    _engine = FLAGS[_name].engine
    if _engine not in _engine_flags() or _engine_flags()[_engine].mutable:
        config._set(_name, _value, 'reading ' + _source)
    elif _late:
        _warn(f'{_name} came too late: PyTensor was imported before')
