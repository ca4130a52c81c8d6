"""``juntingnet download``: the raw files of a data set, verified."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'download'
HELP = 'fetch the raw files of a data set, verify and unpack them'
EXAMPLE = 'juntingnet download salicon-2015'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which set, to where, through which proxy."""
    parser.add_argument(
        'dataset', help='isun, salicon-2015, salicon-2017, mit1003, osie, cat2000, toronto, ...'
    )
    options.add_raw(parser)
    parser.add_argument(
        '--proxy', help='address of a proxy (default: the environment, https_proxy)'
    )
    parser.add_argument(
        '--list', action='store_true', help='only say what would be fetched, and from where'
    )


def run(args: argparse.Namespace) -> None:
    """Fetch what is missing, and say what the set is."""
    from juntingnet_theano.datasets import registry

    entry = registry.entry(args.dataset)
    raw = options.raw_folder(args)
    say(f'{entry.title}; licence: {entry.licence}')
    say(f'cite: {entry.citation}')
    if args.list:
        _list(entry, raw)
    elif not entry.files:
        _generate(raw)
    else:
        from juntingnet_theano.datasets.downloading import download

        download(entry, raw, args.proxy, say=say)
        say(f'{raw} is complete; next: juntingnet preprocess {entry.name} --raw {raw}')


def _list(entry, raw):
    for file in entry.files:
        say(f'{raw}/{file.name}  ({file.about})')
        for page in file.pages:
            say('    ' + page)
    say(f'host: {entry.host}')


def _generate(raw):
    """The sample: drawn, not fetched, unless it is there."""
    import os

    from juntingnet_theano import datasets
    from juntingnet_theano.datasets.readers import sample
    from juntingnet_theano.progress import progress

    if not os.path.isdir(raw):
        sample.generate(raw, watch=lambda numbers: progress(numbers, 'drawing', 'images'))
    datasets.check('sample', raw)
    say(f'{raw} is complete')
