"""Seconds a picture of the classical models, on one core.

    python experiments/bench_baselines.py [PICTURE ...]

Each model sees each picture in turn, scaled to 640 x 480, in alternation, in
this process on one core. Without pictures, ten are made that compress like
photographs. Prints the median and the range; decoding and writing files are
left out.
"""

import argparse
import os

# Before NumPy: a matrix product would use all cores otherwise.
for _name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[_name] = '1'

import statistics  # noqa: E402  (after the threads are set)
import time  # noqa: E402  (after the threads are set)

import numpy as np  # noqa: E402  (after the threads are set)
from bench_preprocess import picture  # noqa: E402  (after the threads are set)

from juntingnet_theano import baselines  # noqa: E402  (after the threads are set)
from juntingnet_theano.pictures.images import read_rgb, resize  # noqa: E402  (after the threads are set)

SIZE = (480, 640)
LIMITS = {'gbvs': 1.0, 'itti': 0.5, 'bms': 0.5}  # seconds that are promised


def main():
    """Measure all models that need no cache."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('pictures', nargs='*')
    parser.add_argument('--rounds', type=int, default=3)
    args = parser.parse_args()
    if hasattr(os, 'sched_setaffinity'):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rng = np.random.RandomState(0)
    pictures = [resize(read_rgb(path), SIZE) for path in args.pictures] or [
        np.asarray(picture(rng, SIZE[1], SIZE[0])) for _ in range(10)
    ]
    models = {name: baselines.load(name) for name in baselines.BASELINES if name != 'mean-map'}
    seconds = {name: [] for name in models}
    for _ in range(args.rounds):
        for image in pictures:
            for name, model in models.items():
                started = time.perf_counter()
                model(image)
                seconds[name].append(time.perf_counter() - started)
    print(f'{len(pictures)} pictures of 640 x 480, {args.rounds} rounds, one core')
    for name, found in seconds.items():
        limit = LIMITS.get(name)
        print(
            '  {:9} {:.3f} s  ({:.3f} to {:.3f}){}'.format(
                name,
                statistics.median(found),
                min(found),
                max(found),
                '' if limit is None else f'  promised: {limit:.1f}',
            )
        )


if __name__ == '__main__':
    main()
