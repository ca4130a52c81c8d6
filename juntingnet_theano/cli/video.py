"""``juntingnet video``: overlays or maps of a video, frame for frame."""

import argparse

from juntingnet_theano.baselines import BASELINES
from juntingnet_theano.cli import options, postprocessing
from juntingnet_theano.cli.output import say

NAME = 'video'
HELP = 'predict where people will look in a video, frame by frame'
EXAMPLE = 'juntingnet video in.mp4 --out out.mp4'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which video, which model, what to show."""
    parser.add_argument('video', help='a file, or the number of a camera: 0')
    parser.add_argument(
        '--out', required=True, help='file to write: .mp4 .mov .mkv .webm .avi .gif'
    )
    parser.add_argument(
        '--show', default='overlay', help='overlay: heat on the frames; map: the grey maps alone'
    )
    options.add_model(parser, 'predict', tuple(BASELINES))
    parser.add_argument(
        '--seconds',
        type=options.real(0.01, 10**6),
        help='stop after so many seconds (default: the whole video)',
    )
    postprocessing.add_arguments(
        parser.add_argument_group('how the maps of a network are finished')
    )


def run(args: argparse.Namespace) -> None:
    """Write the video, and say what is in it."""
    from juntingnet_theano.errors import BadSetting
    from juntingnet_theano.prediction import models, videos

    named = args.weights or args.run or args.model
    model = models.load(named)
    if isinstance(model, models.Model):
        model.post = model.post._replace(**postprocessing.given(args)).check()
    elif postprocessing.options(args):
        raise BadSetting(
            'choosing a model',
            f'{postprocessing.options(args)[0]} with {named}',
            'a network, or neither',
        )
    try:
        made = videos.write(model, args.video, args.out, args.show, args.seconds)
    except KeyboardInterrupt:
        say(f'what was made so far can be played: {videos.part_name(args.out)}')
        raise
    for each in made.left_out:
        say(f'left out: {each}')
    say(f'wrote {args.out}, {made.frames:,} frames')
