"""A stream of pictures through a network, in order and with flat memory.

Pictures are decoded and maps are finished in threads, a few dozen ahead of the
network and behind it.

>>> centre = np.zeros((1, 48, 48), 'float32')
>>> centre[:, 24, 24] = 1
>>> picture = prepare(np.zeros((60, 80, 3), 'uint8'), 'squash', 1)
>>> finish(picture, centre, PostProcessing()).shape
(60, 80)
"""

import collections
import contextlib
import functools
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Generator, Iterable, NamedTuple, Optional, Union

import numpy as np

from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures.images import check_rgb, read_with_size
from juntingnet_theano.prediction import views
from juntingnet_theano.prediction.blocks import in_blocks
from juntingnet_theano.prediction.postprocessing import postprocess
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import IMAGE_SIZE
from juntingnet_theano.workers import cores


class Prepared(NamedTuple):
    """A picture as the network takes it, or why there is none.

    Attributes
    ----------
    stimulus : object
        The picture that this was made from.
    pixels : uint8 array, views x 3 x 96 x 96
    size : (int, int)
        (height, width) of the picture.
    error : BadFile or None
    animated : bool
        It has more frames than this one.
    """

    stimulus: Any
    pixels: Any = None
    size: Any = None
    error: Any = None
    animated: bool = False


def prepare(image: Union[str, np.ndarray], fit: str, count: int, stimulus: Any = None) -> Prepared:
    """A `Prepared` picture.

    Parameters
    ----------
    image : str or uint8 array, H x W x 3
        A file, or an RGB picture.
    fit, count
        As for `views.pixels`.
    stimulus : object, optional
        Kept in the result.

    Raises
    ------
    BadFile
        The file cannot be read, or the array is no RGB picture.
    """
    if isinstance(image, np.ndarray):
        check_rgb(image)
        picture, size = image, image.shape[:2]
    else:
        picture, size = read_with_size(image, views.side(IMAGE_SIZE, count))
    return Prepared(stimulus, views.pixels(picture, IMAGE_SIZE, count, fit), size)


def finish(prepared: Prepared, grids: np.ndarray, post: PostProcessing) -> np.ndarray:
    """The map of a `Prepared` picture, from those of its views: float32,
    H x W, in [0, 1]."""
    return postprocess(merge(grids, post), prepared.size, post)


def merge(grids: np.ndarray, post: PostProcessing) -> np.ndarray:
    """One 48 x 48 map of those of a picture's views."""
    return views.merge(grids, post.views, post.scale == 'stretch')


def stream(
    model: Callable[[np.ndarray], np.ndarray],
    items: Iterable[Any],
    prepare: Callable[[Any], Prepared],
    finish: Callable[[Prepared, np.ndarray], Any],
    group: int,
    workers: Optional[int] = None,
    blocks: Callable[..., Any] = in_blocks,
) -> Generator[Any, None, None]:
    """Send pictures through a network, a group at a time.

    Parameters
    ----------
    model : callable
        uint8 n x 3 x 96 x 96 -> float32 n x 48 x 48, such as `models.load`
        gives.
    items : iterable
        Pictures; read only a little ahead.
    prepare : callable
        An item -> `Prepared`, or `BadFile`. Runs in threads, ahead of the network.
    finish : callable
        A `Prepared` and the maps of its views -> a result. Runs in threads.
    group : int
        Pictures that go through the network at once.
    workers : int, optional
        Threads; one per core by default.
    blocks : callable
        What the model of several pictures becomes.

    Yields
    ------
    object
        The result of each item, or the error of an item that is no picture.
    """

    def ready(item):
        try:
            return prepare(item)
        except BadFile as error:
            return Prepared(None, error=error)

    items = iter(items)
    first = list(itertools.islice(items, 2))
    with contextlib.ExitStack() as stack:
        in_order: Callable[..., Any] = _one_by_one
        if len(first) > 1:  # for one picture both cost more than they save
            model = blocks(model)
            pool = stack.enter_context(ThreadPoolExecutor(workers or cores()))
            in_order = functools.partial(map_ahead, pool, 2 * group)
        # Closed before the pool, so that no waiting call starts any more.
        results = stack.enter_context(
            contextlib.closing(
                in_order(
                    lambda pair: pair[0].error or finish(*pair),
                    _predicted(model, in_order(ready, itertools.chain(first, items)), group),
                )
            )
        )
        yield from results


def _one_by_one(function, items):
    return (function(item) for item in items)


def map_ahead(
    pool: ThreadPoolExecutor, depth: int, function: Callable[[Any], Any], items: Iterable[Any]
) -> Generator[Any, None, None]:
    """Results of `function` in order, with `depth` calls under way in the
    threads of a pool. Closing the generator cancels those that wait."""
    waiting = collections.deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _predicted(model, prepared, batch):
    """Pairs of what is prepared and the 48 x 48 maps of its views; nothing
    in place of the maps of what is no picture."""
    prepared = iter(prepared)
    for group in iter(lambda: list(itertools.islice(prepared, batch)), []):
        good = [each.pixels for each in group if each.error is None]
        grids = _grids(model, group, np.zeros_like(good[0])) if good else group
        for each, found in zip(group, grids):
            yield each, found if each.error is None else None


def _grids(model, group, blank):
    """Maps of the pictures' views, an array per picture."""
    pixels = [blank if each.error else each.pixels for each in group]
    return np.split(model(np.concatenate(pixels)), len(group))
