"""What 8-bit map files cost in each metric.

    python experiments/bits.py --raw data/raw/isun

Scores the validation split's maps, blurred with noise on them so that they
are no perfect predictions, and the mean training map, as float32 and rounded
to 8 bits, with the same seeds; prints the difference of the means and the
largest difference of a single image.
"""

import argparse

import numpy as np

from juntingnet_theano import datasets, metrics
from juntingnet_theano.saliency_maps import maps

PROTOCOL = metrics.PROTOCOLS['mit']._replace(
    metrics=metrics.PROTOCOLS['lsun2015'].metrics + ('nss', 'kl_divergence')
)


def rounded(values):
    """What comes back from an 8-bit PNG."""
    return maps.quantise(values, 8) / np.float32(255)


def predictions(raw, records):
    """Name of a kind of prediction -> map of a record."""
    training = [
        record for record in datasets.reader('isun').read(raw, 'training') if record.has_gaze
    ]
    mean = np.mean(
        [maps.resize(maps.read(record.saliency_map), (240, 320)) for record in training], axis=0
    )
    rng = np.random.default_rng(0)

    def noisy(record):
        truth = maps.read(record.saliency_map)
        noise = maps.blur(rng.standard_normal(truth.shape), 12)
        return maps.stretch(maps.blur(truth, 12) + 0.2 * noise / noise.std())

    return {
        'blurred truth and noise': noisy,
        'mean training map': lambda record: maps.resize(mean, record.size),
        # A timid network's: the same, within a twentieth of the range.
        'the same within [0.2, 0.25]': lambda record: np.float32(0.2 + 0.05 * noisy(record)),
    }


def main():
    """Score each kind twice."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--raw', default='data/raw/isun')
    args = parser.parse_args()
    records = [
        record for record in datasets.reader('isun').read(args.raw, 'validation') if record.has_gaze
    ]
    pool = metrics.GazePool(
        [np.column_stack([record.fixations.x, record.fixations.y]) for record in records],
        [record.size for record in records],
    )
    for kind, predict in predictions(args.raw, records).items():
        found = []
        for index, record in enumerate(records):
            seed = np.random.SeedSequence(0, spawn_key=(index,))
            truth = pool.truth(index, PROTOCOL, metrics.generator(seed, 'others'))
            values = predict(record)
            found.append(
                [
                    list(metrics.score(each, truth, PROTOCOL, seed).values())
                    for each in (values, rounded(values))
                ]
            )
        exact, coarse = np.array(found).transpose(1, 0, 2)
        print(kind)
        for place, name in enumerate(PROTOCOL.metrics):
            change = coarse[:, place] - exact[:, place]
            print(
                f'  {name:14} {exact[:, place].mean():.4f}  8 bits {change.mean():+.5f}, '
                f'at most {np.abs(change).max():.4f}'
            )


if __name__ == '__main__':
    main()
