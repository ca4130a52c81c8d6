"""The pipeline of prediction: from pictures to saliency maps, and to files.

Two kinds of model, one kind of folder. A network takes batches
of small squares: images are decoded and maps are finished in threads, a few
dozen ahead of it and behind it. A baseline takes one whole picture and keeps
a core busy with it: pictures are shared among processes. Memory does not grow
with the number of images in either.

>>> import numpy as np
>>> centre = np.zeros((1, 48, 48), 'float32')
>>> centre[:, 24, 24] = 1
>>> picture = np.zeros((60, 80, 3), 'uint8')
>>> saliency(lambda images: centre, picture).shape
(60, 80)
"""

import collections
import contextlib
import functools
import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Generator, Iterable, NamedTuple, Optional, Union

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, did_you_mean
from juntingnet_theano.files import urls
from juntingnet_theano.pictures.images import check_rgb, is_animated, read_with_size
from juntingnet_theano.prediction import densities, views
from juntingnet_theano.prediction.postprocessing import postprocess, postprocess_in_strips
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import map_folders, map_hdf5
from juntingnet_theano.saliency_maps.maps import resized_strips
from juntingnet_theano.saliency_maps.striped import Striped
from juntingnet_theano.settings.density import Density
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import FITS, IMAGE_SIZE
from juntingnet_theano.workers import cores, ordered_map

ROWS = 12
"""Many pictures go through the network in multiples of so many views. BLAS
rounds each row of its blocks of twelve in a way of its own, and what they leave
over in another. So a picture keeps its place, also behind one that is broken,
and blank views fill the end: a map does not depend on the pictures beside it."""


