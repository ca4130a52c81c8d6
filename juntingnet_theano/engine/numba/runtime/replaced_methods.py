"""Methods of numba's that one thread replaces for a while.

Another user of numba in the process, in another thread or later, gets what
numba has.

>>> class Greeter:
...     def greet(self):
...         return 'hello'
>>> with replaced(Greeter, 'greet', lambda before, greeter: before(greeter) + ' from here'):
...     Greeter().greet()
'hello from here'
>>> Greeter().greet()
'hello'
"""

import contextlib
import threading
from typing import Any, Callable, Iterator

from juntingnet_theano.engine.compat import global_compiler_lock


@contextlib.contextmanager
def replaced(owner: type, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Replace a method for this thread while the block runs.

    Parameters
    ----------
    owner : type
    name : str
    method : callable
        Takes what was there before, then what that takes.
    """
    # numba's own lock, since compiling takes it in any case: a second one could
    # be taken the other way round by another thread.
    with global_compiler_lock:
        before, here = getattr(owner, name), threading.get_ident()

        def chosen(*args):
            if threading.get_ident() == here:
                return method(before, *args)
            return before(*args)

        setattr(owner, name, chosen)
        try:
            yield
        finally:
            setattr(owner, name, before)
