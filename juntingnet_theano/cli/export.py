"""``juntingnet export``: the network as an ONNX model."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'export'
HELP = 'write the network as an ONNX model, for programs without Python'
EXAMPLE = 'juntingnet export model.onnx --dense float16'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which weights, in which numbers."""
    parser.add_argument('out', help='file to write, such as model.onnx')
    options.add_model(parser, 'are exported')
    parser.add_argument(
        '--dense', default='float32', help='number type of the dense layers: float32, float16, int8'
    )


def run(args: argparse.Namespace) -> None:
    """Export, and say what a program has to know."""
    import os

    from juntingnet_theano.errors import BadSetting
    from juntingnet_theano.network import onnx_export
    from juntingnet_theano.network.pretrained import DEFAULT
    from juntingnet_theano.prediction import models

    if os.path.splitext(args.out)[1].lower() != '.onnx':
        raise BadSetting('exporting a network', args.out, 'a name that ends in .onnx')
    path = models.weights_path(args.weights or args.run or DEFAULT)
    metadata = onnx_export.export(path, args.out, args.dense)
    for name in ('input', 'output', 'fit', 'licence'):
        say(f'{name}: {metadata[name]}')
    say(f'wrote {args.out}, {os.path.getsize(args.out) / 1e6:.1f} MB')
