"""How well people predict where other people look, beside models.

    python experiments/observers.py --raw data/raw/isun MAPS [MAPS ...]

The observers of each validation image are drawn into two halves. The
fixations of one, blurred, are a prediction, and the other half's its truth;
then the other way round. The maps of models (whatever `juntingnet evaluate`
takes) are scored against the same two truths, so that rows compare with each
other. They do not compare with scores against all observers, of whom a half
leaves a rougher truth. Prints a table, and writes it as JSON.
"""

import argparse
import json

import numpy as np

from juntingnet_theano import datasets
from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.errors import BadSetting, JuntingNetError
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.metrics import PROTOCOLS, GazePool, generator, score
from juntingnet_theano.metrics.protocols import LABELS
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import maps

PROTOCOL = PROTOCOLS['lsun2015']._replace(
    metrics=PROTOCOLS['lsun2015'].metrics + ('nss',), truth='maps'
)
SHARES = (1 / 30.0, 1 / 20.0, 1 / 15.0)
"""Sigmas of a predicting half, of the longer side; the first is the truth's.
A half that is blurred more predicts the other better than as truth."""


def halves(record, rng):
    """The fixations of two halves of a record's observers."""
    fixations = record.fixations
    observers = rng.permutation(np.unique(fixations.subject))
    first = np.isin(fixations.subject, observers[: len(observers) // 2])
    return [Fixations(*(field[chosen] for field in fixations)) for chosen in (first, ~first)]


def people(share):
    """The model that answers with the predicting half's fixations."""
    return lambda record, seen: maps.from_fixations(seen, record.size, share * max(record.size))


def maps_of(path, records, split):
    """The model whose maps lie at a path."""
    found = predicted_maps.open_maps(path, [each.name for each in records], split)
    return lambda record, seen: predicted_maps.decode(next(found.read([record.name])))


def scores_against(truths, models, records, seen):
    """Scores of all models against a half of each image's observers.

    Parameters
    ----------
    truths : list of Fixations
        The halves that are the truth.
    models : dict of str to callable
        ``model(record, seen)``, of the other half's fixations -> map.
    records : list of records.Record
    seen : list of Fixations
        The halves that predict.

    Returns
    -------
    dict of str to list of dict
        Model -> scores of each image.
    """
    pool = GazePool(
        [np.column_stack([each.x, each.y]) for each in truths], [record.size for record in records]
    )
    found = {name: [] for name in models}
    for index, record in enumerate(progress(records, 'scoring', 'images')):
        seed = np.random.SeedSequence(0, spawn_key=(index,))
        truth = pool.truth(
            index, PROTOCOL, generator(seed, 'others'), people(SHARES[0])(record, truths[index])
        )
        for name, model in models.items():
            found[name].append(score(model(record, seen[index]), truth, PROTOCOL, seed))
    return found


def means(rows):
    """Mean of each metric over images."""
    return {metric: float(np.nanmean([row[metric] for row in rows])) for metric in PROTOCOL.metrics}


def study(raw, dataset, split, scene, paths):
    """Mean scores of people and of the models at `paths`, by name."""
    datasets.check(dataset, raw, [split])
    records = [
        record
        for record in datasets.reader(dataset).read(raw, split)
        if record.has_gaze and scene in (None, record.scene)
    ]
    if not records:
        raise BadSetting('looking for gaze', f'scene {scene!r}, no image', 'a scene of ' + split)
    models = {f'half of the observers, sigma 1/{1 / share:.0f}': people(share) for share in SHARES}
    models.update((path, maps_of(path, records, split)) for path in paths)
    rng = np.random.RandomState(0)
    first, second = zip(*(halves(record, rng) for record in records))
    there = scores_against(first, models, records, second)
    back = scores_against(second, models, records, first)
    return {name: means(there[name] + back[name]) for name in models}


def table(found):
    """One line a model, as text."""
    width = max(map(len, found))
    lines = [' ' * width + ''.join(f'{LABELS[metric]:>14}' for metric in PROTOCOL.metrics)]
    lines += [
        name.ljust(width) + ''.join(f'{scores[metric]:14.3f}' for metric in PROTOCOL.metrics)
        for name, scores in found.items()
    ]
    return '\n'.join(lines)


def main(argv=None):
    """Read the arguments, score and print."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('maps', nargs='*', help='maps of models besides')
    parser.add_argument('--dataset', default='isun')
    parser.add_argument('--raw', default='data/raw/isun')
    parser.add_argument('--split', default='validation')
    parser.add_argument('--scene', help='only its images, e.g. mit1003')
    parser.add_argument('--out', default='runs/observers.json')
    args = parser.parse_args(argv)
    try:
        found = study(args.raw, args.dataset, args.split, args.scene, args.maps)
    except JuntingNetError as error:
        parser.error(str(error))
    print(table(found))
    with atomic_path(args.out) as part, open(part, 'w') as file:
        json.dump(found, file, indent=1)


if __name__ == '__main__':
    main()
