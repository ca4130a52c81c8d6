"""SALICON's result files: a JSON list of image numbers and pictures in base64.

`submission` writes and checks them, `predicted_maps` reads them.

>>> import io
>>> text = b'[{"image_id": 7, "saliency_map": ""},\\n {"image_id": "8"}]'
>>> [item['image_id'] for item in items(io.BytesIO(text))]
[7, '8']
>>> image_id('COCO_val2014_000000000042')
42
"""
import json

from juntingnet_theano.errors import BadFile

CHUNK = 1 << 16
LARGEST_ITEM = 1 << 26

FILE = 'fixations_{}2014_{}_results.json'
"""Name of a set's file, for its set (val, test) and the algorithm."""


def image_id(name):
    """COCO's number, the last field of a file name; None where it is none."""
    last = name.rsplit('_', 1)[-1]
    return int(last) if last.isdecimal() else None


def members(names, part):
    """Those of an archive's names that are result files of a set.

    >>> members(['fixations_val2014_a_results.json', 'readme'], 'val')
    ['fixations_val2014_a_results.json']
    """
    start, end = FILE.format(part, '\n').split('\n')
    return [name for name in names
            if name.startswith(start) and name.endswith(end)]


def items(file):
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
        It is no list of objects, or ends within one.
    """
    decoder, text, first = json.JSONDecoder(), '', True
    while True:
        chunk = file.read(CHUNK).decode('ascii', 'replace')
        text = (text + chunk).lstrip(' \t\r\n[' if first else ' \t\r\n,')
        while text.startswith('{'):
            try:
                item, end = decoder.raw_decode(text)
            except ValueError:
                break       # the object goes on in the next chunk
            first = False
            yield item
            text = text[end:].lstrip(' \t\r\n,')
        if text == ']' or len(text) > LARGEST_ITEM or not chunk:
            break
    if text.rstrip() != ']':
        raise BadFile('reading JSON', 'a broken list of results',
                      'a list of objects')
