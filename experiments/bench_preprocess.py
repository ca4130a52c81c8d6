"""Images a second and peak memory of preprocessing, against plain Pillow.

    python experiments/bench_preprocess.py --size 640x480 --count 1000

Makes JPEGs of the given size that compress like photographs, in iSUN's layout
in a temporary folder, and measures two jobs alternately, each time in a fresh
process: `preprocess` with its worker processes, and the plain way, one
process that opens each file with Pillow, converts and resizes it (and SciPy
for the maps), and keeps nothing. Prints the median of the rounds, the ratio,
and the peak resident memory of the parent and of its largest worker.

    python experiments/bench_preprocess.py --memory --count 1000 20000

runs `preprocess` alone, once, and shows how memory goes with their number.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time

import numpy as np
import scipy.io
from PIL import Image

from juntingnet_theano.cache import PreprocessingSettings
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.files import matfiles

DIFFERENT = 20  # pictures that are made; the others are links to them


def picture(rng, width, height):
    """Clouds in three octaves, grain and boxes: about 0.25 bytes a pixel."""
    pixels = np.zeros((height, width, 3))
    for octave in range(3):
        dots = rng.randint(0, 256, (6 << octave, 8 << octave, 3))
        large = Image.fromarray(dots.astype('uint8')).resize((width, height), Image.BICUBIC)
        pixels += np.asarray(large, float) / 2 ** (octave + 1)
    for _ in range(30):
        x, y = rng.randint(width), rng.randint(height)
        pixels[y : y + 60, x : x + 80] += rng.randint(-60, 60, 3)
    pixels += rng.normal(0, 3, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype('uint8'))


def make(root, count, width, height):
    """`count` images with maps (training) and without (testing)."""
    rng = np.random.RandomState(0)
    for folder in ('images', 'saliency'):
        os.makedirs(os.path.join(root, folder))
    y, x = np.mgrid[:height, :width]
    for split in ('training', 'testing'):
        structs = []
        for row in range(count):
            name = f'{split}{row:06d}'
            image, saliency_map = (
                os.path.join(root, folder, '{}' + extension)
                for folder, extension in (('images', '.jpg'), ('saliency', '.mat'))
            )
            if row < DIFFERENT:
                picture(rng, width, height).save(image.format(name), quality=90)
                centre = rng.randint(width), rng.randint(height)
                blob = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (0.02 * width**2))
                if split == 'training':
                    scipy.io.savemat(
                        saliency_map.format(name),
                        {'I': blob.astype('float32')},
                        do_compression=True,
                    )
            else:
                first = f'{split}{row % DIFFERENT:06d}'
                os.link(image.format(first), image.format(name))
                if split == 'training':
                    os.link(saliency_map.format(first), saliency_map.format(name))
            structs.append({'image': name, 'resolution': [[height, width]]})
        matfiles.write(os.path.join(root, split + '.mat'), {split: structs})


def ours(root, split):
    """The whole stage, from list to cache."""
    preprocess(
        'isun',
        root,
        root + '.hdf5',
        PreprocessingSettings(),
        splits=[split],
        watch=lambda items, *_, **__: items,
    )


def plain(root, split):
    """Pillow's three calls, and SciPy's and one more where there are maps."""
    for name in sorted(os.listdir(os.path.join(root, 'images'))):
        if name.startswith(split):
            with Image.open(os.path.join(root, 'images', name)) as image:
                np.asarray(image.convert('RGB').resize((96, 96), Image.LANCZOS))
            if split == 'training':
                values = scipy.io.loadmat(os.path.join(root, 'saliency', name[:-4] + '.mat'))['I']
                np.asarray(Image.fromarray(values).resize((48, 48), Image.BICUBIC))


def measure(job, root, split, results):
    """In a fresh process: seconds, MB of this process, MB of its largest."""
    started = time.perf_counter()
    job(root, split)
    seconds = time.perf_counter() - started
    results.put(
        [seconds]
        + [
            resource.getrusage(who).ru_maxrss / 1024.0
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
    )


def run(job, root, split):
    """`measure` in a process of its own."""
    context = multiprocessing.get_context('spawn')
    results = context.Queue()
    process = context.Process(target=measure, args=(job, root, split, results))
    process.start()
    found = results.get()
    process.join()
    return found


def only_ours(root, split, count):
    """One round of `preprocess`, for its memory."""
    seconds, own, child = run(ours, root, split)
    print(
        f'  {count:,} images: {count / seconds:.1f} images/s   peak {own:.0f} MB, largest worker '
        f'{child:.0f} MB'
    )


def compare(root, split, count, rounds):
    """Alternate the two jobs and print medians."""
    found = {ours: [], plain: []}
    for _ in range(rounds):
        for job in found:
            found[job].append(run(job, root, split))
    rates = {}
    for job, measured in found.items():
        seconds, own, child = (statistics.median(column) for column in zip(*measured))
        rates[job] = count / seconds
        print(
            f'  {job.__name__:6} {rates[job]:7.1f} images/s   peak {own:4.0f} MB, largest worker '
            f'{child:4.0f} MB'
        )
    print(f'  ratio  {rates[ours] / rates[plain]:7.2f}')


def main():
    """Measure images alone, and images with maps."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--size', default='640x480', help='WIDTHxHEIGHT')
    parser.add_argument('--count', type=int, nargs='+', default=[1000])
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--memory', action='store_true', help='run preprocess alone, once')
    args = parser.parse_args()
    width, height = map(int, args.size.split('x'))
    for count in args.count:
        folder = tempfile.mkdtemp()
        root = os.path.join(folder, 'set')
        try:
            make(root, count, width, height)
            first = os.path.join(root, 'images', 'testing000000.jpg')
            for split, what in (('testing', 'images'), ('training', 'images and maps')):
                print(
                    f'{count} {what} of {args.size}, {os.path.getsize(first) / 1000.0:.0f} kB each'
                )
                if args.memory:
                    only_ours(root, split, count)
                else:
                    compare(root, split, count, args.rounds)
        finally:
            shutil.rmtree(folder)


if __name__ == '__main__':
    main()
