"""Published scores, and what their tables show.

The numbers are in ``published.toml``, with their source.

>>> board = boards()['salicon']
>>> len(board.rows), board.best('auc_shuffled')
(7, 'Baseline BMS')
>>> remarks(board)[0]
'UPC (JuntingNet) is not best in auc_shuffled: Baseline BMS has 0.6935 ...'
"""

import itertools
import os
import sys
from typing import Dict, List, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'published.toml')


class Board(NamedTuple):
    """A published table.

    Attributes
    ----------
    title, source, claim : str
        Which images were scored, where the numbers stand, and what is said
        of the first row there.
    columns : list of str
        Metrics, of all of which more is better.
    rows : list of (str, list of float)
        Method, and a score for each column; the winner first.
    """

    title: str
    source: str
    claim: str
    columns: list
    rows: list

    def best(self, column: str) -> str:
        """The method with the largest score in a column."""
        place = self.columns.index(column)
        return max(self.rows, key=lambda row: row[1][place])[0]


def boards() -> Dict[str, Board]:
    """All published tables.

    Returns
    -------
    dict of str to Board
        By data set.
    """
    with open(PATH, 'rb') as file:
        content = tomllib.load(file)
    return {
        dataset: Board(
            table['title'],
            table['source'],
            table['claim'],
            table['columns'],
            [(row[0], row[1:]) for row in table['rows']],
        )
        for dataset, table in content.items()
    }


def remarks(board: Board) -> List[str]:
    """Say what a reader should know about a published table.

    Parameters
    ----------
    board : Board

    Returns
    -------
    list of str
        Columns in which the first row is not best; equal scores within a
        row, and of two rows in a column.
    """
    first, found = board.rows[0][0], []
    for place, column in enumerate(board.columns):
        best = board.best(column)
        if best != first:
            found.append(
                f'{first} is not best in {column}: '
                f'{best} has {dict(board.rows)[best][place]:.4f} ({board.claim}).'
            )
    for method, scores in board.rows:
        for (i, a), (j, b) in itertools.combinations(enumerate(scores), 2):
            if a == b:
                found.append(
                    f'{method} has {a:.4f} both in {board.columns[i]} and in {board.columns[j]}.'
                )
    for place, column in enumerate(board.columns):
        for (one, a), (other, b) in itertools.combinations(board.rows, 2):
            if a[place] == b[place]:
                found.append(f'{one} and {other} both have {a[place]:.4f} in {column}.')
    return found
