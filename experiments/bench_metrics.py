"""Scoring a split: ours against Matlab's way under Octave, and pysaliency.

    python experiments/bench_metrics.py --raw data/raw/isun

Predictions are the maps of the validation split, blurred with noise on them.
Pairs are measured in alternation, medians and ratios printed. Ours is measured
from files of maps to scores, with the start of its worker processes; the other
side has the maps in memory.

* Octave runs tests/golden/mit/*.m, a transcription of the benchmark's
  definitions that loops as these do (the original files carry no licence to
  copy them): AUC Judd, Borji and shuffled with 100 splits, CC and Similarity
  against the low-passed fixations. Reading its input is not counted, nor is
  drawing the other images. Octave must be there, with its image package.
* pysaliency computes AUC, shuffled AUC, CC and SIM, against given densities.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

from juntingnet_theano import metrics, workers

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(HERE), 'tests')
OCTAVE = """
pkg load image
warning ('off', 'all');
addpath ('{tests}/golden/mit');
load ('{folder}/input.mat');
count = numel (maps);
scores = nan (count, 5);
tic
for i = 1:count
  S = double (maps{{i}});
  F = double (fixations{{i}});
  blurred = mit_lowpass (F, 8);
  scores(i, :) = [mit_similarity(S, blurred), mit_cc(S, blurred), ...
                  mit_auc_shuffled(S, F, double (others{{i}}), 100, .1), ...
                  mit_auc_borji(S, F, 100, .1), ...
                  mit_auc_judd(S + rand (size (S)) * 1e-7, F)];
end
printf ('seconds %.6f\\n', toc);
printf ('mean %.6f\\n', mean (scores));
"""


class Split:
    """Maps to score and gaze, in memory and (the maps) in .npy files."""

    def __init__(self, raw, count, folder):
        # Here, as worker processes import this file and need no data set.
        from juntingnet_theano import datasets
        from juntingnet_theano.saliency_maps import maps

        records = datasets.reader('isun').read(raw, 'validation')[:count]
        rng = np.random.default_rng(0)
        self.densities = [maps.read(record.saliency_map) for record in records]
        self.maps = [
            maps.blur(each + rng.random(each.shape, np.float32), 5) for each in self.densities
        ]
        self.fixations = [
            np.column_stack([record.fixations.x, record.fixations.y]) for record in records
        ]
        self.sizes = [record.size for record in records]
        self.files = [
            [
                self._saved(folder, f'{kind}{index}.npy', values)
                for index, values in enumerate(arrays)
            ]
            for kind, arrays in (('m', self.maps), ('d', self.densities))
        ]

    @staticmethod
    def _saved(folder, name, values):
        path = os.path.join(folder, name)
        np.save(path, values)
        return path

    def pool(self):
        return metrics.GazePool(self.fixations, self.sizes)


class Scorer:
    """Scores of one map, read from its file by whoever scores it."""

    def __init__(self, pool, protocol):
        self.pool, self.protocol = pool, protocol

    def __call__(self, task):
        index, (values, density) = task[0], map(np.load, task[1:])
        seed = np.random.SeedSequence(0, spawn_key=(index,))
        truth = self.pool.truth(index, self.protocol, metrics.generator(seed, 'others'), density)
        return metrics.score(values, truth, self.protocol, seed)


def ours(split, protocol, processes):
    """Seconds, and the mean of each metric."""
    started = time.perf_counter()
    tasks = list(zip(range(len(split.maps)), *split.files))
    rows = list(workers.ordered_map(Scorer(split.pool(), protocol), tasks, 16, processes))
    seconds = time.perf_counter() - started
    return seconds, [np.mean([row[name] for row in rows]) for name in protocol.metrics]


def octave(split, folder, protocol):
    """As `ours`, under Octave."""
    import scipy.io

    path, pool = os.path.join(folder, 'input.mat'), split.pool()
    if not os.path.exists(path):
        scipy.io.savemat(
            path,
            {
                'maps': cells(split.maps),
                'fixations': cells(
                    pool.fixation_map(index).astype(np.uint8) for index in range(len(pool))
                ),
                'others': cells(
                    pool.other_map(index, protocol, np.random.default_rng(index)).astype(np.uint8)
                    for index in range(len(pool))
                ),
            },
        )
        with open(os.path.join(folder, 'bench.m'), 'w') as file:
            file.write(OCTAVE.format(tests=TESTS, folder=folder))
    out = subprocess.run(
        ['octave', '--no-gui', os.path.join(folder, 'bench.m')],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout.decode()
    numbers = [
        float(line.split()[1]) for line in out.splitlines() if line.startswith(('seconds', 'mean'))
    ]
    return numbers[0], numbers[1:]


def cells(arrays):
    arrays = list(arrays)
    column = np.empty((len(arrays), 1), object)
    column[:, 0] = arrays
    return column


def pysaliency(split):
    """As `ours`, in pysaliency."""
    import peers

    stimuli, fixations = peers.peer_data(split.fixations, split.sizes)
    model = peers.peer_model(stimuli, split.maps)
    truth = peers.peer_model(stimuli, split.densities)
    for stimulus in stimuli:  # their hashes, which are no metric
        _ = stimulus.stimulus_id
    started = time.perf_counter()
    found = [
        model.SIM(stimuli, truth),
        model.CC(stimuli, truth),
        model.AUC(stimuli, fixations, nonfixations='shuffled', average='image'),
        model.AUC(stimuli, fixations, average='image'),
    ]
    return time.perf_counter() - started, found


def cpu():
    """Processor seconds of this process and of those it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def compare(title, names, sides, rounds):
    """Alternate the sides and print medians, ratios and means."""
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            before = cpu()
            seconds, means = side()
            times[name].append((seconds, cpu() - before))
            if len(times[name]) == 1:
                print(
                    f'  {name:22}'
                    + ' '.join('{} {:.4f}'.format(*pair) for pair in zip(names, means))
                )
    print(title)
    middles = {
        name: [statistics.median(column) for column in zip(*pairs)] for name, pairs in times.items()
    }
    wall, work = middles[list(sides)[-1]]
    for name, (seconds, used) in middles.items():
        print(
            f'  {name:22}{seconds:8.2f} s, x {wall / seconds:5.1f}   '
            f'processor {used:8.2f} s, x {work / used:5.1f}'
        )


