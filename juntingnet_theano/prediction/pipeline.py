"""The pipeline of prediction: from pictures to files of saliency maps.

Two kinds of model, one kind of folder. A network takes batches of small squares,
between threads that decode and finish (`streams`). A baseline takes one whole
picture and keeps a core busy with it: pictures are shared among processes.
Memory does not grow with the number of images in either.

>>> import tempfile
>>> picture = np.zeros((60, 80, 3), 'uint8')
>>> flat = lambda images: np.zeros((len(images), 48, 48), 'float32')
>>> predict(flat, [('a', picture), ('b', picture)], tempfile.mkdtemp()).written
2
"""

import contextlib
import functools
from typing import Any, Callable, Generator, Iterable, NamedTuple, Optional

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, did_you_mean
from juntingnet_theano.files import urls
from juntingnet_theano.pictures.images import is_animated, read_with_size
from juntingnet_theano.prediction import densities, streams
from juntingnet_theano.prediction.blocks import group_size
from juntingnet_theano.prediction.postprocessing import postprocess_in_strips
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import map_folders, map_hdf5
from juntingnet_theano.saliency_maps.maps import resized_strips
from juntingnet_theano.saliency_maps.striped import Striped
from juntingnet_theano.settings.density import Density
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import FITS
from juntingnet_theano.workers import ordered_map

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
        uint8 n x 3 x 96 x 96 -> float32 n x 48 x 48, such as `models.load`
        gives.
    stimuli : iterable of (name, image)
        `stimuli.Stimulus` or pairs; read only a little ahead.
    out : str
        Folder; the map of ``a/b`` is ``out/a/b.png`` (or ``.npy``, ``.mat``).
    form : str
        A key of `map_files.FORMS` or `map_hdf5.FORMS`.
    post : PostProcessing
    fit : {'squash', 'crop'}
        How pictures are brought to 96 x 96; the one of the training cache.
    overlays : bool
        Write ``out/overlays/<name>.jpg`` besides.
    batch : int
        Views that go through the network at once.
    workers : int, optional
        Threads that decode and finish; one per core by default.
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
    return streams.stream(
        model,
        stimuli,
        functools.partial(_prepare, folder=folder, fit=fit, count=post.views, whole=whole),
        functools.partial(_finish, folder=folder, post=post, density=density),
        group_size(batch, post.views),
        workers,
    )


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
        Processes; by default one per core, or none beside this one for a
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


def _prepare(stimulus, folder, fit, count, whole=False):
    name, image = stimulus
    with urls.kept():
        folder.target(name, image)
        if whole and not isinstance(image, np.ndarray):
            picture, size = read_with_size(image)
            found = streams.prepare(picture, fit, count, stimulus)._replace(size=size)
        else:
            found = streams.prepare(image, fit, count, stimulus)
        return found._replace(animated=_is_animated(stimulus))


def _is_animated(stimulus):
    return not isinstance(stimulus[1], np.ndarray) and is_animated(stimulus[1])


def _finish(prepared, grids, folder, post, density=None):
    """Write a map; whether its picture was an animated one."""
    if density is None:
        found = postprocess_in_strips(streams.merge(grids, post), prepared.size, post)
    else:
        found = densities.log_density(streams.finish(prepared, grids, post), density)
    folder.write(*prepared.stimulus, saliency_map=found)
    return prepared.animated
