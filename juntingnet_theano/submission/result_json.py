"""SALICON's result files: a JSON list of image numbers and pictures in base64.

`archives` writes and checks them, `evaluation` reads them too.

>>> import io
>>> text = b'[{"image_id": 7, "saliency_map": ""},\\n {"image_id": "8"}]'
>>> [item['image_id'] for item in read_items(io.BytesIO(text))]
[7, '8']
>>> parse_image_id('COCO_val2014_000000000042')
42
"""

import json
import re
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Optional

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside

CHUNK = 1 << 16
LARGEST_ITEM = 1 << 26  # a picture of 48 MB in base64
MOST_ITEMS = 1 << 20

FILE = 'fixations_{}2014_{}_results.json'
"""Name of a set's file, for its set (val, test) and the algorithm."""

_DIGITS = 18  # of a number; COCO's have 12 with their zeros
_SPACE = re.compile('[ \t\r\n]*')
_BETWEEN = re.compile('[ \t\r\n,]*')


def parse_image_id(name: Any) -> Optional[int]:
    """COCO's number, the last field of a file name; None where it is none.

    >>> parse_image_id('COCO_val2014_000000000042'), parse_image_id('a_b')
    (42, None)
    """
    last = str(name).rsplit('_', 1)[-1]
    return int(last) if last.isdecimal() and len(last) <= _DIGITS else None


def find_members(paths: Iterable[str], part: str) -> List[str]:
    """Those of a listing's files that are result files of a set.

    >>> find_members(['a/fixations_val2014_a_results.json', 'readme'], 'val')
    ['a/fixations_val2014_a_results.json']
    """
    start, end = FILE.format(part, '\n').split('\n')
    return [
        path for path in paths if path.endswith(end) and path.rsplit('/', 1)[-1].startswith(start)
    ]


def read_items(file: BinaryIO) -> Iterator[Dict[str, Any]]:
    """Objects of a JSON list, one at a time, however it is laid out.

    Parameters
    ----------
    file : binary file object

    Yields
    ------
    dict

    Raises
    ------
    BadFile
        It is no list of objects, or ends within one; it has more than
        `MOST_ITEMS`, or one larger than `LARGEST_ITEM`.
    """
    decoder, reading = json.JSONDecoder(object_pairs_hook=outside.unique), _Text(file)
    if reading.skip(_SPACE) != '[':
        raise _bad('no list')
    reading.at += 1
    for _ in range(MOST_ITEMS):
        if reading.skip(_BETWEEN) != '{':
            break
        yield _item(decoder, reading)
    if reading.skip(_BETWEEN) != ']':
        raise _bad('a broken list of results')
    reading.at += 1
    if reading.skip(_SPACE):
        raise _bad('a list of results with more behind it')


def _item(decoder, reading):
    while True:
        try:
            item, reading.at = decoder.raw_decode(reading.text, reading.at)
            return item
        except json.JSONDecodeError:
            # The item may continue. Reading twice as much each time keeps all
            # that is parsed again below twice the item.
            if len(reading.text) - reading.at > LARGEST_ITEM:
                raise _bad(
                    f'an item of more than {LARGEST_ITEM >> 20} MB, or a broken one'
                ) from None
            if not reading.more():
                raise _bad(
                    'a list of results that ends within an item or has a broken one'
                ) from None
        except (ValueError, RecursionError) as error:  # digits, depth
            raise _bad(str(error)) from None


class _Text:
    """What has been read of a file and not been used: from `at` on."""

    def __init__(self, file):
        self._file = file
        self.text, self.at = '', 0

    def more(self):
        """Read as much as is there again; whether there was any."""
        left = self.text[self.at :]
        found = self._file.read(max(CHUNK, len(left)))
        self.text, self.at = left + found.decode('ascii', 'replace'), 0
        return bool(found)

    def skip(self, pattern):
        """Pass over what matches; the character behind it, or ''."""
        while True:
            self.at = pattern.match(self.text, self.at).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ''


def _bad(cause):
    return BadFile('reading JSON', cause, 'a list of objects')
