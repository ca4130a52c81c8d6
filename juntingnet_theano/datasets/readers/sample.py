"""A data set that needs no download: `scenes`, in iSUN's layout.

`generate` writes it and `isun` reads it, so that every stage meets the true
file formats. The testing split comes without gaze and maps, as in the
challenge; the answers lie apart, in ``answers/``.

>>> import os, tempfile
>>> root = os.path.join(tempfile.mkdtemp(), 'sample')
>>> generate(root, counts=(2, 1, 1))
>>> [len(read(root, split)) for split in SPLITS]
[2, 1, 1]
"""

import io
import numbers
import os
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano.datasets import layout, scenes
from juntingnet_theano.datasets.readers.isun import read, sources, splits
from juntingnet_theano.datasets.records import SPLITS
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.files import matfiles
from juntingnet_theano.files.writing import atomic_path, locked, make_folder

__all__ = ['SPLITS', 'generate', 'read', 'required', 'sources', 'splits']

DOING = 'generating the sample'
JPEG_QUALITY = 90
BLUR = 0.033  # sigma of a map's Gaussians, of the longer side


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    made = "made by 'juntingnet sample'"
    return [layout.Required(split + '.mat', made, 'below 1 MB') for split in splits] + [
        layout.Required('images/', made, '10 MB'),
        layout.Required('saliency/', made, '10 MB'),
    ]


def generate(
    root: str,
    counts: Tuple[int, int, int] = (400, 100, 50),
    seed: int = 0,
    watch: Optional[Callable[..., Any]] = None,
) -> None:
    """Write the data set.

    Parameters
    ----------
    root : str
        Folder to make. It appears, complete, at the end.
    counts : (int, int, int)
        Images of the training, validation and testing split.
    seed : int
        The same seed gives the same bytes (with the same NumPy, Pillow and
        zlib); an image depends on the seed, its split and its number only.
    watch : callable, optional
        Wraps the list of image numbers, to show progress.

    Raises
    ------
    BadSetting
        For counts or a seed out of range.
    BadFile
        Where `root` exists and is not an empty folder.
    CannotWrite
        Where it cannot be made.
    Busy
        Where another process makes it.
    """
    if len(counts) != len(SPLITS) or not all(_is_whole(count) for count in counts):
        raise BadSetting(DOING, f'counts={counts!r}', 'three whole numbers from 0')
    if not _is_whole(seed) or seed >= 1 << 32:
        raise BadSetting(DOING, f'seed={seed!r}', 'a whole number from 0 to 4,294,967,295')
    root = os.path.abspath(root)
    with locked(root, DOING):
        if os.path.exists(root) and (not os.path.isdir(root) or os.listdir(root)):
            raise BadFile(
                DOING, root + ' exists', 'a folder that does not', 'remove it, or name another'
            )
        with atomic_path(root) as part:
            _generate(part, counts, seed, watch or iter)


def _is_whole(number):
    return isinstance(number, numbers.Integral) and int(number) >= 0


def _generate(root, counts, seed, watch):
    for inner in ('images', 'saliency', os.path.join('answers', 'saliency')):
        make_folder(os.path.join(root, inner))
    structs = {split: [] for split in SPLITS}
    for split, number in watch(
        [(split, number) for split, count in enumerate(counts) for number in range(count)]
    ):
        structs[SPLITS[split]].append(_write_image(root, seed, split, number))
    _write_lists(root, structs)


def _write_lists(root, structs):
    for split in SPLITS:
        listed = structs[split]
        if split == 'testing':
            matfiles.write(os.path.join(root, 'answers', split + '.mat'), {split: listed})
            listed = [
                {field: value for field, value in struct.items() if field != 'gaze'}
                for struct in listed
            ]
        matfiles.write(os.path.join(root, split + '.mat'), {split: listed})


def _write_image(root, seed, split, number):
    """Write one image and its map; its entry of the list."""
    rng = np.random.RandomState([seed, split, number])
    name = f'sample_{SPLITS[split]}_{number:06d}'
    scene = scenes.draw(rng)
    gaze = scenes.look(scene, rng)
    width, height = scene.picture.size
    # Pillow's encoder hides errors of the disk.
    encoded = io.BytesIO()
    scene.picture.save(encoded, 'JPEG', quality=JPEG_QUALITY)
    with open(os.path.join(root, 'images', name + '.jpg'), 'wb') as file:
        file.write(encoded.getbuffer())
    answers = 'answers' if SPLITS[split] == 'testing' else ''
    matfiles.write(
        os.path.join(root, answers, 'saliency', name + '.mat'),
        {'I': density(gaze, (height, width))},
    )
    return {'image': name, 'resolution': [[height, width]], 'scene': scene.kind, 'gaze': gaze}


def density(gaze: Sequence[Mapping[str, np.ndarray]], size: Tuple[int, int]) -> np.ndarray:
    """Sum of one Gaussian for each fixation, divided by its maximum.

    Parameters
    ----------
    gaze : list of dict
        As `scenes.look` gives it.
    size : (int, int)
        (height, width).

    Returns
    -------
    float32 array
        Of `size`, in [0, 1], in steps of 1/255 (as the maps of the challenge
        came from 8-bit pictures, and because that packs well).
    """
    places = np.concatenate([struct['fixation'] for struct in gaze]) - 1
    sigma = BLUR * max(size)
    across, down = (
        np.exp(-0.5 * ((np.arange(length) - places[:, axis : axis + 1]) / sigma) ** 2)
        for axis, length in ((0, size[1]), (1, size[0]))
    )
    total = down.T.dot(across)
    return (np.rint(255 * total / total.max()) / 255).astype('float32')
