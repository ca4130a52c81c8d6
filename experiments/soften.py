"""A cache whose training maps are part truth, part what networks say.

    juntingnet predict --weights TEACHER --dataset isun --split training \
        --views 12 --power 1 --form npy --out MAPS
    python experiments/soften.py --cache data/cache/isun.hdf5 \
        --out data/cache/isun-soft.hdf5 --gazed 0.3 --others 0.6 \
        MAPS [MAPS ...]

Not the paper's. A few people's fixations are a noisy sample of where people
look. Networks that were trained on such maps (teachers) agree on what can be
seen in the picture and disagree on the noise; a network that learns from both
(Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network",
2015) is told less of the noise. Truth and teachers are brought to mean 0 and
deviation 1 before they are added, and the sum is stretched to [0, 1]. Images
whose gaze is known and others, whose maps come from elsewhere, have shares of
their own. All other splits stay as they are.
"""

import argparse
import hashlib

import numpy as np

from juntingnet_theano.cache import CacheWriter, open_cache
from juntingnet_theano.cache.writer import Example
from juntingnet_theano.errors import JuntingNetError, MissingFiles
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.files import writing
from juntingnet_theano.prediction.views import standardise_map
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import maps as saliency_maps

BLOCK = 64  # rows in memory at once


def softened(truth, teachers, share):
    """The uint8 map between a truth and the mean of its teachers' maps.

    Parameters
    ----------
    truth : uint8 array, h x w
    teachers : list of float arrays
        Any size and range.
    share : float
        Of the teachers, in [0, 1].

    Returns
    -------
    uint8 array, h x w
    """
    mean = np.mean(
        [standardise_map(saliency_maps.resize(each, truth.shape)) for each in teachers], axis=0
    )
    mixed = share * standardise_map(mean) + (1 - share) * standardise_map(truth.astype('float32'))
    return saliency_maps.quantise(saliency_maps.stretch(mixed))


class Teachers:
    """What several networks say of a split's images.

    Parameters
    ----------
    paths : sequence of str
        Maps of each, as `predicted_maps.open_maps` takes them.
    shares : (float, float)
        Theirs in the maps of images with gaze, and of others.
    names : list of str
        Of the split's images.
    split : str

    Raises
    ------
    MissingFiles
        An image has no map.
    """

    def __init__(self, paths, shares, names, split):
        self._shares = shares
        self._found = [predicted_maps.open_maps(path, names, split) for path in paths]
        for path, found in zip(paths, self._found):
            missing = sorted(set(names) - found.names)
            if missing:
                raise MissingFiles(
                    f'reading what {path} says',
                    f'{len(missing)} of {len(names)} images without a map, first {missing[0]}',
                    'a map of each',
                    'juntingnet predict --split training',
                )

    def soften(self, name, truth, gazed):
        """The new map of an image, with or without gaze."""
        maps = [predicted_maps.decode(next(found.read([name]))) for found in self._found]
        return softened(truth, maps, self._shares[0 if gazed else 1])


def examples(cache, split, start, teachers):
    """A block of a split's rows, with new maps where there are teachers."""
    rows = range(start, min(start + BLOCK, cache.count(split)))
    names, sizes = cache.names(split), cache.sizes(split)
    images = cache.images(split, rows)
    maps = cache.maps(split, rows)[:, 0] if cache.has(split, 'maps') else [None] * len(rows)
    for row, image, truth in zip(rows, images, maps):
        fixations = cache.fixations(split, row) if cache.has(split, 'fixations') else None
        if teachers is not None:
            truth = teachers.soften(
                names[row], truth, fixations is not None and len(fixations.x) > 0
            )
        yield Example(names[row], tuple(sizes[row]), image, truth, fixations)


def soften(cache, paths, shares, path):
    """Write the new cache.

    Parameters
    ----------
    cache : cache.Cache
    paths : sequence of str
        Training maps of each teacher.
    shares : (float, float)
        As in `Teachers`.
    path : str
        File to write; it gets this name when it is complete.
    """
    digest = hashlib.sha256(cache.fingerprint.encode())
    longest = max(
        len(name.encode('utf-8')) for split in cache.splits for name in cache.names(split)
    )
    with writing.atomic_path(path) as part, CacheWriter(
        part, cache.preprocessing, longest
    ) as writer:
        for split in cache.splits:
            teachers = None
            if split == 'training':
                teachers = Teachers(paths, shares, cache.names(split), split)
            writer.start_split(split, cache.has(split, 'maps'))
            for start in progress(range(0, cache.count(split), BLOCK), split, 'blocks'):
                block = list(examples(cache, split, start, teachers))
                writer.append(block)
                if teachers is not None:
                    for each in block:
                        digest.update(each.saliency_map.tobytes())
        writer.finish(digest.hexdigest(), cache.dropped, cache.skipped)


def main(argv=None):
    """Read the arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('maps', nargs='+', help='training maps of a teacher')
    parser.add_argument('--cache', default='data/cache/isun.hdf5')
    parser.add_argument('--out', default='data/cache/isun-soft.hdf5')
    parser.add_argument(
        '--gazed',
        type=float,
        default=0.5,
        metavar='SHARE',
        help="the teachers' in maps of images with gaze",
    )
    parser.add_argument(
        '--others', type=float, default=0.5, metavar='SHARE', help='and of other images'
    )
    args = parser.parse_args(argv)
    for share in (args.gazed, args.others):
        if not 0 <= share <= 1:
            parser.error(f'a share of {share:g}, not in [0, 1]')
    try:
        with open_cache(args.cache) as cache:
            soften(cache, args.maps, (args.gazed, args.others), args.out)
    except JuntingNetError as error:
        parser.error(str(error))
    print('wrote ' + args.out)


if __name__ == '__main__':
    main()
