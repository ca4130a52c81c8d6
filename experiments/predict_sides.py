"""The two sides of bench_predict: ours, and PyTorch + Pillow + SciPy.

    python experiments/predict_sides.py plain FOLDER

Runs in the peers' Python too: each side imports what it needs. Reads a job a
line (folder, one, stages) and answers with JSON; `bench_predict` asks.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

BATCH = 32


class Clock:
    """Seconds by stage."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def __call__(self, stage):
        """Add the seconds of a block to a stage."""
        started = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


class Ours:
    """The package as a program calls it."""

    def __init__(self, folder, side):
        from juntingnet_theano.prediction import models, pipeline

        self._model = models.load(os.path.join(folder, 'weights.hdf5'))
        self._predict = pipeline.predict
        self._out = os.path.join(folder, side)

    def run(self, paths):
        """Maps of all files."""
        with contextlib.redirect_stderr(io.StringIO()):  # its progress
            self._predict(self._model, [(stem(path), path) for path in paths], self._out)

    def stages(self, path):
        """Seconds of each stage for one picture."""
        from juntingnet_theano.files import writing
        from juntingnet_theano.pictures import images
        from juntingnet_theano.prediction.postprocessing import postprocess
        from juntingnet_theano.saliency_maps import map_files

        clock = Clock()
        with clock('decode'):
            pixels, size = images.read_with_size(path, 96)
        with clock('shrink'):
            pixels = images.to_chw(images.fit(pixels, 96))
        group = np.repeat(pixels[np.newaxis], BATCH, axis=0)
        with clock('network'):
            grids = self._model(group)
        clock.seconds['network'] /= BATCH
        with clock('enlarge and blur'):
            values = postprocess(grids[0], size)
        with clock('encode'):
            content = map_files.encode_png(values)
        with clock('write'), writing.atomic_path(os.path.join(self._out, 'x.png')) as part, open(
            part, 'wb'
        ) as file:
            file.write(content)
        return clock.seconds


class Plain:
    """The chain as its libraries' manuals write it."""

    def __init__(self, folder, side):
        import torch

        self._torch = torch
        stored = np.load(os.path.join(folder, 'weights.npz'))
        self._head = str(stored['head'])
        self._weights = {}
        for name in stored.files:
            values = stored[name]
            if values.ndim == 4:  # Theano's convolution turns filters
                values = values[:, :, ::-1, ::-1]
            elif values.ndim == 2:
                values = values.T
            self._weights[name] = (
                torch.from_numpy(np.ascontiguousarray(values)) if values.ndim else None
            )
        self._out = os.path.join(folder, side)
        os.makedirs(self._out, exist_ok=True)
        self._tuned = side == 'tuned'

    def run(self, paths):
        """Maps of all files, a minibatch at a time."""
        if not self._tuned:
            self._all(paths, map)
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self._all(paths, pool.map)

    def _all(self, paths, each):
        for start in range(0, len(paths), BATCH):
            group = paths[start : start + BATCH]
            pixels, sizes = zip(*each(self._read, group))
            maps = self._network(np.stack(pixels))
            list(each(self._finish, group, maps, sizes))

    def _read(self, path, clock=None):
        clock = clock or Clock()
        with clock('decode'):
            image = Image.open(path).convert('RGB')
        with clock('shrink'):
            small = image.resize((96, 96), Image.LANCZOS)
            return np.asarray(small).transpose(2, 0, 1), image.size

    def _network(self, pixels):
        torch, weights = self._torch, self._weights
        functional = torch.nn.functional
        with torch.inference_mode():
            x = (
                torch.from_numpy(pixels)
                .float()
                .div_(255)
                .contiguous(memory_format=torch.channels_last)
            )
            for number in '123':
                x = functional.max_pool2d(
                    functional.conv2d(
                        x, weights[f'conv{number}.W'], weights[f'conv{number}.b']
                    ).relu_(),
                    2,
                )
            x = functional.linear(x.flatten(1), weights['dense1.W'], weights['dense1.b']).relu_()
            if self._head == 'released':
                x = x.view(len(x), -1, 2).amax(-1)
            x = functional.linear(x, weights['dense2.W'], weights['dense2.b'])
            if self._head == 'paper':
                x = x.view(len(x), -1, 2).amax(-1)
            return x.view(-1, 48, 48).numpy()

    def _finish(self, path, grid, size, clock=None):
        from scipy import ndimage

        clock = clock or Clock()
        with clock('enlarge'):
            full = np.asarray(Image.fromarray(grid).resize(size, Image.BICUBIC))
        with clock('blur'):
            full = np.clip(ndimage.gaussian_filter(np.clip(full, grid.min(), grid.max()), 3), 0, 1)
        with clock('encode and write'):
            Image.fromarray(np.rint(full * 255).astype('uint8')).save(
                os.path.join(self._out, stem(path) + '.png'), compress_level=1 if self._tuned else 6
            )

    def stages(self, path):
        """Seconds of each stage for one picture."""
        clock = Clock()
        pixels, size = self._read(path, clock)
        group = np.repeat(pixels[np.newaxis], BATCH, axis=0)
        with clock('network'):
            maps = self._network(group)
        clock.seconds['network'] /= BATCH
        self._finish(path, maps[0], size, clock)
        return clock.seconds


def stem(path):
    """File name without its extension."""
    return os.path.splitext(os.path.basename(path))[0]


def seconds(function, *arguments):
    """How long a call takes."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def answer(chain, job, paths):
    """The result of a job: seconds, of one picture the median of eight, of
    a stage their mean."""
    if job == 'folder':
        return seconds(chain.run, paths)
    if job == 'one':
        return np.median([seconds(chain.run, [path]) for path in paths[:8]])
    turns = [chain.stages(path) for path in paths[:8]]
    return {stage: np.mean([turn[stage] for turn in turns]) for stage in turns[0]}


def main():
    """Answer jobs until standard input ends, or predict one picture."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('side', choices=('ours', 'plain', 'tuned'))
    parser.add_argument('folder')
    parser.add_argument('--once', action='store_true')
    args = parser.parse_args()
    images = os.path.join(args.folder, 'images')
    paths = [os.path.join(images, name) for name in sorted(os.listdir(images))]
    chain = (Ours if args.side == 'ours' else Plain)(args.folder, args.side)
    if args.once:
        chain.run(paths[:1])
        return
    for line in sys.stdin:
        print(json.dumps(answer(chain, line.strip(), paths)), flush=True)


if __name__ == '__main__':
    main()
