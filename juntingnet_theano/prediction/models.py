"""Models of where people look: load one, give it pictures, get maps.

A model is a network with its weights, or a baseline without. A picture is
anything that `pictures.carriers` reads; an iterable holds several.

>>> import numpy as np
>>> model = load('centre')
>>> grey = np.zeros((6, 8), 'uint8')
>>> model.predict(grey).shape, len(model.predict([grey, grey, grey]))
((6, 8), 3)
>>> model
<Baseline centre: Centre, no weights>
>>> load('nowhere/weights.hdf5')
Traceback (most recent call last):
    ...
juntingnet_theano.errors.MissingFile: While ...
"""

import contextlib
import functools
import itertools
import numbers
import operator
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterable, Iterator, Optional, Tuple, Union

import numpy as np

from juntingnet_theano import baselines
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles, did_you_mean
from juntingnet_theano.network import pretrained, shapes
from juntingnet_theano.pictures import carriers
from juntingnet_theano.prediction import streams
from juntingnet_theano.prediction.blocks import group_size
from juntingnet_theano.saliency_maps.maps import resize
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import PreprocessingSettings
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import Run
from juntingnet_theano.workers import cores

BATCH = 60

_DEVICE = re.compile(r'cpu|(cuda|gpu)\d*')


def load(
    weights: Union[str, 'os.PathLike[str]', None] = None,
    cache: Union[str, 'os.PathLike[str]', None] = None,
    views: Optional[int] = None,
    batch_size: int = BATCH,
    workers: Optional[int] = None,
    device: Optional[str] = None,
) -> Union['Model', 'Baseline']:
    """Open a model.

    Parameters
    ----------
    weights : str or path, optional
        A name of `list_models`, a weights file, or the folder of a run,
        whose best weights are taken; the weights that come with the package
        by default. A name wins over a file that is called the same.
    cache : str or path, optional
        For ``'mean-map'`` alone: the cache whose training maps are averaged.
    views : {1, 2, 12}, optional
        How many views of a picture a network looks at; by default as many as
        its weights say.
    batch_size : int
        Views that go through a network at once; of a baseline, pictures that
        may be under way.
    workers : int, optional
        Threads; one per core by default.
    device : str, optional
        ``'cpu'``, ``'cuda'``, ``'cuda0'``, ...; as THEANO_FLAGS say by
        default. A process has one device, which the first network chooses.

    Returns
    -------
    Model or Baseline
        Both have `predict` and `predict_iter`. Pickled, they are the path and
        these options.

    Raises
    ------
    BadSetting
        An unknown name (with the nearest), or an option that the model does
        not take.
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.

    Examples
    --------
    >>> import juntingnet_theano as jn
    >>> maps = jn.load().predict(['a.jpg'])     # doctest: +SKIP
    >>> sorted(jn.list_models())[:2]
    ['bms', 'centre']
    """
    weights = os.fspath(pretrained.DEFAULT if weights is None else weights)
    if weights in baselines.BASELINES:
        return Baseline(weights, cache, views, batch_size, workers, device)
    if cache is not None:
        raise BadSetting(
            'opening the model ' + weights, 'a cache', "one for 'mean-map', and for no other"
        )
    return Model(weights, views, batch_size, workers, device)


def list_models() -> Dict[str, str]:
    """What `load` knows by name.

    Returns
    -------
    dict of str to str
        Name -> what it is, in one line.

    Examples
    --------
    >>> print(list_models()['centre'])
    Centre. People look there first, whatever the picture shows.
    """
    found = {each.name: 'JuntingNet, ' + each.title for each in pretrained.entries() if each.path}
    for name, each in baselines.BASELINES.items():
        found[name] = f'{each.title}. {each.about}'
    return found


class _Predictor:
    """What all models share: from whatever holds pictures to maps."""

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
        return functools.partial(load, **self._options), (self._source,)


