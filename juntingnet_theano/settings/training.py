"""The settings of a training run, each with the paper's value.

A run reads them from a TOML file, takes ``--set key=value`` on top, and saves
the result beside its weights before the first epoch.

>>> Settings().override(['epochs=20', 'head=released']).epochs
20
"""

import dataclasses
import math
import sys
from typing import Callable, Iterable, Optional, Tuple, TypeVar

import tomli_w

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from juntingnet_theano import names
from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path

Value = TypeVar('Value')
Number = TypeVar('Number', int, float)

SIZE = 1 << 15
"""Bytes of a settings file. Reading time grows with the square of a key's
dots: 4 s for this size, minutes for ten times as much."""

LARGEST = {int: 2**31 - 1, float: 1e38}
"""Of numbers that have no limit of their own: what C and float32 hold."""


def setting(
    default: Value, help: str, check: Optional[Callable[[Value], object]] = None, allowed: str = ''
) -> Value:
    """A field with its meaning, and a test of its value said in words."""
    return dataclasses.field(
        default=default, metadata={'help': help, 'check': check, 'allowed': allowed}
    )


def positive(default: Number, help: str, most: Optional[float] = None) -> Number:
    """A field above zero."""
    most = most or LARGEST[type(default)]
    return setting(default, help, lambda value: 0 < value <= most, f'above 0 and at most {most:,}')


def at_least_zero(default: Number, help: str, most: Optional[float] = None) -> Number:
    """A field that may be zero but not below."""
    most = most or LARGEST[type(default)]
    return setting(default, help, lambda value: 0 <= value <= most, f'from 0 to {most:,}')


def share(default: float, help: str) -> float:
    """A field that is a share of a whole."""
    return setting(default, help, lambda value: 0 <= value < 1, 'in [0, 1)')


def path(default: str, help: str) -> str:
    """A field that is a path which TOML can hold."""
    return setting(default, help, _is_path, 'that is a path in UTF-8')


def _is_path(value):
    return value and not any(mark == '\0' or '\ud800' <= mark <= '\udfff' for mark in value)


def one_of(default: str, help: str, *names: str) -> str:
    """A field that is one of a few names."""
    return setting(default, help, lambda value: value in names, 'one of: ' + ', '.join(names))


