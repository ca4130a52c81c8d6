"""Write the scores of Table 1 and Table 2 into README.rst and docs/.

    python experiments/page_tables.py README.rst docs/reproducing.rst

Below a line that begins with "Table 1," or "Table 2,", each row of the next
table gets the scores that its name stands for: published ones, or those of a
file below experiments/results. A new row is typed with any text in its cells.
"""

import argparse
import decimal
import json
import os
import re

from juntingnet_theano.cli.output import say
from juntingnet_theano.errors import BadFile, JuntingNetError, did_you_mean
from juntingnet_theano.evaluation import leaderboard
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'results')
BOARDS = ('isun', 'salicon')
MEASURED = {
    'isun': {
        'weights that ship': 'table-1/shipped/scores.json',
        "paper's recipe, unfinished": 'isun/isun-validation.json',
        'the same at rate 0.3': 'isun-rate-0.3/isun-validation.json',
        "authors' code, unfinished": 'released/isun-validation.json',
        "the paper's, released head": 'isun-released/isun-validation.json',
        'GBVS, here': 'table-1/gbvs/scores.json',
        'Itti, here': 'table-1/itti/scores.json',
        'BMS, here': 'table-1/bms/scores.json',
        'centre, here': 'table-1/centre/scores.json',
    },
    'salicon': {
        'weights that ship': 'table-2/shipped/scores.json',
        "paper's recipe, unfinished": 'salicon/salicon-validation.json',
        'the same at rate 0.3': 'salicon-both/salicon-validation.json',
        "the paper's, released head": 'salicon-released/salicon-validation.json',
        'GBVS, here': 'table-2/gbvs/scores.json',
        'Itti, here': 'table-2/itti/scores.json',
        'BMS, here': 'table-2/bms/scores.json',
        'mean training map, here': 'table-2/mean-map/scores.json',
        'centre, here': 'table-2/centre/scores.json',
    },
}
PUBLISHED = {
    'JuntingNet, paper': 'UPC (JuntingNet)',
    'GBVS, paper': 'Baseline GBVS',
    'Itti, paper': 'Baseline Itti',
    'BMS, paper': 'Baseline BMS',
}
_PLACES = decimal.Decimal('0.001')
_TABLE = re.compile(
    r'^Table (?P<number>[12]),.*?^(?P<rule>=+(?: +=+){5})\n[^\n]*\n(?P=rule)\n'
    r'(?P<rows>.*?)(?P=rule)$',
    re.DOTALL | re.MULTILINE,
)


def scores(board, name):
    """The five scores that a row's name stands for.

    Parameters
    ----------
    board : str
        One of `BOARDS`.
    name : str

    Returns
    -------
    list of float

    Raises
    ------
    BadFile
        Nothing has this name.
    """
    published = leaderboard.boards()[board]
    if name in PUBLISHED:
        return dict(published.rows)[PUBLISHED[name]]
    if name not in MEASURED[board]:
        known = list(PUBLISHED) + list(MEASURED[board])
        raise BadFile('writing tables', f'a row {name!r} for {board}', did_you_mean(name, known))
    path = os.path.join(RESULTS, MEASURED[board][name])
    metrics = json.loads(outside.text(path, 'writing tables'))['metrics']
    return [metrics[column]['mean'] for column in published.columns]


def refresh(page):
    """The text of a page with the scores of today.

    >>> rule = '============ ===== ===== ===== ===== ====='
    >>> head = 'model        a     b     c     d     e'
    >>> row = 'GBVS, paper  -'
    >>> page = '\\n'.join(['Table 1, iSUN.', '', rule, head, rule, row, rule])
    >>> print(refresh(page).splitlines()[-2])
    GBVS, paper  0.480 0.509 0.621 0.791 0.812
    """
    return _TABLE.sub(_with_scores, page)


def _with_scores(found):
    board = BOARDS[int(found['number']) - 1]
    starts = [each.start() for each in re.finditer('=+', found['rule'])]
    lines = [_line(board, line, starts) for line in found['rows'].splitlines()]
    before, after = (found.start(), found.start('rows')), (found.end('rows'), found.end())
    text = found.string
    return text[slice(*before)] + ''.join(line + '\n' for line in lines) + text[slice(*after)]


def _line(board, line, starts):
    """A row, each score where its column begins."""
    name = line[: starts[1]].strip()
    row = name
    for start, score in zip(starts[1:], scores(board, name)):
        # 0.8115 as people round it; as a float it lies below.
        rounded = decimal.Decimal(repr(score)).quantize(_PLACES, decimal.ROUND_HALF_UP)
        row = f'{row:<{start}}{rounded}'
    return row


def main(argv=None):
    """Write the pages that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('pages', nargs='+')
    args = parser.parse_args(argv)
    try:
        for path in args.pages:
            text = refresh(outside.text(path, 'writing tables'))
            with atomic_path(path) as part, open(part, 'w', encoding='utf-8') as file:
                file.write(text)
            say('wrote ' + path)
    except JuntingNetError as error:
        parser.exit(2, f'{error}\n')


if __name__ == '__main__':
    main()