def in_blocks(model: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A model that is given whole blocks of `ROWS` views, blank ones at the end.

    >>> in_blocks(lambda pixels: np.full(len(pixels), len(pixels)))(np.zeros((2, 3))).tolist()
    [12, 12]
    """

    def filled(pixels):
        end = np.zeros((-len(pixels) % ROWS,) + pixels.shape[1:], pixels.dtype)
        return model(np.concatenate([pixels, end]))[: len(pixels)]

    return filled


def in_half_blocks(
    model: Callable[[np.ndarray], np.ndarray], count: int
) -> Callable[[np.ndarray], np.ndarray]:
    """A model whose pictures, of `count` views each, begin blocks of `ROWS` views
    or lie in their first half, which is rounded alike: what one gives does not
    depend on its place.

    >>> in_half_blocks(lambda pixels: np.arange(len(pixels)), 2)(np.zeros((8, 3))).tolist()
    [0, 1, 2, 3, 4, 5, 12, 13]
    """
    share = pictures_a_block(count) * count

    def spread(pixels):
        rows = np.arange(len(pixels))
        rows = rows // share * ROWS + rows % share
        blocks = np.zeros((-(-len(pixels) // share) * ROWS,) + pixels.shape[1:], pixels.dtype)
        blocks[rows] = pixels
        return model(blocks)[rows]

    return spread


def pictures_a_block(count: int) -> int:
    """Of `count` views, for `in_half_blocks`.

    >>> pictures_a_block(1), pictures_a_block(12)
    (6, 1)
    """
    return max(1, ROWS // 2 // count)


def group_size(batch: int, count: int) -> int:
    """Pictures that go through the network at once, for a `batch` of views.

    >>> group_size(60, 12), group_size(60, 1), group_size(7, 2)
    (5, 60, 6)
    """
    least = ROWS // math.gcd(ROWS, count)  # pictures that fill whole blocks
    return max(1, batch // count // least) * least


MOST_PIXELS = 1 << 24
"""A baseline is given no more of a photograph: they look at less."""


class Summary(NamedTuple):
    """What `predict` or `predict_pictures` did.

    Attributes
    ----------
    written : int
        Number of maps.
    skipped : list of BadFile
        Why an image was left out, one error each.
    animated : int
        Pictures of several frames, of which the first was looked at.
    """

    written: int
    skipped: list
    animated: int = 0


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


def saliency(
    model: Callable[[np.ndarray], np.ndarray],
    image: Union[str, np.ndarray],
    post: PostProcessing = PostProcessing(),
    fit: str = 'squash',
) -> np.ndarray:
    """Where people will look at one picture.

    Parameters
    ----------
    model : callable
        uint8 n x 3 x 96 x 96 -> float32 n x 48 x 48, such as `models.load`
        gives.
    image : str or uint8 array, H x W x 3
        A file, or an RGB picture.
    post : PostProcessing
    fit : {'squash', 'crop'}
        How the picture is brought to 96 x 96; the one of the training cache.

    Returns
    -------
    float32 array, H x W
        The saliency map, in [0, 1], of the picture's size.

    Raises
    ------
    BadFile
        The file cannot be read, or the array is no RGB picture.
    """
    prepared = prepare(image, fit, post.check().views)
    return finish(prepared, model(prepared.pixels), post)


def predict(
    model: Callable[[np.ndarray], np.ndarray],
    stimuli: Iterable[Any],
    out: str,
    form: str = 'png8',
    post: PostProcessing = PostProcessing(),
    fit: str = 'squash',
    overlays: bool = False,
    batch: int = 60,
    workers: Optional[int] = None,
    skip_bad: bool = False,
    total: Optional[int] = None,
    density: Optional[Density] = None,
) -> Summary:
    """Predict pictures and write their maps, as a stream.

    Existing maps are made anew: each file is replaced when it is complete.

    Parameters
    ----------
    model : callable
        As in `saliency`.
    stimuli : iterable of (name, image)
        `stimuli.Stimulus` or pairs; read only a little ahead.
    out : str
        Folder; the map of ``a/b`` is ``out/a/b.png`` (or ``.npy``, ``.mat``).
    form : str
        A key of `map_files.FORMS` or `map_hdf5.FORMS`.
    post, fit
        As in `saliency`.
    overlays : bool
        Write ``out/overlays/<name>.jpg`` besides.
    batch : int
        Views that go through the network at once.
    workers : int, optional
        Threads that decode and finish; one a core by default.
    skip_bad : bool
        Go on after an image that cannot be read.
    total : int, optional
        Number of stimuli where it is known, for the progress bar.
    density : density.Density, optional
        Write logarithms of densities by these numbers, instead of maps.

    Returns
    -------
    Summary

    Raises
    ------
    BadSetting
        For an unknown `form` or `fit`, or what `post` has.
    BadFile
        For the first image that cannot be read, or whose name would leave
        `out` or replace the image itself, unless `skip_bad`.
    """
    with map_folders.opened(out, form, overlays) as folder:
        done = network_outcomes(model, stimuli, folder, post, fit, batch, workers, density)
        return summarise(done, skip_bad, total)


def summarise(
    done: Generator[Any, None, None], skip_bad: bool = False, total: Optional[int] = None
) -> Summary:
    """Show the progress of outcomes, and count them.

    Parameters
    ----------
    done : generator
        Of each picture, whether it was an animated one, or the error.
    skip_bad, total
        As in `predict`.

    Returns
    -------
    Summary

    Raises
    ------
    BadFile
        The first of `done`, unless `skip_bad`.
    """
    skipped = []
    written = animated = 0
    with contextlib.closing(done):
        for found in progress(done, 'predicting', 'images', total):
            if not isinstance(found, BadFile):
                written += 1
                animated += bool(found)
            elif skip_bad:
                skipped.append(found)
            else:
                raise found
    return Summary(written, skipped, animated)


def network_outcomes(
    model: Callable[[np.ndarray], np.ndarray],
    stimuli: Iterable[Any],
    folder: Any,
    post: PostProcessing = PostProcessing(),
    fit: str = 'squash',
    batch: int = 60,
    workers: Optional[int] = None,
    density: Optional[Density] = None,
) -> Generator[Any, None, None]:
    """Write the maps of a network, one by one.

    Parameters
    ----------
    folder : object
        What `map_folders.opened` gives.
    model, stimuli, post, fit, batch, workers, density
        As in `predict`.

    Returns
    -------
    generator
        As `summarise` takes it.

    Raises
    ------
    BadSetting
        As `predict`, at once.
    """
    post.check()
    if fit not in FITS:
        raise BadSetting('predicting', f'fit={fit!r}', did_you_mean(str(fit), FITS))
    # Other programs give our model whole arrays, and compare.
    whole = isinstance(folder, map_hdf5.MapFile)
    return stream(
        model,
        stimuli,
        functools.partial(_prepare, folder=folder, fit=fit, count=post.views, whole=whole),
        functools.partial(_finish, folder=folder, post=post, density=density),
        group_size(batch, post.views),
        workers,
    )


def stream(
    model: Callable[[np.ndarray], np.ndarray],
    items: Iterable[Any],
    prepare: Callable[[Any], Prepared],
    finish: Callable[[Prepared, np.ndarray], Any],
    group: int,
    workers: Optional[int] = None,
    blocks: Callable[..., Any] = in_blocks,
) -> Generator[Any, None, None]:
    """Pictures through a network, in order, with memory that stays flat.

    Parameters
    ----------
    model : callable
        As in `saliency`.
    items : iterable
        Pictures; read only a little ahead.
    prepare : callable
        An item -> `Prepared`. Runs in threads, ahead of the network.
    finish : callable
        A `Prepared` and the maps of its views -> a result. Runs in threads.
    group : int
        Pictures that go through the network at once.
    workers : int, optional
        Threads; one a core by default.
    blocks : callable
        What the model of several pictures becomes.

    Yields
    ------
    object
        The result of each item, or the error of an item that is no picture.
    """
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
                    _predicted(model, in_order(prepare, itertools.chain(first, items)), group),
                )
            )
        )
        yield from results


def predict_pictures(
    model: Callable[[np.ndarray], np.ndarray],
    stimuli: Iterable[Any],
    out: str,
    form: str = 'png8',
    overlays: bool = False,
    workers: Optional[int] = None,
    skip_bad: bool = False,
    total: Optional[int] = None,
) -> Summary:
    """As `predict`, with a model that takes one whole picture at a time.

    Parameters
    ----------
    model : callable
        uint8 H x W x 3 -> float H x W in [0, 1], such as `baselines.load`
        gives; picklable, for more than one worker.
    stimuli, out, form, overlays, skip_bad, total
        As in `predict`.
    workers : int, optional
        Processes; by default one a core, or none beside this one for a
        handful of pictures.

    Returns
    -------
    Summary

    Raises
    ------
    BadSetting, BadFile
        As `predict`.
    """
    with map_folders.opened(out, form, overlays) as folder:
        return summarise(picture_outcomes(model, stimuli, folder, workers), skip_bad, total)


def picture_outcomes(
    model: Callable[[np.ndarray], np.ndarray],
    stimuli: Iterable[Any],
    folder: Any,
    workers: Optional[int] = None,
) -> Generator[Any, None, None]:
    """As `network_outcomes`, with a model that `predict_pictures` takes."""
    work = ordered_map(functools.partial(_whole, model, folder), stimuli, 1, workers)
    with contextlib.closing(work):
        for stimulus, found in work:
            if isinstance(found, BadFile):
                yield found
            else:
                folder.write(*stimulus, saliency_map=_of_size(*found))
                yield _is_animated(stimulus)


def _whole(model, folder, stimulus):
    """A stimulus, and its map and the size to bring it to, or why there is
    none: a large map would cross from process to process."""
    name, image = stimulus
    try:
        folder.target(name, image)
        if isinstance(image, np.ndarray):
            return stimulus, (model(image), image.shape[:2])
        picture, size = read_with_size(image, most=MOST_PIXELS)
        return stimulus, (model(picture), size)
    except BadFile as error:
        return stimulus, error


def _of_size(found, size):
    """A map at the size of its picture, which may have been read smaller."""
    return found if found.shape == size else Striped(size, lambda: resized_strips(found, size))


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
    return postprocess(_grid(grids, post), prepared.size, post)


def _grid(grids, post):
    return views.merge(grids, post.views, post.scale == 'stretch')


def _prepare(stimulus, folder, fit, count, whole=False):
    name, image = stimulus
    try:
        with urls.kept():
            folder.target(name, image)
            if whole and not isinstance(image, np.ndarray):
                picture, size = read_with_size(image)
                found = prepare(picture, fit, count, stimulus)._replace(size=size)
            else:
                found = prepare(image, fit, count, stimulus)
            return found._replace(animated=_is_animated(stimulus))
    except BadFile as error:
        return Prepared(stimulus, error=error)


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
    """Maps of the pictures' views, an array a picture."""
    pixels = [blank if each.error else each.pixels for each in group]
    return np.split(model(np.concatenate(pixels)), len(group))


def _is_animated(stimulus):
    return not isinstance(stimulus[1], np.ndarray) and is_animated(stimulus[1])


def _finish(prepared, grids, folder, post, density=None):
    """Write a map; whether its picture was an animated one."""
    if density is None:
        found = postprocess_in_strips(_grid(grids, post), prepared.size, post)
    else:
        found = densities.log_density(finish(prepared, grids, post), density)
    folder.write(*prepared.stimulus, saliency_map=found)
    return prepared.animated
