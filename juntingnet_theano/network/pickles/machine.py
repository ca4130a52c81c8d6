"""The machine that follows a pickle's opcodes, and can do nothing else.

It knows the opcodes of protocols 2 to 5 that a network may be written with.
Unknown to it, and refused: what only protocols 0 and 1 need, persistent and
extension codes, instances by name, integers of more than 255 bytes, buffers
outside the stream.

>>> import io, pickle
>>> stream = pickle.dumps([1, (2., 'a')], 2)
>>> run(io.BytesIO(stream), len(stream)).items[1].items
[2.0, 'a']
"""

from typing import Any, BinaryIO

from juntingnet_theano.network.pickles.records import Name, Record, is_allowed
from juntingnet_theano.network.pickles.stream import Stream

MAX_OPCODES = 1 << 21  # with its compiled functions a network takes 280,000
_DIGITS = 30


def run(file: BinaryIO, size: int) -> Any:
    """Follow the opcodes of a whole pickle.

    Parameters
    ----------
    file : binary file object
    size : int
        Its bytes.

    Returns
    -------
    Record, Name, Span, str, bytes, number or None
        What the pickle leaves on the stack.

    Raises
    ------
    ValueError
        With the cause and the byte, where the stream is broken, too long, or
        asks for what no network needs.
    """
    machine = _Machine(Stream(file, size))
    try:
        return machine.run()
    except LookupError:
        cause = 'it takes what it has not put there'
    except ValueError as error:
        cause = str(error)
    raise ValueError(f'byte {file.tell():,}: {cause}')


