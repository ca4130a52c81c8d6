"""Forms: the files and options of a request, from its body and its query."""

from typing import Any, Dict, Optional, Sequence

from juntingnet_theano.errors import BadFile, BadSetting, did_you_mean
from juntingnet_theano.web.uploads import DOING

MOST_PARTS = 8
FILES = ('file', 'fixations', 'others')
"""Fields that are files; a file of any other name is taken for the first."""


def read_fields(request: Any, body: bytes) -> Dict[str, bytes]:
    """Fields of a form; of anything else, a file that is the whole body.

    Raises
    ------
    BadFile
        The form is broken, or has more than `MOST_PARTS`.
    """
    kind, _, rest = request.headers.get('content-type', '').partition(';')
    if kind.strip().lower() != 'multipart/form-data':
        return {'file': body}
    from python_multipart import multipart
    from python_multipart.exceptions import FormParserError

    boundary = multipart.parse_options_header(kind + ';' + rest)[1].get(b'boundary', b'')
    if not 0 < len(boundary) <= 70:  # RFC 2046
        raise BadFile(DOING, 'a form without a boundary', 'multipart/form-data')
    parts = _Parts(multipart.parse_options_header)
    try:
        # Callbacks as a plain dictionary, which the library's own type is, too.
        parser = multipart.MultipartParser(
            boundary,
            parts.callbacks(),  # pyright: ignore[reportArgumentType]
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadFile(DOING, f'a broken form: {error}', 'multipart/form-data') from None
    if not parts.ended:
        raise BadFile(DOING, 'a form that was cut off', 'multipart/form-data to its end')
    return parts.fields


def read_options(request: Any, fields: Dict[str, bytes], known: Sequence[str]) -> Dict[str, str]:
    """Options of the query, and of a form's fields beside the files.

    Raises
    ------
    BadSetting
        One is not among the `known`, or comes twice.
    """
    options = {
        name: content.decode('utf-8', 'replace')
        for name, content in fields.items()
        if name not in FILES
    }
    query = request.query_params.multi_items()
    options.update(query)
    for name in options:
        if name not in known or sum(name == each for each, _ in query) > 1:
            raise BadSetting(DOING, f'{name:.60}=', did_you_mean(name, known))
    return options


def whole_number(options: Dict[str, str], name: str, allowed: Sequence[int]) -> Optional[int]:
    """A whole number among the options, or None.

    >>> whole_number({'views': '2'}, 'views', (1, 2, 12))
    2

    Raises
    ------
    BadSetting
        It is not among the `allowed`.
    """
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) in allowed):
        expected = (
            f'{allowed[0]} to {allowed[-1]}'
            if isinstance(allowed, range)
            else 'one of: ' + ', '.join(map(str, allowed))
        )
        raise BadSetting(DOING, f'{name}={text:.60}', expected)
    return int(text)


class _Parts:
    """What `MultipartParser` calls."""

    def __init__(self, parse_options_header):
        self._options = parse_options_header
        self.fields, self.ended = {}, False
        self._count = 0

    def callbacks(self):
        return {name: getattr(self, name) for name in dir(self) if name.startswith('on_')}

    def on_part_begin(self):
        self._count += 1
        if self._count > MOST_PARTS:
            raise BadFile(DOING, 'a form of many parts', f'at most {MOST_PARTS}')
        self._content, self._headers = bytearray(), {}
        self._name, self._value = bytearray(), bytearray()

    def on_header_field(self, data, start, end):
        self._name += data[start:end]

    def on_header_value(self, data, start, end):
        self._value += data[start:end]

    def on_header_end(self):
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def on_part_data(self, data, start, end):
        self._content += memoryview(data)[start:end]

    def on_part_end(self):
        _, options = self._options(self._headers.get(b'content-disposition', b''))
        name = options.get(b'name', b'').decode('utf-8', 'replace')
        if b'filename' in options and name not in FILES:
            name = FILES[0]
        self.fields.setdefault(name, bytes(self._content))

    def on_end(self):
        self.ended = True
