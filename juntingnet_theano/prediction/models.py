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
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Optional, Union

import numpy as np

from juntingnet_theano import baselines
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles, did_you_mean
from juntingnet_theano.network import pretrained, shapes
from juntingnet_theano.prediction import devices, streams
from juntingnet_theano.prediction.blocks import group_size
from juntingnet_theano.prediction.predictor import Predictor, pixels
from juntingnet_theano.saliency_maps.maps import resize
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import PreprocessingSettings
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import Run
from juntingnet_theano.workers import cores

BATCH = 60


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


class Model(Predictor):
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
        devices.choose(device)
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
        views = f'{self.post.views} view' + 's' * (self.post.views > 1)
        head, size = self.attributes['head'], f'{self._megabytes:.1f} MB'
        return f'<JuntingNet {self.name}: {head} head, {size}, {views}>'

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
            lambda each: self._prepared(*pixels(each), post=post),
            functools.partial(streams.finish, post=post),
            group_size(batch_size, post.views),
            workers,
        )


class Baseline(Predictor):
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
            streams.map_ahead(pool, batch_size, lambda each: self._one(*pixels(each)), taken)
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
