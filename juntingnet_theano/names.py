r"""File names: as text to show, and as a key by which equal names are found.

A name on a disk is bytes that need not be UTF-8, may hold escape sequences of
the terminal, and may be written in several ways that a person cannot tell
apart: 'é' as one character or as two, 'A.JPG' and 'a.jpg'.

>>> printable('caf\udce9.jpg'), printable('\x1b[31mred')
('caf\\xe9.jpg', '\\x1b[31mred')
>>> key('CAFE\u0301') == key('caf\u00e9')
True
"""

import reprlib
import unicodedata


def described(value: object) -> str:
    """Any value that a file gave, as a few words of text.

    Parameters
    ----------
    value : object
        However deep, long or large.

    Returns
    -------
    str

    >>> described(3), described([[]] * 9)
    ('3', '[[], [], [], [], [], [], ...]')
    """
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no number of over 4,300 digits
        return f'a {type(value).__name__} too long to show'


def shortened(text: str, most: int) -> str:
    """Text without its middle, where it has more than `most` characters.

    >>> shortened('a' * 9999, 4)
    'aa ... 9,995 characters left out ... aa'
    """
    half = most // 2
    return (
        text
        if len(text) <= most
        else (f'{text[:half]} ... {len(text) - 2 * half:,} characters left out ... {text[-half:]}')
    )


def printable(text: str, keep: str = '') -> str:
    r"""Text that any terminal and any UTF-8 file can take.

    Parameters
    ----------
    text : str
        May hold what `os.fsdecode` makes of bytes that are no UTF-8.
    keep : str
        Control characters that stay, for example a line feed.

    Returns
    -------
    str
        Control characters, marks that turn the direction of writing and lone
        surrogates as escapes (``\x1b``, ``\xe9``, ``\ud800``).
    """
    return ''.join(
        mark if mark in keep or mark == ' ' or _is_plain(mark) else _escaped(mark) for mark in text
    )


def key(name: str) -> str:
    """The key that two names share if a person takes them for the same.

    Neither the case of letters nor the form of accents counts.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return unicodedata.normalize('NFC', unicodedata.normalize('NFC', name).casefold())


def _is_plain(mark):
    return unicodedata.category(mark) not in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp')


def _escaped(mark):
    code = ord(mark)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that os.fsdecode could not decode
        return f'\\x{code - 0xDC00:02x}'
    return mark.encode('unicode_escape').decode('ascii')
