"""Options of how a network's maps are finished, for several verbs.

>>> import argparse
>>> parser = argparse.ArgumentParser()
>>> add_arguments(parser)
>>> given(parser.parse_args(['--sigma', '2']))
{'sigma': 2.0}
"""

import argparse
from typing import Any, Dict, List

from juntingnet_theano.cli import options as types

OPTIONS = (
    ('post', 'order'),
    ('scale', 'scale'),
    ('sigma', 'sigma'),
    ('power', 'power'),
    ('views', 'views'),
)
"""Option -> field of `postprocessing.PostProcessing`."""


def add_arguments(parser: Any) -> None:
    """An option for each field; what is not given, the weights say."""
    parser.add_argument(
        '--post',
        choices=('paper', 'released'),
        help='resize and then blur, or blur the 48x48 grid '
        "as the authors' code did (default, here and below: "
        'what the weights say, or else the paper)',
    )
    parser.add_argument(
        '--scale', choices=('clip', 'stretch'), help='how values are brought to [0, 1]'
    )
    parser.add_argument(
        '--sigma', type=types.real(0.01, 1000), help='standard deviation of the blur, in pixels'
    )
    parser.add_argument(
        '--power', type=types.real(0.01, 100), help='power that the finished map is raised to'
    )
    parser.add_argument(
        '--views',
        type=types.whole(1, 12),
        help='1: the picture; 2: and its mirror image; 12: and five parts of it, mirrored too',
    )


def options(args: argparse.Namespace) -> List[str]:
    """The options that were given, as one types them."""
    return ['--' + option for option, _ in OPTIONS if getattr(args, option) is not None]


def given(args: argparse.Namespace) -> Dict[str, Any]:
    """Fields of `PostProcessing` that were given, by name."""
    return {
        field: getattr(args, option)
        for option, field in OPTIONS
        if getattr(args, option) is not None
    }
