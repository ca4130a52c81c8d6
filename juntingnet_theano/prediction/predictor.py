"""What all models share: from whatever holds pictures to maps.

`models` has a network with its weights, and a baseline without.

>>> class Flat(Predictor):
...     def _one(self, picture, size, views):
...         return np.zeros(size, 'float32')
>>> Flat('flat', 60, None).predict(np.zeros((6, 8), 'uint8')).shape
(6, 8)
"""

import contextlib
import functools
import numbers
import operator
from typing import Any, Iterable, Iterator, Optional, Tuple

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.pictures import carriers


class Predictor:
    """A model, up to what it makes of one picture and of a stream of them.

    Parameters
    ----------
    name : str
        What the model is opened by.
    batch_size, workers, **options
        As for `models.load`; each class takes them by these names.
    """

    def __init__(self, name: str, batch_size: int, workers: Optional[int], **options: Any) -> None:
        self.name, self._source = name, name
        self._options = dict(options, batch_size=batch_size, workers=workers)
        _check_positive(batch_size=batch_size, workers=workers)

    def predict(
        self,
        picture: Any,
        views: Optional[int] = None,
        batch_size: Optional[int] = None,
        workers: Optional[int] = None,
        progress: bool = True,
    ) -> Any:
        """Where people will look in a picture, or in each of several.

        Parameters
        ----------
        picture : str, path, bytes, file object, PIL.Image.Image or array
            One picture, as `carriers.rgb` says: arrays are H x W or
            H x W x 1, 3, 4, of uint8, uint16 or floats in [0, 1]. Or any
            iterable of pictures.
        views, batch_size, workers : int, optional
            As for `load`, for this call.
        progress : bool
            Show a bar (tqdm), for more than one picture.

        Returns
        -------
        float32 array, or list of them
            A saliency map in [0, 1] of the picture's size, H x W; a list for
            an iterable.

        Raises
        ------
        BadFile
            What is no picture, with its index and why.
        BadSetting
            An option out of range.
        """
        if not carriers.is_one(picture):
            return list(self.predict_iter(picture, views, batch_size, workers, progress))
        _check_positive(batch_size=batch_size, workers=workers)
        return self._one(*carriers.pixels(carriers.take(picture)), views=views)

    def predict_iter(
        self,
        iterable: Iterable[Any],
        views: Optional[int] = None,
        batch_size: Optional[int] = None,
        workers: Optional[int] = None,
        progress: bool = True,
    ) -> Iterator[np.ndarray]:
        """As `predict`, for as many pictures as come, with flat memory.

        Parameters
        ----------
        iterable : iterable
            Pictures; read only a little ahead.
        views, batch_size, workers, progress
            As in `predict`.

        Returns
        -------
        generator of float32 array
            Maps in the order of the pictures. `BadFile` is raised at the
            place of what is no picture, after the maps before it.

        Raises
        ------
        BadSetting
            An option out of range, at once.
        """
        if carriers.is_one(iterable):
            raise BadSetting(
                'predicting several pictures',
                carriers.described(iterable),
                'an iterable of pictures',
                'predict() takes one picture',
            )
        _check_positive(batch_size=batch_size, workers=workers)
        return _shown(
            self._many(
                map(_taken, enumerate(iterable)),
                views,
                batch_size or self._options['batch_size'],
                workers or self._options['workers'],
            ),
            operator.length_hint(iterable, -1),
            progress,
        )

    def _one(self, picture: np.ndarray, size: Tuple[int, int], views: Optional[int]) -> np.ndarray:
        """The map, of `size`, of one picture."""
        raise NotImplementedError

    def _many(
        self, taken: Iterable[Any], views: Optional[int], batch_size: int, workers: Optional[int]
    ) -> Iterator[Any]:
        """The map, or the `BadFile`, of each of the pictures that were taken."""
        raise NotImplementedError

    def __reduce__(self) -> Tuple[Any, ...]:
        # Compiled functions are not pickled: they are large, and another
        # process has an engine of its own.
        return functools.partial(type(self), **self._options), (self._source,)


def pixels(taken: Any) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Pixels and size of what was taken; the error, if it was not."""
    if isinstance(taken, BadFile):
        raise taken
    return carriers.pixels(taken)


def _taken(indexed):
    """`carriers.take`, or the error that says why not."""
    index, value = indexed
    try:
        return carriers.take(value, index)
    except BadFile as error:
        return error


def _check_positive(**options):
    for name, value in options.items():
        if value is not None and not (isinstance(value, numbers.Integral) and int(value) >= 1):
            raise BadSetting('choosing how to predict', f'{name}={value!r}', 'at least 1')


def _shown(maps, total, progress):
    """Maps as they come, with a bar; errors are raised in their place."""
    from tqdm.auto import tqdm  # as slow to import as a map is to predict

    with contextlib.closing(maps), tqdm(
        desc='predicting',
        unit=' images',
        total=None if total < 0 else total,
        disable=not progress or total in (0, 1),
    ) as bar:
        for each in maps:
            if isinstance(each, BadFile):
                raise each
            yield each
            bar.update()
