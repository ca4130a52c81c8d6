"""What a pickle is read as: names, records and spans, all inert.

>>> str(Name('lasagne.layers.dense', 'DenseLayer'))
'lasagne.layers.dense.DenseLayer'
>>> is_allowed('os', 'system'), is_allowed('theano.gof.link', 'Container')
(False, True)
"""

import re
from typing import Any, Dict, Iterator, Optional, Sequence

_LONGEST = 100  # of a class's path
_PACKAGES = ('theano', 'lasagne', 'nolearn', 'pygpu', '__main__')
_NUMBERS = ('bool_', 'float16', 'float32', 'float64') + tuple(
    f'{kind}{bits}' for kind in ('int', 'uint') for bits in (8, 16, 32, 64)
)
_CONTAINERS = ('object', 'list', 'tuple', 'dict', 'set', 'frozenset', 'slice')
_VALUES = ('int', 'long', 'float', 'bool', 'complex', 'str', 'unicode', 'bytes', 'bytearray')
_NAMES = {
    'numpy': ('ndarray', 'dtype') + _NUMBERS,
    'numpy.core.multiarray': ('_reconstruct', 'scalar'),
    'numpy._core.multiarray': ('_reconstruct', 'scalar'),
    'numpy.core.numeric': ('_frombuffer',),
    'numpy._core.numeric': ('_frombuffer',),
    'numpy.random': ('__RandomState_ctor',),
    'numpy.random._pickle': ('__randomstate_ctor', '__bit_generator_ctor'),
    '_codecs': ('encode',),
    'copy_reg': ('_reconstructor',),
    'copyreg': ('_reconstructor',),
    'collections': ('OrderedDict', 'defaultdict', 'deque'),
    'sklearn.preprocessing.label': ('LabelEncoder',),
    '__builtin__': _CONTAINERS + _VALUES,
    'builtins': _CONTAINERS + _VALUES,
}


def is_allowed(module: str, name: str) -> bool:
    """Whether the pickle of a network may name this.

    None of these is ever called. Others are refused because a file that asks
    for them is not what it is taken for, and its user should know.
    """
    if (
        max(len(module), len(name)) > _LONGEST
        or not re.match(r'[A-Za-z_][A-Za-z0-9_.]*\Z', module)
        or not re.match(r'[A-Za-z_][A-Za-z0-9_]*\Z', name)
    ):
        return False
    return module.split('.')[0] in _PACKAGES or name in _NAMES.get(module, ())


class Name:
    """A class or function that a pickle names; only its name."""

    __slots__ = ('module', 'name')

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __str__(self) -> str:
        return f'{self.module}.{self.name}'


class Span:
    """A long string that stays in the file: `length` bytes from `start`."""

    __slots__ = ('start', 'length', 'is_text')

    def __init__(self, start: int, length: int, is_text: bool) -> None:
        self.start, self.length, self.is_text = start, length, is_text


class Record:
    """A container, or an object that the pickle would have made.

    Attributes
    ----------
    kind : str
        'list', 'tuple', 'dict', 'set' or 'object'.
    items : sequence
        Elements; of an object, what was appended to it.
    pairs : sequence
        Key, value, key, value, ... of a dictionary or an object.
    maker : Name or None
        What an object would have been made by.
    call : Record or None
        Tuple of its arguments.
    state : anything or None
        What the object would have been given as its state.
    """

    __slots__ = ('kind', 'items', 'pairs', 'maker', 'call', 'state', '_entries')

    def __init__(
        self,
        kind: str,
        items: Sequence[Any] = (),
        maker: Optional[Name] = None,
        call: Optional['Record'] = None,
    ) -> None:
        self.kind, self.items = kind, items
        self.pairs: Sequence[Any] = ()
        self.maker, self.call, self.state = maker, call, None
        self._entries = None

    @property
    def args(self) -> Sequence[Any]:
        """Arguments that the maker would have had."""
        return self.call.items if self.call is not None else ()

    @property
    def cls(self) -> Optional[Name]:
        """Name of the class of an object, or None."""
        if (
            str(self.maker) in ('copy_reg._reconstructor', 'copyreg._reconstructor')
            and len(self.args)
            and isinstance(self.args[0], Name)
        ):
            return self.args[0]
        return self.maker

    @property
    def attributes(self) -> Dict[str, Any]:
        """Attributes of an object by name, where its state is a dictionary,
        alone or with one of slots."""
        state = self.state
        if isinstance(state, Record) and state.kind == 'tuple' and state.items:
            state = state.items[0]
        return state.entries if isinstance(state, Record) and state.kind == 'dict' else {}

    @property
    def entries(self) -> Dict[str, Any]:
        """Values of a dictionary by key, where the key is a short string.

        Made once, since a hostile pickle may have a million objects with the
        same million attributes.
        """
        if self._entries is None:
            self._entries = {key: value for key, value in self._keyed() if isinstance(key, str)}
        return self._entries

    def _keyed(self):
        if self.kind == 'object' and not self.pairs:
            # Python 2 pickles an ordered dictionary as a call with a list of
            # pairs, and nolearn's list of layers is one.
            return [
                pair.items
                for each in self.args[:1]
                if isinstance(each, Record)
                for pair in each.items
                if isinstance(pair, Record) and len(pair.items) == 2
            ]
        return zip(self.pairs[::2], self.pairs[1::2])

    def children(self) -> Iterator[Any]:
        """All values within."""
        for values in (self.items, self.pairs, (self.call, self.state)):
            yield from values


def walk(root: Any) -> Iterator[Record]:
    """Every record below and with `root`, each once."""
    waiting, seen = [root], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, Record) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting.extend(
                reversed([child for child in each.children() if isinstance(child, Record)])
            )
