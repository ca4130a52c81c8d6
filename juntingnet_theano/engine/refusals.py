"""Names of Theano that are not made: what stands in their place raises.

A program that imports one and never calls it runs.

>>> refuse('theano.tensor.fft.rfft', 'PyTensor has none', 'use numpy.fft')()
Traceback (most recent call last):
    ...
NotImplementedError: theano.tensor.fft.rfft is not made: PyTensor has none; use numpy.fft
"""

from typing import Any, Callable, Dict


def refuse(name: str, reason: str, instead: str) -> Callable[..., Any]:
    """A function that raises when it is called.

    Parameters
    ----------
    name : str
        What a program called.
    reason, instead : str
        Why it is not there, and what to write.

    Returns
    -------
    callable
        With an attribute `refused`, for who lists what is served.
    """

    def refused(*args, **kwargs):
        raise NotImplementedError(f'{name} is not made: {reason}; {instead}')

    refused.__name__, refused.refused = name.rpartition('.')[2], True
    return refused


def refuse_all(module: str, names: str, reason: str, instead: str) -> Dict[str, Callable[..., Any]]:
    """A dictionary of `refuse` for several names of a module."""
    return {name: refuse(f'{module}.{name}', reason, instead) for name in names.split()}
