"""Values on the command line, each within its range.

>>> parser = Parser()
>>> _ = parser.add_argument('--rows', type=whole(1, 100))
>>> parser.parse_args(['--rows', '6']).rows
6
"""

import argparse
import contextlib
import math
from typing import Any, Callable, Iterator, NoReturn, Optional, Sequence, Tuple

from juntingnet_theano.names import printable

MOST = 10**6
"""Of images, rows or processes: far above what anybody has."""


class Parser(argparse.ArgumentParser):
    """A parser that refuses empty arguments.

    A shell makes one of an unset variable; that is not an argument left out.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register('type', None, _text)

    def add_subparsers(self, **kwargs: Any) -> Any:
        """As argparse; names of verbs need no check for being empty."""
        added = super().add_subparsers(**kwargs)
        added.type = str  # the verb's own parser looks at its arguments
        return added

    def error(self, message: str) -> NoReturn:
        """As argparse, with control characters escaped."""
        super().error(printable(message, keep='\n'))


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """As argparse, but it shows no default that says nothing."""

    def _get_help_string(self, action: argparse.Action) -> Optional[str]:
        says_nothing = action.default is None or action.default is False or action.default == []
        return action.help if says_nothing else super()._get_help_string(action)


def add_dataset(parser: argparse.ArgumentParser, **kwargs: Any) -> None:
    """Add ``--dataset`` and ``--raw``, for `raw_folder` and `read_records`.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    kwargs
        Of ``--dataset``, as argparse takes them.
    """
    parser.add_argument('--dataset', **kwargs)
    add_raw(parser)


def add_raw(parser: argparse.ArgumentParser) -> None:
    """Add ``--raw``, beside an argument `dataset`."""
    parser.add_argument('--raw', help='folder of its raw files (default: data/raw/<dataset>)')


def add_model(parser: argparse.ArgumentParser, doing: str, baselines: Sequence[str] = ()) -> None:
    """Add ``--run`` and ``--weights``, and ``--model`` where there are baselines.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    doing : str
        What weights of a run do here.
    baselines : sequence of str
        Names of models without weights.
    """
    model = parser.add_mutually_exclusive_group()
    model.add_argument('--run', help=f'folder of a run, whose best weights {doing}')
    model.add_argument(
        '--weights',
        help='a weights file, or a name from juntingnet weights list (default: the weights that '
        'come with the package)',
    )
    if baselines:
        model.add_argument(
            '--model',
            metavar='NAME',
            help='a model without weights instead: ' + ', '.join(baselines),
        )


def add_scheduler(parser: argparse.ArgumentParser) -> None:
    """Add ``--scheduler``, for `cluster`."""
    parser.add_argument(
        '--scheduler',
        metavar='ADDRESS',
        help='share the work among the workers of a dask scheduler, such as tcp://host:8786',
    )


@contextlib.contextmanager
def cluster(args: argparse.Namespace) -> Iterator[Any]:
    """The `ordered_map` of the cluster that is asked for, or None.

    Raises
    ------
    BadSetting
        ``--workers`` besides: dask says how many a worker has.
    """
    if args.scheduler is None:
        yield None
        return
    from juntingnet_theano.cluster import Cluster
    from juntingnet_theano.errors import BadSetting

    if getattr(args, 'workers', None) is not None:
        raise BadSetting(
            'choosing workers',
            '--workers with --scheduler',
            'one of the two',
            'dask worker --nthreads says how many threads each has',
        )
    with Cluster(args.scheduler) as found:
        yield found.ordered_map


def raw_folder(args: argparse.Namespace) -> str:
    """The folder of the raw files of a data set.

    >>> raw_folder(argparse.Namespace(raw=None, dataset='isun'))
    'data/raw/isun'
    """
    return args.raw or 'data/raw/' + args.dataset


def locate(args: argparse.Namespace) -> Tuple[str, str]:
    """Name and raw files of a data set, for verbs that read one and keep
    nothing of its files: there ``pysaliency:FILE`` is one too.

    >>> locate(argparse.Namespace(raw=None, dataset='pysaliency:a/stimuli.hdf5'))
    ('pysaliency', 'a/stimuli.hdf5')
    """
    from juntingnet_theano import datasets

    return datasets.locate(args.dataset, args.raw)


def read_records(args: argparse.Namespace, split: str) -> Any:
    """The `Record` of each image of a split, after a check of the raw files."""
    from juntingnet_theano import datasets

    return datasets.read(*locate(args), split)


def whole(low: int, high: int = MOST) -> Callable[[str], int]:
    """A type of argparse's: a whole number from `low` to `high`."""
    return _number(int, low, high, f'a whole number from {low:,} to {high:,}')


def real(low: float, high: float) -> Callable[[str], float]:
    """A type of argparse's: a number from `low` to `high`."""
    return _number(float, low, high, f'a number from {low:g} to {high:g}')


def _text(given):
    if not given.strip() or '\0' in given:
        raise argparse.ArgumentTypeError(f'{given!r} says nothing')
    return given


def _number(
    kind: Callable[[str], Any], low: float, high: float, expected: str
) -> Callable[[str], Any]:
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f'{text!r:.60} is not {expected}')
        return value

    return read


WORKERS = whole(1, 1000)
SEED = whole(0, 2**32 - 1)
