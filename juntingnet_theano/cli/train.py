"""``juntingnet train``: train a network, or resume a run."""

import argparse
import dataclasses
import os
import sys
from typing import Optional

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say
from juntingnet_theano.settings import training

NAME = 'train'
HELP = 'train the network on a cache'
EXAMPLE = 'juntingnet train --config experiments/paper-isun.toml --set epochs=20 --run runs/isun'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Settings, the run's folder, and whether to resume it."""
    parser.add_argument('--run', required=True, help='folder of the run')
    parser.add_argument(
        '--config', help="TOML file of settings; the paper's values fill what it leaves out"
    )
    parser.add_argument(
        '--set',
        action='append',
        default=[],
        metavar='KEY=VALUE',
        help='override one setting; repeatable. '
        "Keys: {} (the run's settings.toml says what each "
        'means)'.format(', '.join(field.name for field in dataclasses.fields(training.Settings))),
    )
    parser.add_argument(
        '--resume', action='store_true', help='continue the run with the settings it began with'
    )
    parser.add_argument(
        '--sweep',
        action='append',
        default=[],
        metavar='KEY=A,B,C',
        help='train a run for each value, each in its own folder within --run; repeatable, for all '
        'combinations. The same command continues a sweep that was stopped',
    )
    options.add_scheduler(parser)


def run(args: argparse.Namespace) -> Optional[int]:
    """Train; a run that a signal stops says how to go on."""
    from juntingnet_theano import interrupts
    from juntingnet_theano.errors import BadSetting

    if args.scheduler is not None and not args.sweep:
        raise BadSetting(
            'training on a cluster', 'a single run', '--sweep KEY=A,B,C: a run is one task'
        )
    if args.resume and args.sweep:
        raise BadSetting(
            f'resuming {args.run}',
            '--resume with --sweep',
            'the same command, which continues the sweep',
        )
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
    if args.sweep:
        return _sweep(args, chosen)
    from juntingnet_theano.training import Run, Stopped, train

    this = Run.resume(args.run) if args.resume else Run(args.run, chosen)
    try:
        train(this, args.resume, say)
    except Stopped as error:
        say(f'stopped; resume with: juntingnet train --run {args.run} --resume', file=sys.stderr)
        return interrupts.code(error.number)


def _sweep(args, chosen):
    """Train all runs of a sweep; exit code 2 if one could not be completed."""
    from juntingnet_theano import interrupts
    from juntingnet_theano.training import Stopped, sweeps

    found = sweeps.trials(args.run, chosen, args.sweep)
    sweeps.check(found)
    results = []
    try:
        with options.cluster(args) as ordered_map:
            for result in (ordered_map or map)(sweeps.complete, found):
                results.append(result)
                _say_result(result, len(results), len(found))
    except Stopped as error:
        say('stopped; the same command continues', file=sys.stderr)
        return interrupts.code(error.number)
    finally:
        if results:
            say(sweeps.table(results))
    return 2 if any(result.error for result in results) else 0


def _say_result(result, number, count):
    name = os.path.basename(result.trial.folder)
    said = result.error or f'validation loss {result.best_loss:.6f}'
    say(f'{number} of {count}, {name}: {said}')
