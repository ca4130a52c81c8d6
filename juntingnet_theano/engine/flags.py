"""Theano's settings as the user wrote them: THEANO_FLAGS and .theanorc.

Only as text: the engine decides what a flag means. Both the finder, which must not
import an engine, and the facade read it.

>>> read_flags({'THEANO_FLAGS': 'device=cuda0,floatX=float32', 'THEANORC': ''})
... # doctest: +NORMALIZE_WHITESPACE
{'device': ('cuda0', 'THEANO_FLAGS'), 'floatX': ('float32', 'THEANO_FLAGS')}
"""

import configparser
import os
import shlex
import sys
import warnings
from typing import Dict, Mapping, Optional, Tuple

from juntingnet_theano.engine.errors import BadFile, BadSetting
from juntingnet_theano.engine.regular_files import open_regular

LARGEST = 1 << 20
"""Bytes of a .theanorc: nobody writes more by hand."""


class TheanoConfigWarning(Warning):
    """A flag is unknown, or has no effect here."""


def read_flags(environ: Optional[Mapping[str, str]] = None) -> Dict[str, Tuple[str, str]]:
    """Every flag that the user set.

    Parameters
    ----------
    environ : mapping, optional
        The environment; ``os.environ`` by default.

    Returns
    -------
    dict of str to (str, str)
        Name (``'blas.ldflags'``) -> (value, where it was set). THEANO_FLAGS
        beats files. Option names from a file are in lower case, as ini files
        have no case.

    Raises
    ------
    BadSetting
        If a file is no ini file, or THEANO_FLAGS has a quote without end.
    BadFile
        If a file cannot be read.

    Warns
    -----
    TheanoConfigWarning
        Of flags without a value, which are left out, as in Theano.
    """
    environ = os.environ if environ is None else environ
    flags = {}
    for path in _rc_paths(environ):
        flags.update(_from_file(path, environ))
    written = {name.lower() for name in flags}
    for name, value in _from_text(environ.get('THEANO_FLAGS', '')):
        if name.lower() in written:
            flags = {each: flags[each] for each in flags if each.lower() != name.lower()}
        flags[name] = (value, 'THEANO_FLAGS')
    return flags


def _from_text(text):
    """(name, value) of each ``name=value``; commas in quotes are kept."""
    splitter = shlex.shlex(text, posix=True)
    splitter.whitespace, splitter.whitespace_split = ',', True
    try:
        pairs = [pair.strip() for pair in splitter]
    except ValueError as error:
        raise BadSetting(
            'reading THEANO_FLAGS', f'{text}: {error}', 'name=value,name=value'
        ) from None
    for pair in pairs:
        name, equals, value = pair.partition('=')
        if equals:
            yield name.strip(), value.strip()
        elif pair:
            _warn_of_no_value('THEANO_FLAGS', pair)


def _warn_of_no_value(source, name):
    warnings.warn(
        f'{source}: {name} has no value and is left out; write {name}=...',
        TheanoConfigWarning,
        stacklevel=2,
    )


def check_pytensors_files() -> None:
    """Refuse what PyTensor would wait for, or end in a traceback on.

    It opens every file that PYTENSORRC names, named pipes too.

    Raises
    ------
    BadSetting, BadFile
        As `read_flags`.
    """
    for path in _rc_paths(os.environ, 'PYTENSORRC', '~/.pytensorrc'):
        _parsed(path, 'reading ' + path, {})


def _rc_paths(environ, variable='THEANORC', usual='~/.theanorc'):
    """Files in the order of reading; the variable may list several."""
    paths = environ.get(variable, usual).split(os.pathsep)
    if variable not in environ and sys.platform == 'win32':
        paths.append(usual + '.txt')
    return [os.path.expanduser(path) for path in paths if path not in ('', os.devnull)]


def _text_of(path, doing):
    """All of a file; nothing where it is missing."""
    try:
        with open_regular(path) as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return ''
    except (OSError, ValueError) as error:  # ValueError: a name with NUL
        raise BadFile(
            doing, getattr(error, 'strerror', None) or str(error), 'a text file'
        ) from None
    if len(content) > LARGEST:
        raise BadFile(doing, 'more than 1 MB', 'the lines of a .theanorc')
    # Names of folders need not be text.
    return content.decode('utf-8-sig', 'surrogateescape')


def _parsed(path, doing, names):
    """The sections of an ini file; none where the file is missing."""
    parser = configparser.ConfigParser(names, allow_no_value=True)
    try:
        parser.read_string(_text_of(path, doing), path)
    except configparser.MissingSectionHeaderError as error:
        raise BadSetting(
            doing,
            f'line {error.lineno}, {error.line.strip()!r}, is in no section',
            'sections, for example [global]',
            'write [global] above it',
        ) from None
    except configparser.Error as error:
        raise BadSetting(
            doing, str(error), 'sections such as [global], below each its lines "name = value"'
        ) from None
    return parser


def _from_file(path, environ):
    """Flags of one ini file; none where the file is missing."""
    home = os.path.basename(os.path.expanduser('~'))
    # The names that Theano offers to %(...)s.
    names = {
        'USER': environ.get('USER', home),
        'PID': str(os.getpid()),
        'LSCRATCH': environ.get('LSCRATCH', ''),
        'TMPDIR': environ.get('TMPDIR', ''),
        'TEMP': environ.get('TEMP', ''),
        'TMP': environ.get('TMP', ''),
    }
    parser = _parsed(path, 'reading ' + path, names)
    flags = {}
    for section in parser.sections():
        for option in parser.options(section):
            # Of a parser with defaults each section has those too.
            raw = parser.get(section, option, raw=True)
            if option.upper() in names and raw == names[option.upper()]:
                continue
            if raw is None:
                _warn_of_no_value(path, option)
                continue
            try:
                value = parser.get(section, option)
            except configparser.InterpolationError:
                value = raw  # compiledir_format has a % syntax of its own
            name = option if section == 'global' else section + '.' + option
            flags[name] = (value, path)
    return flags
