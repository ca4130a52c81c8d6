"""Theano's settings as the user wrote them: THEANO_FLAGS and .theanorc.

Text only: what a flag means is the business of whoever serves theano. Both
the finder, which must not import an engine, and the facade read it.

>>> read_flags({'THEANO_FLAGS': 'device=cuda0,floatX=float32', 'THEANORC': ''})
... # doctest: +NORMALIZE_WHITESPACE
{'device': ('cuda0', 'THEANO_FLAGS'), 'floatX': ('float32', 'THEANO_FLAGS')}
"""
import configparser
import os
import shlex
import sys


def read_flags(environ=None):
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
    configparser.Error
        If a file is no ini file.
    """
    environ = os.environ if environ is None else environ
    flags = {}
    for path in _rc_paths(environ):
        flags.update(_from_file(path, environ))
    written = {name.lower() for name in flags}
    for name, value in _from_text(environ.get('THEANO_FLAGS', '')):
        if name.lower() in written:
            flags = {each: flags[each] for each in flags
                     if each.lower() != name.lower()}
        flags[name] = (value, 'THEANO_FLAGS')
    return flags


def _from_text(text):
    """(name, value) of each ``name=value``; commas in quotes are kept."""
    splitter = shlex.shlex(text, posix=True)
    splitter.whitespace, splitter.whitespace_split = ',', True
    for pair in splitter:
        name, _, value = pair.strip().partition('=')
        if name:
            yield name.strip(), value.strip()


def _rc_paths(environ):
    """Files in the order of reading; THEANORC may list several."""
    paths = environ.get('THEANORC', '~/.theanorc').split(os.pathsep)
    if 'THEANORC' not in environ and sys.platform == 'win32':
        paths.append('~/.theanorc.txt')
    return [os.path.expanduser(path) for path in paths if path]


def _from_file(path, environ):
    """Flags of one ini file; none where the file is missing."""
    home = os.path.basename(os.path.expanduser('~'))
    parser = configparser.ConfigParser(
        # The names that Theano offers to %(...)s.
        {'USER': environ.get('USER', home), 'PID': str(os.getpid()),
         'LSCRATCH': environ.get('LSCRATCH', ''),
         'TMPDIR': environ.get('TMPDIR', ''),
         'TEMP': environ.get('TEMP', ''), 'TMP': environ.get('TMP', '')})
    parser.read([path])
    raw = configparser.RawConfigParser()
    raw.read([path])
    flags = {}
    for section in raw.sections():
        for option, text in raw.items(section):
            try:
                value = parser.get(section, option)
            except configparser.InterpolationError:
                value = text    # compiledir_format has a % syntax of its own
            name = option if section == 'global' else section + '.' + option
            flags[name] = (value, path)
    return flags
