"""Files of an evaluation: scores.csv, one row per image, and scores.json.

`scoring` computes the scores; `tables` reads scores.json alone.

>>> import os, tempfile
>>> summary = summarise([('a', {'nss': 1.}), ('b', {'nss': 2.})], seed=0)
>>> summary['nss']['mean'], summary['nss']['images']
(1.5, 2)
>>> path = os.path.join(tempfile.mkdtemp(), 'scores.csv')
>>> write_csv(path, [('a', {'nss': 1.}), ('b', {'nss': float('nan')})])
>>> open(path).read().split()
['image,nss', 'a,1.0', 'b,nan']
"""

import csv
import json
import math
import re
from typing import Any, Dict, Sequence, Tuple

import numpy as np

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path, provenance
from juntingnet_theano.names import described, printable

FORMAT = 'juntingnet scores 1'
LARGEST = 1 << 26  # bytes of a summary, with names of all missing images
RESAMPLES = 10000
CHUNK = 500  # resamples in memory at a time


def _is_count(value):
    return type(value) is int and 0 <= value < 2**63


def _is_score(value):
    return value is None or type(value) in (int, float) and math.isfinite(value)


def _is_name(value):
    return isinstance(value, str) and re.match(r'[\w-]+$', value)


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value):
    return isinstance(value, list) and all(map(_is_text, value))


_METRIC = {'mean': _is_score, 'low': _is_score, 'high': _is_score, 'nan': _is_count}
_CONTENT = {
    'model': _is_text,
    'dataset': _is_name,
    'split': _is_name,
    'protocol': {'name': _is_name},
    'changes': _are_texts,
    'seed': _is_count,
    'images': {'split': _is_count, 'scored': _is_count},
    'date': _is_text,
}
"""What tables take from scores.json, and what each must be."""


def summarise(rows: Sequence[Tuple[str, Dict[str, float]]], seed: int) -> Dict[str, Dict[str, Any]]:
    """Mean of each metric, with a bootstrapped interval.

    Parameters
    ----------
    rows : sequence of (str, dict)
        Image and its scores; one row at least.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict of str to dict
        Metric -> ``mean`` over the images that have a score, ``low`` and
        ``high`` (95 % of the means of 10,000 resamples of those images lie
        between), ``images`` that count and ``nan`` that do not. Mean and
        interval are None where no image counts.
    """
    found = {}
    for metric in rows[0][1]:
        values = np.array([scores[metric] for _, scores in rows], float)
        kept = values[~np.isnan(values)]
        mean = low = high = None
        if len(kept):
            mean = float(kept.mean())
            low, high = interval(kept, np.random.default_rng(seed))
        found[metric] = {
            'mean': mean,
            'low': low,
            'high': high,
            'images': len(kept),
            'nan': len(values) - len(kept),
        }
    return found


def interval(
    values: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Tuple[float, float]:
    """Bootstrapped 95 % interval of a mean (percentiles; Efron 1979).

    Parameters
    ----------
    values : float array
        Finite.
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    (float, float)
    """
    from scipy import stats  # slow to import, and tables do without

    if len(values) == 1:  # SciPy refuses one value, which is its own mean
        values = np.repeat(values, 2)
    low, high = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        batch=CHUNK,
        method='percentile',
        random_state=rng,  # pyright: ignore[reportCallIssue]  (`rng` since SciPy 1.15)
    ).confidence_interval
    return float(low), float(high)


def write_csv(path: str, rows: Sequence[Tuple[str, Dict[str, float]]]) -> None:
    """One row per image: its name and its scores.

    Parameters
    ----------
    path : str
        Final name; appears when the file is complete.
    rows : sequence of (str, dict)
    """
    with atomic_path(path) as part, open(part, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['image'] + list(rows[0][1]))
        for name, values in rows:
            writer.writerow([printable(name)] + [repr(float(value)) for value in values.values()])


def write_json(path: str, content: Dict[str, Any]) -> None:
    """Write the summary of an evaluation.

    Parameters
    ----------
    path : str
        Final name; appears when the file is complete.
    content : dict
        As `read_json` returns it; format and provenance are added.
    """
    with atomic_path(path) as part, open(part, 'w', encoding='utf-8') as file:
        json.dump(dict(content, format=FORMAT, **provenance()), file, indent=2, allow_nan=False)
        file.write('\n')


def read_json(path: str) -> Dict[str, Any]:
    """The summary of an evaluation.

    Parameters
    ----------
    path : str

    Returns
    -------
    dict

    Raises
    ------
    MissingFiles, BadFile
        It is not there, or no scores.json of this format.
    """
    doing = f'reading scores from {path}'
    text = outside.text(path, doing, LARGEST)
    try:
        content = json.loads(text, parse_constant=_refused, object_pairs_hook=outside.unique)
        if not isinstance(content, dict) or content.get('format') != FORMAT:
            raise ValueError(f'not of the format {FORMAT!r}')
        _check(content, _CONTENT)
        if not isinstance(content.get('metrics'), dict):
            raise ValueError('no metrics')
        for metric in content['metrics'].values():
            _check(metric, _METRIC)
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadFile(
            doing, str(error), 'a scores.json of this program', 'juntingnet evaluate --help'
        ) from None
    return content


def _refused(name):
    raise ValueError(f'{name} is not JSON')


def _check(found, expected):
    for name, check in expected.items():
        value = found.get(name) if isinstance(found, dict) else None
        if isinstance(check, dict):
            _check(value, check)
        elif not check(value):
            raise ValueError(f'{name} is {described(value)}')
