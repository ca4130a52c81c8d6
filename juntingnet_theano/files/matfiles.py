"""MATLAB's files as plain Python values.

The readers see lists, dictionaries, strings and arrays, whatever version the
file has: a struct array becomes a list of dictionaries, a cell array a list,
a char array a string.

>>> import io
>>> file = io.BytesIO()
>>> write(file, {'training': [{'image': 'a', 'resolution': [480, 640]}]})
>>> record, = read(file, 'training.mat', 'training')
>>> record['image'], record['resolution'].tolist()
('a', [[480, 640]])
"""

import io
import warnings
from typing import Any, BinaryIO, Mapping, Optional, Union

import numpy as np
import scipy.io

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import mat5, mat73, outside

_DOING = 'reading a MAT file'
# scipy writes platform and date into the header's free text, which would make
# two runs of one generator differ.
_HEADER = b'MATLAB 5.0 MAT-file, written by juntingnet_theano'.ljust(116)


def read(file: BinaryIO, path: str, variable: Optional[str] = None) -> Any:
    """Read one variable, or all of them.

    Parameters
    ----------
    file : binary file object
    path : str
        Its name, for messages.
    variable : str, optional
        A dictionary of all variables is returned if it is not given.

    Returns
    -------
    list, dict, str or array
        Numbers stay arrays of at least two axes, as MATLAB has them.

    Raises
    ------
    BadFile
        Where it is no MAT file (of any version) or lacks the variable.
    """
    try:
        content = mat73.read(file, variable) if mat73.is_73(file) else _read_5(file, variable)
    except Exception as error:
        # A broken file leads SciPy to raise whatever it meets.
        raise BadFile(
            _DOING, f'{path}: {error or type(error).__name__}', 'a MAT file', 'copy the file again'
        ) from error
    if variable is None:
        return content
    if variable not in content:
        raise BadFile(_DOING, f"{path}: no variable '{variable}'")
    return content[variable]


def load(path: str, variable: Optional[str] = None) -> Any:
    """`read` from a path.

    Raises
    ------
    BadFile
        Also where there is no such file.
    """
    with outside.opened(path, _DOING) as file:
        return read(file, path, variable)


def _read_5(file, variable):
    """Versions 4 to 7."""
    mat5.check(file, variable)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # what it cannot read it raises
        content = scipy.io.loadmat(file, variable_names=None if variable is None else [variable])
    return {name: _plain(value) for name, value in content.items() if not name.startswith('__')}


def write(file: Union[str, BinaryIO], variables: Mapping[str, Any]) -> None:
    """Write a MAT file of version 5 whose bytes depend on its content only.

    Parameters
    ----------
    file : str or binary file object
    variables : dict
        Name -> array, string, dictionary (struct) or list of dictionaries
        (struct array, N x 1).
    """
    buffer = io.BytesIO()
    scipy.io.savemat(
        buffer, {name: _matlab(value) for name, value in variables.items()}, do_compression=True
    )
    data = _HEADER + buffer.getvalue()[len(_HEADER) :]
    if isinstance(file, str):
        with open(file, 'wb') as opened:
            opened.write(data)
    else:
        file.write(data)


def _plain(value):
    """MATLAB's value, as scipy gives it, to plain Python."""
    if value.dtype.names is not None:
        return [
            {field: _plain(np.asarray(struct[field])) for field in value.dtype.names}
            for struct in value.ravel()
        ]
    if value.dtype.kind in 'US':
        return ''.join(str(part) for part in value.ravel())
    if value.dtype.kind == 'O':
        return [_plain(np.asarray(cell)) for cell in value.ravel()]
    return np.atleast_2d(value)


def _matlab(value):
    """Plain Python to what scipy writes: the inverse of `_plain`."""
    if isinstance(value, dict):
        return {name: _matlab(item) for name, item in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        fields = list(value[0])
        structs = np.empty((len(value), 1), [(field, object) for field in fields])
        for row, struct in enumerate(value):
            for field in fields:
                structs[row, 0][field] = _matlab(struct[field])
        return structs
    return value if isinstance(value, str) else np.asarray(value)