_NO_TOML = (ValueError, RecursionError)
"""What the parser raises: also for 5,000 digits and 20,000 brackets."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a run; the defaults are the paper's (section 3.2).

    Raises
    ------
    BadSetting
        For a value of the wrong type or out of its range.
    """

    cache: str = path('data/cache/isun.hdf5', 'the data, as HDF5 cache')
    more_caches: Tuple[str, ...] = setting(
        (),
        'further caches whose training images are trained on too; none are held out of them',
        lambda value: all(type(each) is str and _is_path(each) for each in value),
        'of paths in UTF-8, as ["a.hdf5", "b.hdf5"]',
    )
    cache_weights: Tuple[int, ...] = setting(
        (),
        'how often an epoch has each image of cache and of each of more_caches; []: once',
        lambda value: all(type(each) is int and 0 < each <= 1000 for each in value),
        'of whole numbers from 1 to 1,000',
    )
    head: str = one_of('paper', "the network's end, see network.py", 'paper', 'released')
    dropout: float = share(0.0, 'share of the first dense layer set to zero; the paper tried 0.5')
    initialisation: str = one_of(
        'paper',
        'first weights: N(0, 0.01^2), those of Glorot or He, or balanced, see network.py',
        'paper',
        'glorot',
        'he',
        'balanced',
    )
    bias: float = setting(
        0.1,
        "every first bias; the authors' code: 0",
        lambda value: -10 <= value <= 10,
        'from -10 to 10',
    )
    loss: str = one_of(
        'squared',
        "the paper's squared error as mean, half of its sum over "
        'pixels, or one minus the correlation, see losses.py',
        'squared',
        'summed',
        'correlation',
    )
    targets: str = one_of(
        'unit',
        "range of the maps learnt: unit [0, 1]; symmetric [-1, 1], the authors' code",
        'unit',
        'symmetric',
    )
    epochs: int = positive(1000, 'passes through the training images', 10**6)
    minibatches: int = at_least_zero(
        0, 'the budget in minibatches instead, in whole epochs; 0: epochs'
    )
    batch_size: int = positive(128, 'images in a minibatch')
    learning_rate_start: float = positive(0.03, 'rate of the first epoch')
    learning_rate_stop: float = positive(0.0001, 'rate of the last epoch')
    momentum_start: float = share(0.9, 'Nesterov momentum, first epoch')
    momentum_stop: float = share(0.9, 'Nesterov momentum, last epoch')
    max_norm: float = at_least_zero(1.9365, "bound of the norm of a maxout unit's weights; 0: none")
    mirror: float = setting(
        0.5,
        'share of each minibatch that is mirrored left to right',
        lambda value: 0 <= value <= 1,
        'in [0, 1]',
    )
    mirror_in_place: bool = setting(
        False, "a mirrored image stays so until it is drawn again, the authors' code"
    )
    crop: float = share(0.0, 'largest share of each side that a random crop cuts off')
    colour: float = share(0.0, 'largest random change of contrast, see augmentation.py')
    gaze_from: int = at_least_zero(
        0, 'epoch from which on only images with gaze are trained on; 0: none'
    )
    average_from: int = at_least_zero(
        0, 'epoch from which on the mean of the weights is kept; 0: none'
    )
    shuffle: bool = setting(True, 'new order of the images in each epoch')
    holdout: float = share(
        0.2,
        "share of the training split used for validation; 0: the data set's own validation split",
    )
    holdout_from: str = one_of(
        'random',
        "which rows are held out: random ones, or the first, the authors' code",
        'random',
        'first',
    )
    slice_size: int = positive(20000, 'images held in memory at once; 34.6 kB each')
    checkpoint_every: int = positive(1, 'epochs between checkpoints')
    on_dead: str = one_of(
        'stop', 'what to do when every unit of a layer gives 0 for every image', 'stop', 'go-on'
    )
    seed: int = at_least_zero(0, 'of weights, order and mirroring', 2**32 - 1)
    split_seed: int = at_least_zero(0, 'of the choice of held-out images', 2**32 - 1)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _checked(field, getattr(self, field.name)))
        if self.cache_weights and len(self.cache_weights) != 1 + len(self.more_caches):
            raise BadSetting(
                'checking settings',
                f'{len(self.cache_weights)} cache_weights for {1 + len(self.more_caches)} caches',
                'a weight for cache, then one for each of more_caches',
            )
        if self.mirror_in_place and (self.shuffle or self.gaze_from):
            raise BadSetting(
                'checking settings',
                f'mirror_in_place with shuffle = {self.shuffle}, gaze_from = {self.gaze_from}',
                'the same images in the same order in each epoch',
                '--set shuffle=false --set gaze_from=0',
            )

    @property
    def caches(self) -> Tuple[str, ...]:
        """Paths of all caches, that of the validation images first."""
        return (self.cache,) + self.more_caches

    @property
    def changing(self) -> bool:
        """Whether training sees crops or new colours."""
        return bool(self.crop or self.colour)

    def override(self, assignments: Iterable[str]) -> 'Settings':
        """Settings with some values replaced, as ``--set`` gives them.

        Parameters
        ----------
        assignments : iterable of str
            ``key=value``; strings need no quotes.

        Returns
        -------
        Settings

        Raises
        ------
        BadSetting
            For an unknown key, with the nearest one, or a bad value.
        """
        values = dict(_parse(each) for each in assignments)
        _refuse_unknown(values, '--set')
        return dataclasses.replace(self, **values)

    def to_toml(self) -> str:
        """The settings as TOML text, each with its meaning as a comment."""
        return ''.join(
            '# {}\n{}'.format(
                field.metadata['help'], tomli_w.dumps({field.name: getattr(self, field.name)})
            )
            for field in dataclasses.fields(self)
        )

    def save(self, path: str) -> None:
        """Write `to_toml` to a file, complete or not at all."""
        with atomic_path(path) as part, open(part, 'w', encoding='utf-8') as file:
            file.write(self.to_toml())


def load(path: str) -> Settings:
    """Settings from a TOML file; what it leaves out has the default.

    Parameters
    ----------
    path : str

    Returns
    -------
    Settings

    Raises
    ------
    MissingFiles, BadFile
        As `outside.text`.
    BadSetting
        For text that is no TOML, an unknown key or a bad value.
    """
    doing = f'reading settings from {path}'
    text = outside.text(path, doing, SIZE)
    try:
        values = tomllib.loads(text)
    except _NO_TOML as error:
        raise BadSetting(doing, str(error), 'TOML: key = value') from None
    _refuse_unknown(values, path)
    return Settings(**values)


def _refuse_unknown(values, source):
    known = [field.name for field in dataclasses.fields(Settings)]
    for key in values:
        if key not in known:
            raise BadSetting(
                f'reading settings from {source}',
                f'unknown key {key!r:.200}',
                did_you_mean(key, known),
            )


def _parse(assignment):
    key, equals, text = assignment.partition('=')
    if not equals:
        raise BadSetting('reading --set', repr(assignment), 'key=value', '--set epochs=20')
    try:
        found = tomllib.loads('value = ' + text)
    except _NO_TOML:
        found = {}
    # A string without its quotes, or more lines than one value has.
    return key.strip(), found['value'] if len(found) == 1 else text.strip()


def _checked(field, value):
    kind = type(field.default)
    if (type(value), kind) == (list, tuple):  # TOML has lists alone
        value = kind(value)
    if kind is float and type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf
    check = field.metadata['check']
    if (
        type(value) is not kind
        or kind is float
        and not math.isfinite(value)
        or check is not None
        and not check(value)
    ):
        written = 'list' if kind is tuple else kind.__name__
        raise BadSetting(
            'checking settings',
            f'{field.name} = {names.described(value)}',
            f'{written} {field.metadata["allowed"]}'.strip(),
        )
    return value
