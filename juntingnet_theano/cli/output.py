"""Lines for a person: what a name in them holds cannot act on a terminal.

>>> say('wrote caf\\udce9\\x1b[2J.png')
wrote caf\\xe9\\x1b[2J.png
"""

import sys
from typing import Optional, TextIO

from juntingnet_theano.names import printable


def say(text: str, file: Optional[TextIO] = None) -> None:
    """Print text that may hold names from outside.

    Parameters
    ----------
    text : str
        Of one line or several; other control characters are escaped.
    file : text file object, optional
        Standard output if not given. What its encoding lacks is escaped.
    """
    file = sys.stdout if file is None else file
    encoding = getattr(file, 'encoding', None) or 'utf-8'
    print(
        printable(text, keep='\n').encode(encoding, 'backslashreplace').decode(encoding),
        file=file,
        flush=True,
    )
