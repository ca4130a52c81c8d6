"""Raw files of a data set to its HDF5 cache.

Worker processes decode and shrink, this process writes. Rows come in the
order of the records whatever the number of workers, and only a few batches
are on their way at a time, so that memory does not grow with the data set.

A map is squashed to the square from its full depth and then stretched, so
that its smallest value is stored as 0 and its largest as 255. The authors'
code stretched first and squashed 8-bit values then; our order keeps the
maximum of every stored map at 255.

>>> import os, tempfile
>>> from juntingnet_theano.datasets.readers import sample
>>> root = os.path.join(tempfile.mkdtemp(), 'sample')
>>> sample.generate(root, counts=(2, 1, 1))
>>> done = preprocess('sample', root, root + '.hdf5', PreprocessingSettings(),
...                   workers=1, watch=lambda items, *_, **__: items)
>>> done.counts
{'training': 2, 'validation': 1, 'testing': 1}
"""

import contextlib
import hashlib
import io
import itertools
import os
from typing import Any, Callable, NamedTuple, Optional, Sequence

from juntingnet_theano import datasets
from juntingnet_theano import workers as pool
from juntingnet_theano.cache import CacheWriter
from juntingnet_theano.cache.writer import Example
from juntingnet_theano.datasets import layout
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.files import outside, writing
from juntingnet_theano.names import printable
from juntingnet_theano.pictures import images
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import maps
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

_LEAVE_OUT = 'leave such images out with --skip-bad'
BATCH = 16  # records that a worker takes at a time; half a megabyte back


class Summary(NamedTuple):
    """What `preprocess` did.

    Attributes
    ----------
    path : str
        The cache.
    counts : dict of str to int
        Split -> images in the cache.
    skipped : list of (str, str, str)
        Split, name and cause of each image that was left out.
    dropped : dict of str to int
        Split -> fixations that lay outside their image.
    fingerprint : str
        SHA-256 over settings and raw files, in hexadecimal.
    made : tuple of str
        Splits whose maps were made from fixations, since none are shipped.
    left_out : tuple of str
        Kind of each file of the set's folders that no split uses.
    """

    path: str
    counts: dict
    skipped: list
    dropped: dict
    fingerprint: str
    made: tuple = ()
    left_out: tuple = ()


class Outcome(NamedTuple):
    """What a worker made of one record: an example, or an error."""

    example: object
    error: object
    digests: tuple
    dropped: int


def preprocess(
    name: str,
    root: str,
    cache_path: str,
    settings: PreprocessingSettings,
    splits: Optional[Sequence[str]] = None,
    workers: Optional[int] = None,
    skip_bad: bool = False,
    watch: Callable[..., Any] = progress,
    allow_empty: bool = False,
) -> Summary:
    """Make the cache of a data set.

    Parameters
    ----------
    name : str
        One of `datasets.names`.
    root : str
        Folder of the raw files.
    cache_path : str
        File to write; it gets this name when it is complete.
    settings : PreprocessingSettings
    splits : sequence of str, optional
        All that the set has by default.
    workers : int, optional
        Processes; one a core by default. 1 works in this process.
    skip_bad : bool
        Leave out what cannot be read, and list it in the cache, instead of
        stopping.
    watch : callable, optional
        ``watch(items, label, unit, total=n)`` passes items through.
    allow_empty : bool
        Make splits without images too.

    Returns
    -------
    Summary

    Raises
    ------
    MissingFiles
        Where the data set is not complete, or a split has no image.
    BadFile
        Naming the first file that cannot be read, and its cause; or where
        nothing at all could be read.
    BadSetting
        For unknown names, splits or settings.
    Busy
        Where another process makes the same cache.
    """
    settings.check()
    if workers is not None and workers < 1:
        raise BadSetting('preprocessing ' + name, f'{workers} workers', 'at least 1')
    datasets.check(name, root, splits)
    splits = tuple(splits or datasets.reader(name).splits(root))
    with writing.locked(cache_path, 'preprocessing ' + name):
        return _preprocess(
            name, root, cache_path, settings, splits, workers, skip_bad, watch, allow_empty
        )


def _preprocess(name, root, cache_path, settings, splits, workers, skip_bad, watch, allow_empty):
    reader = datasets.reader(name)
    records = {split: _read_records(reader, root, split, skip_bad, allow_empty) for split in splits}
    listed = list(itertools.chain.from_iterable(records.values()))
    longest = max([1] + [len(each.name.encode('utf-8')) for each in listed])
    work = pool.ordered_map(_Work(name, settings), listed, BATCH, workers)
    with contextlib.closing(work), writing.atomic_path(cache_path) as part, CacheWriter(
        part, settings, longest
    ) as writer:
        outcomes = iter(watch(work, 'preprocessing ' + name, 'images', total=len(listed)))
        filling = _Filling(writer, settings, skip_bad)
        for split in splits:
            for path in reader.sources(root, split):
                filling.source(split, path)
            filling.split(split, records[split], outcomes)
        made = tuple(
            split for split in splits if any(each.map_sigma is not None for each in records[split])
        )
        summary = filling.summary(cache_path, made, layout.left_out(records.values()))
        if listed and not any(summary.counts.values()):
            raise BadFile(
                'preprocessing ' + name,
                f'none of {len(listed)} images could be read, first: {summary.skipped[0][2]}',
            )
        writer.finish(summary.fingerprint, summary.dropped, summary.skipped)
    return summary