class _Machine:
    """A stack, the stacks below it since each mark, and a memo."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._stack, self._below, self._memo = [], [], {}

    def run(self) -> Any:
        for _ in range(MAX_OPCODES):
            code = self._stream.read(1)
            if code == b'.':
                if self._stream.left():
                    raise ValueError('the file continues after the pickle ends')
                return self._stack.pop()
            follow = _OPCODES.get(code)
            if follow is None:
                raise ValueError(f'opcode {code!r}')
            follow(self)
        raise ValueError(f'more than {MAX_OPCODES:,} opcodes')

    # --- the stack -----------------------------------------------------------

    def _since_mark(self):
        items, self._stack = self._stack, self._below.pop()
        return items

    def _top(self, *kinds):
        record = self._stack[-1]
        if not isinstance(record, Record) or record.kind not in kinds:
            raise ValueError('no {} where one should be'.format(' or '.join(kinds)))
        return record

    def _args(self):
        record = self._top('tuple')
        self._stack.pop()
        return record

    def _name(self):
        name = self._stack.pop()
        if not isinstance(name, Name):
            raise ValueError('a call of something that is not a name')
        return name

    # --- opcodes -------------------------------------------------------------

    def proto(self) -> None:
        version = self._stream.number('B')
        if not 2 <= version <= 5:
            raise ValueError(f'protocol {version}')

    def frame(self) -> None:
        length = self._stream.number('<Q')
        if length > self._stream.left():
            raise ValueError(f'a frame of {length:,} bytes')

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._stack = self._below.pop()

    def dup(self) -> None:
        self._stack.append(self._stack[-1])

    def integer(self) -> None:
        """cPickle's form of numbers that need more than four bytes."""
        self._stack.append(int(self._stream.line(_DIGITS)))

    def long1(self) -> None:
        data = self._stream.read(self._stream.number('B'))
        self._stack.append(int.from_bytes(data, 'little', signed=True))

    def tuple_of(self, count: int) -> None:
        items = self._stack[len(self._stack) - count :]
        if len(items) < count:
            raise IndexError
        del self._stack[len(self._stack) - count :]
        self._stack.append(Record('tuple', items))

    def marked(self, kind: str) -> None:
        items = self._since_mark()
        self._stack.append(Record(kind, items))

    def append(self) -> None:
        value = self._stack.pop()
        self._extend(self._top('list', 'object'), [value])

    def appends(self) -> None:
        values = self._since_mark()
        self._extend(self._top('list', 'object'), values)

    def additems(self) -> None:
        values = self._since_mark()
        self._extend(self._top('set'), values)

    def setitem(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set(self._top('dict', 'object'), [key, value])

    def setitems(self) -> None:
        pairs = self._since_mark()
        self._set(self._top('dict', 'object'), pairs)

    @staticmethod
    def _extend(record, values):
        if not record.items:
            record.items = []  # the empty tuple stands for all others
        record.items.extend(values)

    @staticmethod
    def _set(record, pairs):
        if len(pairs) % 2:
            raise ValueError('a key without value')
        if not record.pairs:
            record.pairs = []
        record.pairs.extend(pairs)

    def marked_dict(self) -> None:
        pairs = self._since_mark()
        self._stack.append(Record('dict'))
        self._set(self._stack[-1], pairs)

    def get(self, form: str) -> None:
        self._stack.append(self._memo[self._stream.number(form)])

    def put(self, form: str) -> None:
        self._memo[self._stream.number(form)] = self._stack[-1]

    def memoize(self) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def name(self, module: str, name: str) -> None:
        if not is_allowed(module, name):
            raise ValueError(
                'it asks for {}, which no network needs'.format(ascii(f'{module}.{name}')[1:-1])
            )
        self._stack.append(Name(module, name))

    def global_(self) -> None:
        self.name(self._stream.line(), self._stream.line())

    def stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError('a name that is not text')
        self.name(module, name)

    def call(self) -> None:
        """REDUCE and NEWOBJ: what would be called, and with what."""
        args = self._args()
        self._stack.append(Record('object', (), self._name(), args))

    def newobj_ex(self) -> None:
        self._top('dict')
        self._stack.pop()
        self.call()

    def obj(self) -> None:
        """An instance of Python 2's classes without `object`."""
        items = self._since_mark()
        if not items or not isinstance(items[0], Name):
            raise ValueError('an instance of no class')
        self._stack.append(Record('object', (), items[0], Record('tuple', items[1:])))

    def build(self) -> None:
        state = self._stack.pop()
        record = self._top('object')
        if record.state is not None:
            raise ValueError('a state for what has one')
        record.state = state


def _opcodes():
    """Opcode -> function of a machine."""
    machine = _Machine

    def constant(value):
        return lambda self: self._stack.append(value)

    def number(form):
        return lambda self: self._stack.append(self._stream.number(form))

    def string(form, is_text, keep):
        return lambda self: self._stack.append(self._stream.string(form, is_text, keep))

    def bind(function, *args):
        return lambda self: function(self, *args)

    def latin(data):
        return data.decode('latin-1')

    def text(data):
        return data.decode('utf-8', 'surrogatepass')

    return {
        b'\x80': machine.proto,
        b'\x95': machine.frame,
        b'(': machine.mark,
        b'0': machine.pop,
        b'2': machine.dup,
        b'1': machine._since_mark,
        b'N': constant(None),
        b'\x88': constant(True),
        b'\x89': constant(False),
        b'I': machine.integer,
        b'J': number('<i'),
        b'K': number('B'),
        b'M': number('<H'),
        b'\x8a': machine.long1,
        b'G': number('>d'),
        b'U': string('B', False, latin),
        b'T': string('<i', False, latin),
        b'C': string('B', False, bytes),
        b'B': string('<I', False, bytes),
        b'\x8e': string('<Q', False, bytes),
        b'\x96': string('<Q', False, bytes),
        b'\x8c': string('B', True, text),
        b'X': string('<I', True, text),
        b'\x8d': string('<Q', True, text),
        b']': lambda self: self._stack.append(Record('list')),
        b')': lambda self: self._stack.append(Record('tuple')),
        b'}': lambda self: self._stack.append(Record('dict')),
        b'\x8f': lambda self: self._stack.append(Record('set')),
        b'l': bind(machine.marked, 'list'),
        b't': bind(machine.marked, 'tuple'),
        b'\x91': bind(machine.marked, 'set'),
        b'd': machine.marked_dict,
        b'\x85': bind(machine.tuple_of, 1),
        b'\x86': bind(machine.tuple_of, 2),
        b'\x87': bind(machine.tuple_of, 3),
        b'a': machine.append,
        b'e': machine.appends,
        b'\x90': machine.additems,
        b's': machine.setitem,
        b'u': machine.setitems,
        b'h': bind(machine.get, 'B'),
        b'j': bind(machine.get, '<I'),
        b'q': bind(machine.put, 'B'),
        b'r': bind(machine.put, '<I'),
        b'\x94': machine.memoize,
        b'c': machine.global_,
        b'\x93': machine.stack_global,
        b'R': machine.call,
        b'\x81': machine.call,
        b'\x92': machine.newobj_ex,
        b'o': machine.obj,
        b'b': machine.build,
    }


_OPCODES = _opcodes()
