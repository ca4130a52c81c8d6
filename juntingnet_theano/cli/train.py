"""``juntingnet train``: train a network, or resume a run."""

import argparse
import dataclasses
import sys
from typing import Optional

from juntingnet_theano.cli.output import say
from juntingnet_theano.settings import training

NAME = 'train'
HELP = 'train the network on a cache'
EXAMPLE = 'juntingnet train --config experiments/paper-isun.toml --set epochs=20 --run runs/isun'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Settings, the run's folder, and whether to resume it."""
    parser.add_argument('--run', required=True, help='folder of the run')
    parser.add_argument('--config', help="TOML file of settings; what it leaves out is the paper's")
    parser.add_argument(
        '--set',
        action='append',
        default=[],
        metavar='KEY=VALUE',
        help='one setting; repeatable. '
        "Keys: {} (the run's settings.toml says what each "
        'means)'.format(', '.join(field.name for field in dataclasses.fields(training.Settings))),
    )
    parser.add_argument(
        '--resume', action='store_true', help='resume the run, with its own settings'
    )


def run(args: argparse.Namespace) -> Optional[int]:
    """Train; a run that a signal stops says how to go on."""
    from juntingnet_theano import interrupts
    from juntingnet_theano.errors import BadSetting

    if args.resume and (args.config or args.set):
        raise BadSetting(
            f'resuming {args.run}',
            '--config or --set beside --resume',
            'the settings that the run was started with',
            EXAMPLE,
        )
    if not args.resume:
        chosen = training.load(args.config) if args.config else training.Settings()
        chosen = chosen.override(args.set)
    from juntingnet_theano.training import Run, Stopped, train

    this = Run.resume(args.run) if args.resume else Run(args.run, chosen)
    try:
        train(this, args.resume, say)
    except Stopped as error:
        say(f'stopped; resume with: juntingnet train --run {args.run} --resume', file=sys.stderr)
        return interrupts.code(error.number)