def _read_records(reader, root, split, skip_bad, allow_empty):
    """Records of a split; all of them have a map or none has. Their names
    are text that a cache can hold."""
    doing = f'reading the {split} split of {root}'
    records = reader.read(root, split)
    if not records and not allow_empty:
        raise datasets.empty(root, split, records, 'images, or --allow-empty')
    records[:] = [record._replace(name=printable(record.name)) for record in records]
    without = [record.name for record in records if not record.has_map]
    if without and len(without) < len(records):
        raise BadFile(
            doing,
            f'{len(without)} of {len(records)} images have no map, first {without[0]}',
            'maps for all images of a split, or for none',
        )
    unseen = [
        record.name
        for record in records
        if record.map_sigma is not None and not record.gaze and not record.has_gaze
    ]
    if unseen and not skip_bad:
        raise BadFile(
            doing,
            f'{len(unseen)} of {len(records)} images have no fixations to make a map '
            f'from, first {unseen[0]}',
            'fixations for every image',
            _LEAVE_OUT,
        )
    return records


class _Filling:
    """Writes outcomes in order and keeps the accounts."""

    def __init__(self, writer, settings, skip_bad):
        self._writer = writer
        self._skip_bad = skip_bad
        self._counts, self._dropped, self._skipped = {}, {}, []
        self._digest = hashlib.sha256(settings.to_json().encode('utf-8'))

    def source(self, split, path):
        """Take a list file into the fingerprint."""
        from pooch import file_hash  # slow to import, and only lists need it

        self._stamp(split, os.path.basename(path), file_hash(path))

    def split(self, split, records, outcomes):
        """Write the outcomes of one split's records."""
        self._writer.start_split(split, bool(records) and records[0].has_map)
        self._counts[split] = self._dropped[split] = 0
        pairs = zip(records, outcomes)
        while True:
            block = list(itertools.islice(pairs, BATCH))
            if not block:
                return
            self._writer.append(
                [
                    outcome.example
                    for record, outcome in block
                    if self._account(split, record, outcome)
                ]
            )

    def _account(self, split, record, outcome):
        """Whether the outcome is a row of the cache."""
        if outcome.error is not None:
            if not self._skip_bad:
                raise outcome.error
            self._stamp(split, record.name, 'skipped')
            self._skipped.append((split, record.name, printable(outcome.error.got)))
            return False
        self._stamp(split, record.name, *outcome.digests)
        self._counts[split] += 1
        self._dropped[split] += outcome.dropped
        return True

    def _stamp(self, *parts):
        self._digest.update('\n{}'.format('\t'.join(parts)).encode('utf-8'))

    def summary(self, path, made, left_out):
        """The accounts so far; `made` are splits with made maps."""
        return Summary(
            path,
            self._counts,
            self._skipped,
            self._dropped,
            self._digest.hexdigest(),
            made,
            left_out,
        )


class _Work:
    """One record to one outcome; what a worker process is given."""

    def __init__(self, name, settings):
        self._name = name
        self._settings = settings

    def __call__(self, record):
        try:
            return self._outcome(record)
        except BadFile as error:
            return Outcome(None, error, (), 0)

    def _outcome(self, record):
        digests = []
        image_file = _load(record.image, 'an image', digests)
        pixels, size = images.decode(image_file, record.image, self._settings.image_size)
        gaze_files = [_load(path, 'gaze', digests) for path in record.gaze]
        record = datasets.with_gaze(self._name, record, gaze_files, size)
        _check_size(record, record.image, size, record.size)
        settings = self._settings
        square = images.fit(pixels, settings.image_size, settings.fit, settings.resampling)
        saliency_map = self._saliency_map(record, size, digests)
        example = Example(record.name, size, images.to_chw(square), saliency_map, record.fixations)
        return Outcome(example, None, tuple(digests), record.dropped)

    def _saliency_map(self, record, size, digests):
        """uint8 map of the cache's size, or None."""
        if not record.has_map:
            return None
        if record.saliency_map is None:
            if not record.has_gaze:
                raise BadFile(
                    f'making a map of {record.name} ({record.split})',
                    f'{record.image}: nobody looked at it, or only outside it',
                    'fixations',
                    _LEAVE_OUT,
                )
            values = maps.from_fixations(
                record.fixations, size, self._settings.map_sigma or record.map_sigma, maps.STRIP
            )
        else:
            path = record.saliency_map
            values = maps.decode(_load(path, 'a saliency map', digests), path)
            _check_size(record, path, values.shape, size)
        side = self._settings.map_size
        squashed = maps.resize(values, (side, side))
        return maps.quantise(maps.stretch(squashed))


def _load(path, what, digests):
    """A file's content, as a file; its SHA-256 is added to `digests`."""
    with outside.opened(path, 'reading ' + what, outside.MEMORY) as file:
        content = file.read()
    digests.append(hashlib.sha256(content).hexdigest())
    return io.BytesIO(content)


def _check_size(record, path, found, stated):
    """Coordinates mean nothing where image, map and list disagree."""
    if stated is not None and tuple(found) != tuple(stated):
        whose = 'list' if path == record.image else 'image'
        raise BadFile(
            f'reading {record.name} ({record.split})',
            '{}: {} x {} pixels (height x width)'.format(path, *found),
            '{} x {}, as its {} says'.format(*stated, whose),
        )
