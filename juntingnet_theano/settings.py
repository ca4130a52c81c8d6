"""The settings of a training run: every one, once, with the paper's value.

A run reads them from a TOML file, takes ``--set key=value`` on top, and saves
the result beside its weights before the first epoch.

>>> Settings().override(['epochs=20', 'head=released']).epochs
20
"""
import dataclasses
import json

try:
    import tomllib
except ImportError:     # Python < 3.11
    import tomli as tomllib

from juntingnet_theano.errors import BadSetting, MissingFiles, did_you_mean
from juntingnet_theano.files import atomic_path


def setting(default, help, check=None, allowed=''):
    """A field with its meaning, and a test of its value said in words."""
    return dataclasses.field(default=default, metadata={
        'help': help, 'check': check, 'allowed': allowed})


def positive(default, help):
    """A field above zero."""
    return setting(default, help, lambda value: value > 0, 'above 0')


def share(default, help):
    """A field that is a share of a whole."""
    return setting(default, help, lambda value: 0 <= value < 1, 'in [0, 1)')


def at_least_zero(default, help):
    """A field that may be zero but not below."""
    return setting(default, help, lambda value: value >= 0, 'at least 0')


def one_of(default, help, *names):
    """A field that is one of a few names."""
    return setting(default, help, lambda value: value in names,
                   'one of: ' + ', '.join(names))


@dataclasses.dataclass(frozen=True)
class Settings(object):
    """Settings of a run; the defaults are the paper's (section 3.2).

    Raises
    ------
    BadSetting
        For a value of the wrong type or out of its range.
    """

    cache: str = setting('data/cache/isun.hdf5', 'the data, as HDF5 cache')
    head: str = one_of(
        'paper', "the network's end, see network.py", 'paper', 'released')
    dropout: float = share(
        0.0, 'share of the first dense layer set to zero; the paper tried 0.5')
    initialisation: str = one_of(
        'paper', 'first weights: N(0, 0.01^2), those of Glorot or He, or '
        'balanced, see network.py', 'paper', 'glorot', 'he', 'balanced')
    bias: float = setting(
        0.1, "every first bias; the authors' code: 0")
    loss: str = one_of(
        'squared', "the paper's squared error as mean, half of its sum over "
        'pixels, or one minus the correlation, see losses.py', 'squared',
        'summed', 'correlation')
    targets: str = one_of(
        'unit', "range of the maps learnt: unit [0, 1]; symmetric [-1, 1], "
        "the authors' code", 'unit', 'symmetric')
    epochs: int = positive(1000, 'passes through the training images')
    minibatches: int = at_least_zero(
        0, 'the budget in minibatches instead, in whole epochs; 0: epochs')
    batch_size: int = positive(128, 'images in a minibatch')
    learning_rate_start: float = positive(0.03, 'rate of the first epoch')
    learning_rate_stop: float = positive(0.0001, 'rate of the last epoch')
    momentum_start: float = share(0.9, 'Nesterov momentum, first epoch')
    momentum_stop: float = share(0.9, 'Nesterov momentum, last epoch')
    max_norm: float = at_least_zero(
        1.9365, "bound of the norm of a maxout unit's weights; 0: none")
    mirror: float = setting(
        0.5, 'share of each minibatch that is mirrored left to right',
        lambda value: 0 <= value <= 1, 'in [0, 1]')
    mirror_in_place: bool = setting(
        False, "a mirrored image stays so until it is drawn again, the "
        "authors' code")
    crop: float = share(
        0.0, 'largest share of each side that a random crop cuts off')
    colour: float = share(
        0.0, 'largest random change of contrast, see augmentation.py')
    gaze_from: int = at_least_zero(
        0, 'epoch from which on only images with gaze are trained on; 0: none')
    average_from: int = at_least_zero(
        0, 'epoch from which on the mean of the weights is kept; 0: none')
    shuffle: bool = setting(
        True, 'new order of the images in each epoch')
    holdout: float = share(
        0.2, "share of the training split used for validation; 0: the data "
        "set's own validation split")
    holdout_from: str = one_of(
        'random', 'which rows are held out: random ones, or the first, the '
        "authors' code", 'random', 'first')
    slice_size: int = positive(
        20000, 'images held in memory at once; 34.6 kB each')
    checkpoint_every: int = positive(1, 'epochs between checkpoints')
    on_dead: str = one_of(
        'stop', 'what to do when every unit of a layer gives 0 for every '
        'image', 'stop', 'go-on')
    seed: int = at_least_zero(0, 'of weights, order and mirroring')
    split_seed: int = at_least_zero(0, 'of the choice of held-out images')

    def __post_init__(self):
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _checked(
                field, getattr(self, field.name)))
        if self.mirror_in_place and (self.shuffle or self.gaze_from):
            raise BadSetting(
                'checking settings', 'mirror_in_place with shuffle = {}, '
                'gaze_from = {}'.format(self.shuffle, self.gaze_from),
                'the same images in the same order in each epoch',
                '--set shuffle=false --set gaze_from=0')

    @property
    def changing(self):
        """Whether training sees crops or new colours."""
        return bool(self.crop or self.colour)

    def override(self, assignments):
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

    def to_toml(self):
        """The settings as TOML text, each with its meaning as a comment."""
        return ''.join(
            '# {}\n{} = {}\n'.format(
                field.metadata['help'], field.name,
                json.dumps(getattr(self, field.name)))
            for field in dataclasses.fields(self))

    def save(self, path):
        """Write `to_toml` to a file, complete or not at all."""
        with atomic_path(path) as part:
            with open(part, 'w', encoding='utf-8') as file:
                file.write(self.to_toml())


def load(path):
    """Settings from a TOML file; what it leaves out has the default.

    Raises
    ------
    MissingFiles
        Where there is no such file.
    BadSetting
        For text that is no TOML, an unknown key or a bad value.
    """
    doing = 'reading settings from {}'.format(path)
    try:
        with open(path, 'rb') as file:
            values = tomllib.load(file)
    except OSError as error:
        raise MissingFiles(doing, error.strerror, 'a TOML file',
                           'ls experiments/')
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(doing, str(error), 'TOML: key = value')
    _refuse_unknown(values, path)
    return Settings(**values)


def _refuse_unknown(values, source):
    names = [field.name for field in dataclasses.fields(Settings)]
    for key in values:
        if key not in names:
            raise BadSetting('reading settings from {}'.format(source),
                             'unknown key {!r}'.format(key),
                             did_you_mean(key, names))


def _parse(assignment):
    key, equals, text = assignment.partition('=')
    if not equals:
        raise BadSetting('reading --set', repr(assignment), 'key=value',
                         '--set epochs=20')
    try:
        return key.strip(), tomllib.loads('value = ' + text)['value']
    except tomllib.TOMLDecodeError:
        return key.strip(), text.strip()     # a string without its quotes


def _checked(field, value):
    kind = type(field.default)
    if kind is float and type(value) is int:
        value = float(value)
    check = field.metadata['check']
    if type(value) is not kind or check is not None and not check(value):
        raise BadSetting(
            'checking settings', '{} = {!r}'.format(field.name, value),
            '{} {}'.format(kind.__name__, field.metadata['allowed']).strip())
    return value
