"""Maps in the challenges' result files: LSUN's cells, SALICON's JSON.

`predicted_maps` opens them; `submission` writes and checks them.

>>> import io
>>> text = b'[{"image_id": 7, "saliency_map": ""}]'
>>> Pictures(io.BytesIO(text), 'results.json', ['COCO_val2014_000000000007']).names
{'COCO_val2014_000000000007'}
"""

import base64
import tempfile
from typing import Any, BinaryIO, Iterable, Iterator, Sequence

from juntingnet_theano.errors import BadFile
from juntingnet_theano.evaluation.file_sources import DOING
from juntingnet_theano.submission import cell_arrays, result_json

SPOOLED = 1 << 27
"""Bytes of a result file's pictures that are held in memory."""


class Cells:
    """LSUN's cell array: as many maps as the split has images, unnamed.

    Parameters
    ----------
    path : str
    names : sequence of str
        Of the split's images, in its order.
    """

    def __init__(self, path: str, names: Sequence[str]) -> None:
        found = cell_arrays.count(path)
        if found != len(names):
            raise BadFile(
                DOING,
                f'{path}: {found} cells',
                f'{len(names)}, one for each image of the split, since only '
                'their order says which image each belongs to',
            )
        self._path, self._order = path, list(names)
        self.names = set(names)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """Arrays of the images' maps; `names` in the split's order."""
        wanted = set(names)
        for name, cell in zip(self._order, cell_arrays.read(self._path)):
            if name in wanted:
                yield cell


class Pictures:
    """SALICON's result file: pictures in base64 by the image's number.

    Parameters
    ----------
    file : binary file object
    path : str
        Its name, for messages.
    names : sequence of str
        Of the split's images.
    """

    def __init__(self, file: BinaryIO, path: str, names: Sequence[str]) -> None:
        known = {result_json.parse_image_id(name): name for name in names}
        # Thousands of pictures: in memory only while they are small.
        self._file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - lives as long as this
        self._places = {}
        for item in result_json.read_items(file):
            number = result_json.parse_image_id(item.get('image_id'))
            name = known.get(number, 'image_id {:.40}'.format(str(item.get('image_id'))))
            if name in self._places:
                raise BadFile(DOING, f'{path}: {name} twice', 'one map for each image')
            try:
                picture = base64.b64decode(item['saliency_map'])
            except (KeyError, TypeError, ValueError) as error:
                raise BadFile(
                    DOING, f'{path}: {name}: {error!r:.200}', 'saliency_map in base64'
                ) from None
            self._places[name] = self._file.tell(), len(picture)
            self._file.write(picture)
        self.names = set(self._places)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """Names and contents of the images' pictures."""
        for name in names:
            start, length = self._places[name]
            self._file.seek(start)
            yield name + '.png', self._file.read(length)
