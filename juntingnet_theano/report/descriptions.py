"""What a file or folder is: a cache, a run, weights or raw files.

>>> import os, tempfile
>>> from juntingnet_theano.datasets.readers import sample
>>> root = os.path.join(tempfile.mkdtemp(), 'sample')
>>> sample.generate(root, counts=(3, 1, 1))
>>> describe(root)[1]
'training: 3 images, 3 with maps, ... fixations on 3'
"""

import os
from typing import List, Optional

import numpy as np

from juntingnet_theano import datasets
from juntingnet_theano.cache import open_cache
from juntingnet_theano.datasets import layout, registry
from juntingnet_theano.errors import BadFile, JuntingNetError, MissingFiles
from juntingnet_theano.files import outside
from juntingnet_theano.names import shortened
from juntingnet_theano.pictures import folders
from juntingnet_theano.training import Run, history

DOING = 'describing'
_SHOWN = 10000  # characters of what a file says of itself


def describe(path: str, name: Optional[str] = None) -> List[str]:
    """Say what lies at a path.

    Parameters
    ----------
    path : str
        A cache, weights, a run's folder or a folder of raw files.
    name : str, optional
        The data set, for raw files; by default the first whose files are all
        there, and else a folder of images.

    Returns
    -------
    list of str
        Lines of text.

    Raises
    ------
    MissingFiles, BadFile
        Where there is nothing, or nothing of ours.
    """
    if not os.path.exists(path):
        raise MissingFiles(DOING, 'there is no ' + path)
    if name is not None:
        return _raw(path, name)
    if not os.path.isdir(path):
        with outside.opened(path, DOING):  # a regular file, or refused
            pass
        return _file(path)
    if os.path.exists(os.path.join(path, 'settings.toml')):
        return _run(path)
    return _raw(path, _guess(path))


def _file(path):
    causes = []
    for describe_one in (_cache, _weights):
        try:
            return describe_one(path)
        except BadFile as error:
            causes.append(error.got)
    raise BadFile(DOING, '{}: neither a cache ({}) nor weights ({})'.format(path, *causes))


# --- a cache -----------------------------------------------------------------


def _cache(path):
    with open_cache(path) as cache:
        lines = [f'{path}: a cache of {sum(cache.count(split) for split in cache.splits)} images']
        lines.extend(_cache_split(cache, split) for split in cache.splits)
        lines += [
            'preprocessing: ' + cache.preprocessing.to_json(),
            'made by: juntingnet {juntingnet_version}, {command}'.format(**cache.attributes),
            'fingerprint: ' + cache.fingerprint,
        ]
        lines.extend('skipped {} {}: {}'.format(*row) for row in cache.skipped)
        return lines


def _cache_split(cache, split):
    sizes = cache.sizes(split)
    text = '{}: {:,} images{}'.format(split, cache.count(split), _span(sizes) if len(sizes) else '')
    counts = cache.fixation_counts(split)
    if cache.has(split, 'maps'):
        text += ', with maps'
    if counts.any():
        text += (
            f', {counts.sum():,} fixations on {(counts > 0).sum():,}, '
            f'{cache.dropped.get(split, 0):,} outside dropped'
        )
    return text


def _span(sizes):
    """' of 480 x 640', or ' of 100 to 480 x 120 to 640'."""
    sides = [
        ('{}' if low == high else '{} to {}').format(low, high)
        for low, high in zip(np.min(sizes, 0), np.max(sizes, 0))
    ]
    return ' of {} x {}'.format(*sides)


# --- weights and runs --------------------------------------------------------


def _weights(path):
    # Imported here: weights bring the engine with them, which takes seconds.
    from juntingnet_theano.network import weights

    found = weights.read_attributes(path)
    with weights.open_weights(path) as file:
        arrays = []
        file.visititems(
            lambda name, item: arrays.append((name, item.shape)) if hasattr(item, 'shape') else None
        )
    lines = [f'{path}: weights, {sum(int(np.prod(shape)) for _, shape in arrays):,} parameters']
    lines.extend(
        '  {} {}'.format(name, 'x'.join(map(str, shape))) for name, shape in sorted(arrays)
    )
    lines.extend(shortened(f'{key}: {found[key]}', _SHOWN) for key in sorted(found))
    return lines


def _run(folder):
    run = Run.resume(folder)
    epochs = history.read(run.history_path)
    caches = ', '.join(run.settings.caches)
    lines = [
        f'{folder}: a run of {run.settings.epochs} epochs on {caches}, head {run.settings.head}'
    ]
    if epochs:
        last, best = epochs[-1], min(epochs, key=lambda row: row['validation_loss'])
        lines.append(
            f'{len(epochs)} epochs done; validation loss {last["validation_loss"]:.5f} now, '
            f'best {best["validation_loss"]:.5f} after epoch {best["epoch"]:.0f}'
        )
        lines.extend(
            f'{name} epoch: {history.describe_activity(row)}'
            for name, row in (('last', last), ('best', best))
            if np.isfinite(row.get(history.ACTIVITY[0], np.nan))
        )
    for name, path in (
        ('checkpoint', run.checkpoint_path),
        ('best weights', run.best_path),
        ('last weights', run.last_path),
    ):
        size = f'{os.path.getsize(path) / 1e6:.1f} MB' if os.path.exists(path) else 'not there'
        lines.append(f'{name}: {size}')
    return lines


# --- raw files ---------------------------------------------------------------


def _guess(root):
    """The first data set whose files are all there."""
    if os.path.isdir(os.path.join(root, 'answers')):
        return 'sample'  # in iSUN's layout otherwise
    for name in datasets.names():
        if name in ('folder', 'sample'):
            continue
        try:
            datasets.check(name, root)
            return name
        except JuntingNetError:
            continue
    return 'folder'


def _raw(root, name):
    reader = datasets.reader(name)
    splits = reader.splits(root)
    datasets.check(name, root, splits)
    records = {split: reader.read(root, split) for split in splits}
    lines = [f'{root}: raw files in the layout of {name}']
    lines.extend(_raw_split(split, records[split]) for split in splits)
    left_out = layout.left_out(records.values())
    if left_out:
        lines.append('left out: ' + folders.counted(left_out))
    if name in registry.names():
        entry = registry.entry(name)
        counts = ', '.join(f'{count:,} {split}' for split, count in entry.images.items())
        lines += [
            f'the whole {name} has: {counts}',
            'licence: ' + entry.licence,
            'cite: ' + entry.citation,
        ]
    return lines


def _raw_split(split, records):
    with_maps = sum(record.saliency_map is not None for record in records)
    text = f'{split}: {len(records):,} images, {with_maps:,} with maps'
    made = sum(record.map_sigma is not None for record in records)
    if made:
        text += f', {made:,} to be made from fixations'
    looked_at = [record.fixations for record in records if record.has_gaze]
    if looked_at:
        text += f', {sum(len(each.x) for each in looked_at):,} fixations on {len(looked_at):,}'
    dropped = sum(record.dropped for record in records)
    if dropped:
        text += f', {dropped:,} outside dropped'
    if any(record.gaze for record in records):
        text += ', gaze in files of its own for each image'
    return text