class Model(_Predictor):
    """A network with its weights; compiled when it is first called.

    Parameters
    ----------
    weights : str
        A name, a weights file, or the folder of a run.
    views, batch_size, workers, device
        As for `load`.

    Attributes
    ----------
    name : str
        As it was asked for.
    path : str
        Weights file; says how pictures become squares and how maps are
        finished.
    attributes : dict
        What the weights say of themselves.
    fit : {'squash', 'crop'}
        How pictures become 96 x 96 squares.
    post : postprocessing.PostProcessing
        How 48 x 48 maps become those of a picture.

    Raises
    ------
    MissingFiles, BadFile, BadSetting
        As `load`.
    """

    def __init__(
        self,
        weights: str,
        views: Optional[int] = None,
        batch_size: int = BATCH,
        workers: Optional[int] = None,
        device: Optional[str] = None,
    ) -> None:
        super().__init__(weights, batch_size, workers, views=views, device=device)
        _choose(device)
        # Imported here, as models without weights need no HDF5.
        from juntingnet_theano.network.weights import read_attributes

        # Absolute, since this process may change its folder, and a process
        # that unpickles the model may have another.
        self.path = os.path.abspath(weights_path(weights))
        self._source = (
            weights if weights in (each.name for each in pretrained.entries()) else self.path
        )
        self.attributes = read_attributes(self.path)
        self._megabytes = os.path.getsize(self.path) / 1e6
        self.fit = self._said('preprocessing', PreprocessingSettings.from_json).fit
        self.post = self._seen(views, self._said('postprocessing', PostProcessing.from_json))

    def _said(self, name, from_json):
        """What the weights say of a stage; its defaults where they do not."""
        try:
            return from_json(self.attributes.get(name, '{}'))
        except (BadSetting, ValueError, TypeError) as error:
            raise BadFile(
                f'reading {name} of {self.path}',
                getattr(error, 'got', str(error)),
                'its settings in JSON',
            ) from error

    @staticmethod
    def _seen(views, post):
        return post if views is None else post._replace(views=views).check()

    @functools.cached_property
    def _compiled(self):
        from juntingnet_theano.network import weights

        head = self.attributes['head']
        # The file is read and unpacked in a thread: that takes half as long as
        # the import of the engine.
        with ThreadPoolExecutor(1) as pool:
            values = pool.submit(weights.read, self.path, shapes.of_head(head))
            from juntingnet_theano.network.functions import compile_predict
            from juntingnet_theano.network.layers import build_juntingnet, no_weights

            layer = build_juntingnet(head=head, initial_weights=no_weights)
            predict = compile_predict(layer)
            weights.set_values(layer, values.result())
        return predict

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Maps as the network gives them.

        Parameters
        ----------
        images : uint8 array, n x 3 x 96 x 96

        Returns
        -------
        float32 array, n x 48 x 48

        Raises
        ------
        BadFile, WeightsMismatch
            At the first call, where the weights are broken.
        """
        return self._compiled(images)

    def __repr__(self) -> str:
        return '<JuntingNet {}: {} head, {:.1f} MB, {} view{}>'.format(
            self.name,
            self.attributes['head'],
            self._megabytes,
            self.post.views,
            's' if self.post.views > 1 else '',
        )

    def _one(self, picture, size, views):
        post = self._seen(views, self.post)
        prepared = self._prepared(picture, size, post)
        return streams.finish(prepared, self(prepared.pixels), post)

    def _prepared(self, picture, size, post):
        return streams.prepare(picture, self.fit, post.views)._replace(size=size)

    def _many(self, taken, views, batch_size, workers):
        post = self._seen(views, self.post)

        return streams.stream(
            self,
            taken,
            lambda each: self._prepared(*_pixels(each), post=post),
            functools.partial(streams.finish, post=post),
            group_size(batch_size, post.views),
            workers,
        )


class Baseline(_Predictor):
    """A model without weights: `baselines`.

    Parameters
    ----------
    name : str
        A key of `baselines.BASELINES`.
    cache, views, batch_size, workers, device
        As for `load`.

    Raises
    ------
    BadSetting, MissingFiles, BadFile
        As `load`.
    """

    def __init__(
        self,
        name: str,
        cache: Union[str, 'os.PathLike[str]', None] = None,
        views: Optional[int] = None,
        batch_size: int = BATCH,
        workers: Optional[int] = None,
        device: Optional[str] = None,
    ) -> None:
        super().__init__(
            name,
            batch_size,
            workers,
            views=views,
            device=device,
            cache=cache and os.path.abspath(os.fspath(cache)),
        )
        self._check_views(views)
        if device not in (None, 'cpu'):
            raise BadSetting('opening the model ' + name, f'device={device!r}', "'cpu'")
        self._saliency = baselines.load(name, self._options['cache'])

    def _check_views(self, views):
        if views not in (None, 1):
            raise BadSetting(
                'predicting with ' + self.name, f'views={views!r}', '1: it sees the whole picture'
            )

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """The map of a picture: uint8 H x W x 3 -> float32 H x W."""
        return self._saliency(picture)

    def __repr__(self) -> str:
        return f'<Baseline {self.name}: {baselines.BASELINES[self.name].title}, no weights>'

    def _one(self, picture, size, views=None):
        self._check_views(views)
        found = self._saliency(picture)
        return found if found.shape == size else resize(found, size)

    def _many(self, taken, views, batch_size, workers):
        self._check_views(views)
        return self._in_threads(taken, batch_size, workers or cores())

    def _in_threads(self, taken, batch_size, workers):
        with ThreadPoolExecutor(workers) as pool, contextlib.closing(
            streams.map_ahead(pool, batch_size, lambda each: self._one(*_pixels(each)), taken)
        ) as found:
            yield from found


def weights_path(weights: str) -> str:
    """The file of weights that are named, or lie in the folder of a run.

    Parameters
    ----------
    weights : str

    Returns
    -------
    str

    Raises
    ------
    BadSetting
        It is neither a name nor looks like a path.
    MissingFiles
        The run has no weights yet, or they do not come with the package.
    """
    doing = 'opening the model ' + weights
    for each in pretrained.entries():
        if each.name == weights and each.place:
            return each.place
        if each.name == weights and not os.path.exists(weights):
            raise MissingFiles(
                doing,
                'these weights do not come with the package',
                None,
                f'juntingnet weights fetch {weights}, juntingnet weights import '
                f'{weights}.pickle, and load weights.hdf5',
            )
    if os.path.isdir(weights):
        path = Run(weights, Settings()).best_path
        if not os.path.exists(path):
            raise MissingFiles(
                doing,
                'there is no ' + path,
                'the folder of a run after its first epoch',
                'juntingnet train --help',
            )
        return path
    if not (os.path.exists(weights) or os.path.dirname(weights) or os.path.splitext(weights)[1]):
        raise BadSetting(
            doing, 'no model and no file has this name', did_you_mean(weights, list_models())
        )
    return weights


_networks = itertools.count()
"""Of this process, of which the first one chooses the device."""


def _choose(device):
    """Make the engine of this process run on a device."""
    doing, got = 'choosing a device', f'device={device!r}'
    if device is not None and not _DEVICE.fullmatch(str(device)):
        raise BadSetting(doing, got, 'cpu, cuda, cuda0, cuda1, ...')
    is_first = next(_networks) == 0
    if device is None:
        return
    if is_first and 'theano' not in sys.modules:  # which reads this when it is imported
        os.environ['THEANO_FLAGS'] = ','.join(
            filter(None, (os.environ.get('THEANO_FLAGS'), 'device=' + device))
        )
        return
    import theano

    used = theano.config.device
    if used != device:
        raise BadSetting(
            doing,
            f'{got}, but this process runs on {used}',
            'one device per process',
            f'THEANO_FLAGS=device={device} before it starts',
        )


def _taken(indexed):
    """`carriers.take`, or the error that says why not."""
    index, value = indexed
    try:
        return carriers.take(value, index)
    except BadFile as error:
        return error


def _pixels(taken):
    """Pixels and size of what was taken; the error, if it was not."""
    if isinstance(taken, BadFile):
        raise taken
    return carriers.pixels(taken)


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