def against_octave(split, folder, here, rounds):
    """The first pair, where Octave is there."""
    if not shutil.which('octave'):
        print('no octave here: pair left out')
        return
    protocol = metrics.PROTOCOLS['lsun2015']
    sides = {name: lambda count=count: ours(split, protocol, count) for name, count in here.items()}
    sides['Matlab way, Octave'] = lambda: octave(split, folder, protocol)
    compare(f'five metrics, 100 splits, {len(split.maps)} images', protocol.metrics, sides, rounds)


def against_pysaliency(split, here, rounds):
    """The second pair, where pysaliency is there."""
    try:
        pysaliency(split)  # compiles its kernels
    except unittest.SkipTest as error:
        print(f'pair left out: {error}')
        return
    protocol = metrics.PROTOCOLS['pysaliency']._replace(
        truth='maps', metrics=('similarity', 'cc', 'auc_shuffled', 'auc_uniform')
    )
    sides = {name: lambda count=count: ours(split, protocol, count) for name, count in here.items()}
    sides['pysaliency'] = lambda: pysaliency(split)
    compare(
        f'SIM, CC, sAUC and AUC of pysaliency, {len(split.maps)} images',
        protocol.metrics,
        sides,
        rounds,
    )


def main():
    """Measure both pairs."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--raw', default='data/raw/isun')
    parser.add_argument('--count', type=int, default=300)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--processes', type=int, default=workers.cores())
    args = parser.parse_args()
    sys.path.insert(0, TESTS)
    here = {f'ours, {args.processes} processes': args.processes, 'ours, one process': 1}
    folder = tempfile.mkdtemp()
    try:
        split = Split(args.raw, args.count, folder)
        against_pysaliency(split, here, args.rounds)
        against_octave(split, folder, here, args.rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    main()
