"""Table 1 and Table 2 of the paper, with what was measured beside them.

    python experiments/tables.py runs evaluation --out tables

Every scores.json below the folders is a row, in the table of its data set.
Rows that were not scored on the same images in the same way stand in groups
of their own, whose titles say on what they were. Written as RST, CSV and
LaTeX: table-1 (iSUN), table-2 (SALICON), and one more for each further data
set. The best score of a group's column is marked.
"""

import argparse
import os

from juntingnet_theano.cli.output import say
from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.evaluation import leaderboard, score_files, tables
from juntingnet_theano.files.writing import atomic_path

PAPER = (
    ('isun', 'Table 1. Saliency prediction on iSUN'),
    ('salicon', 'Table 2. Saliency prediction on SALICON'),
)
WRITERS = {'.rst': tables.rst, '.csv': tables.csv_text, '.tex': tables.latex}


def found_below(folders):
    """Contents of all scores.json below folders, in the order of paths."""

    def refuse(error):
        raise BadFile(
            'looking for scores', f'{error.filename}: {error.strerror}', 'a folder that can be read'
        )

    paths = sorted(
        os.path.join(where, name)
        for folder in folders
        for where, _, names in os.walk(folder, onerror=refuse)
        for name in names
        if name == 'scores.json'
    )
    return [score_files.read_json(path) for path in paths]


def all_tables(evaluations):
    """Name and `tables.Table` of each data set."""
    boards = leaderboard.boards()
    others = sorted({content['dataset'] for content in evaluations} - set(boards))
    for number, (dataset, caption) in enumerate(PAPER, 1):
        yield (
            f'table-{number}',
            tables.table(
                caption,
                boards[dataset],
                [content for content in evaluations if content['dataset'] == dataset],
            ),
        )
    for dataset in others:
        yield (
            'table-' + dataset,
            tables.table(
                'Saliency prediction on ' + dataset,
                None,
                [content for content in evaluations if content['dataset'] == dataset],
            ),
        )


def main(argv=None):
    """Write the tables and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folders', nargs='*', help='where scores.json lie')
    parser.add_argument('--out', default='tables')
    args = parser.parse_args(argv)
    try:
        found = found_below(args.folders)
    except JuntingNetError as error:
        parser.exit(2, f'{error}\n')
    for name, table in all_tables(found):
        for extension, write in WRITERS.items():
            path = os.path.join(args.out, name + extension)
            with atomic_path(path) as part, open(part, 'w', encoding='utf-8') as file:
                file.write(write(table))
            say('wrote ' + path)


if __name__ == '__main__':
    main()
