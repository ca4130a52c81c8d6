"""Small HDF5 files of each kind, bytes of them changed, and their readers.

A program, since HDF5 may crash, loop or take all memory where it meets broken
bytes, and a test run should see that and live:

    python hdf5_mutations.py KIND FIRST LAST FOLDER

reads the mutations FIRST to LAST - 1 and prints a line for each: its number
and 'same' (the values that were written), 'other' (values that make sense) or
the name of an error of ours. `campaign` starts it, again behind each mutation
that ended it.
"""

import os
import random
import resource
import signal
import subprocess
import sys

from tests.helpers import ROOT

SECONDS = 10  # for one file; the machine may be busy
MEMORY = 1 << 30  # beyond what the libraries take themselves
KINDS = ('cache', 'weights', 'checkpoint', 'list', 'map', 'results', 'stimuli', 'looks', 'maps')


def mutated(whole, number):
    """`whole` with a few bytes changed, or a block of it moved or cleared."""
    rng = random.Random(number)
    data = bytearray(whole)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        place = rng.randrange(len(data))
        how = rng.choice(('byte', 'byte', 'bit', 'number', 'move', 'clear'))
        if how == 'byte':
            data[place] = rng.randrange(256)
        elif how == 'bit':
            data[place] ^= 1 << rng.randrange(8)
        elif how == 'number':
            value = rng.choice(
                (0, 1, 0x7F, 0xFF, 1 << 16, 1 << 31, 1 << 62, (1 << 64) - 1, len(data), place)
            )
            size = rng.choice((2, 4, 8))
            data[place : place + size] = (value % (1 << 8 * size)).to_bytes(size, 'little')
        elif how == 'move':
            origin, size = rng.randrange(len(data)), rng.randint(1, 64)
            data[place : place + size] = data[origin : origin + size]
        else:
            size = rng.randint(1, 64)
            data[place : place + size] = bytes(len(data[place : place + size]))
    return bytes(data[: len(whole)])


# --- files and readers -------------------------------------------------------


def write_cache(path):
    import numpy as np

    from juntingnet_theano.cache import CacheWriter, PreprocessingSettings
    from juntingnet_theano.cache.writer import Example
    from juntingnet_theano.datasets.records import Fixations

    rng = np.random.RandomState(0)
    settings = PreprocessingSettings(image_size=4, map_size=2)
    with CacheWriter(path, settings, 4) as writer:
        for split in ('training', 'testing'):
            writer.start_split(split, split == 'training')
            writer.append(
                [
                    Example(
                        f'{split}{row}',
                        (10 + row, 20),
                        rng.randint(0, 256, (3, 4, 4), 'uint8'),
                        rng.randint(0, 256, (2, 2), 'uint8') if split == 'training' else None,
                        Fixations(
                            *np.ones((2, row), 'float32'),
                            np.arange(row, dtype='int32'),
                            np.ones(row, 'float32'),
                        )
                        if split == 'training'
                        else None,
                    )
                    for row in range(3)
                ]
            )
        writer.finish('f' * 64, {'training': 1}, [('training', 'x', 'bad')])


def read_cache(path):
    import numpy as np

    from juntingnet_theano.cache import open_cache

    with open_cache(path) as cache:
        found = [
            cache.splits,
            cache.preprocessing,
            cache.fingerprint,
            cache.attributes,
            cache.dropped,
            cache.skipped,
        ]
        for split in cache.splits:
            count = cache.count(split)
            images, sizes = cache.images(split), cache.sizes(split)
            assert images.dtype == np.uint8 and len(images) == count
            assert sizes.shape == (count, 2), sizes.shape
            found += [count, images.tolist(), sizes.tolist(), cache.names(split)]
            if cache.has(split, 'maps'):
                found.append(cache.maps(split).tolist())
            found.append(cache.fixation_counts(split).tolist())
            if cache.has(split, 'fixations'):
                for row in range(count):
                    fixations = cache.fixations(split, row)
                    assert len({len(each) for each in fixations}) == 1
                    found += [each.tolist() for each in fixations]
        return found


def small_network():
    import numpy as np

    import juntingnet_theano  # noqa: F401  (serves theano)

    from lasagne.layers import DenseLayer, InputLayer

    values = np.arange(6, dtype='float32').reshape(3, 2)
    return DenseLayer(InputLayer((None, 3), name='input'), 2, W=values, name='dense')


def parameters(layer):
    import numpy as np

    values = [param.get_value() for param in layer.get_params()]
    assert [value.shape for value in values] == [(3, 2), (2,)]
    assert all(np.isfinite(value).all() for value in values)
    return [value.tolist() for value in values]


def write_weights(path):
    from juntingnet_theano.network import weights

    weights.save(path, small_network(), {'head': 'released', 'epoch': 3})


def read_weights(path):
    from juntingnet_theano.network import weights

    layer = small_network()
    found = [(key, str(value)) for key, value in sorted(weights.read_attributes(path).items())]
    weights.load(path, layer)
    return found + parameters(layer)


class Trainer:
    """As much of `functions.Trainer` as a checkpoint holds."""

    arithmetic = 'of a test'

    def __init__(self):
        import numpy as np

        import theano

        self.velocities = {'dense.W': theano.shared(np.ones((3, 2), 'float32'))}
        self.random_states = [theano.shared(np.arange(12, dtype='int32').reshape(2, 6))]


def write_checkpoint(path):
    from juntingnet_theano.training import checkpoints

    checkpoints.save(
        path, small_network(), Trainer(), checkpoints.Position(2, 1, 0.5, 8, 3.0, 1, 0.25)
    )


def read_checkpoint(path):
    from juntingnet_theano.training import checkpoints

    layer, trainer = small_network(), Trainer()
    position = checkpoints.load(path, layer, trainer)
    velocity = trainer.velocities['dense.W'].get_value()
    state = trainer.random_states[0].get_value()
    assert velocity.shape == (3, 2) and str(velocity.dtype) == 'float32'
    assert state.shape == (2, 6) and str(state.dtype) == 'int32'
    for field in ('epoch', 'minibatch', 'images', 'best_epoch'):
        assert type(getattr(position, field)) is int, position
        assert getattr(position, field) >= 0, position
    return [position, velocity.tolist(), state.tolist()] + parameters(layer)


def write_list(path):
    import numpy as np

    from tests.helpers.mat_files import save_73

    gaze = [{'location': np.ones((3, 2)), 'fixation': np.ones((1, 2))}]
    save_73(
        path,
        training=[
            {'image': 'a', 'resolution': np.array([[30, 40]]), 'gaze': gaze},
            {'image': 'b', 'resolution': np.array([[3, 4]]), 'gaze': np.zeros((0, 0))},
        ],
    )


def read_list(path):
    from juntingnet_theano.files import matfiles

    with open(path, 'rb') as file:
        return repr(matfiles.read(file, path, 'training'))


def write_map(path):
    import numpy as np

    from tests.helpers.mat_files import save_73

    save_73(path, I=np.arange(12.0).reshape(3, 4) / 11)


def read_map(path):
    import numpy as np

    from juntingnet_theano.saliency_maps import maps

    with open(path, 'rb') as file:
        found = maps.decode(file, path)
    assert (found.dtype, found.ndim) == (np.float32, 2)
    assert found.min() >= 0 and found.max() <= 1
    return found.tolist()


def write_results(path):
    import numpy as np

    from juntingnet_theano.submission import cell_arrays

    cell_arrays.write(path, [np.ones((3, 4)), np.eye(5)], [(3, 4), (5, 5)], 0)


def read_results(path):
    import numpy as np

    from juntingnet_theano.submission import cell_arrays

    cell_arrays.count(path)
    found = list(cell_arrays.read(path))
    assert all(isinstance(each, np.ndarray) for each in found), found
    return [each.tolist() for each in found]


def write_stimuli(path):
    from tests.helpers import pysaliency_files

    pysaliency_files.write_stimuli(path, {'a/1.png': (20, 30), 'b/2.png': (4, 5)})


def read_stimuli(path):
    from juntingnet_theano.datasets.readers import pysaliency

    if os.path.exists(pysaliency.fixations_path(path)):
        os.remove(pysaliency.fixations_path(path))
    return list(pysaliency.read(path, 'testing'))


def write_looks(path):
    import numpy as np

    from tests.helpers import pysaliency_files

    xs = np.array([[1.0, 2.0, np.nan], [3.0, np.nan, np.nan]])
    pysaliency_files.write_fixations(
        path, train_xs=xs, train_ys=xs, train_ts=xs, train_ns=[1, 0], train_subjects=[0, 1]
    )


def read_looks(path):
    """The fixations beside stimuli that are whole."""
    from juntingnet_theano.datasets.readers import pysaliency

    stimuli = os.path.join(os.path.dirname(path), 'stimuli_of.hdf5')
    place = pysaliency.fixations_path(stimuli)
    if os.path.lexists(place):
        os.remove(place)
    write_stimuli(stimuli)
    os.symlink(path, place)
    try:
        return repr(pysaliency.read(stimuli, 'testing'))
    except Exception as error:
        if hasattr(error, 'got'):
            error.got = error.got.replace(place, path)
        raise


def write_maps(path):
    import h5py
    import numpy as np

    with h5py.File(path, 'w') as file:
        file.create_dataset('a/1.png', data=np.arange(12.0).reshape(3, 4), compression='gzip')
        file['b.png'] = np.log(np.full((2, 2), 0.25))


def read_maps(path):
    from juntingnet_theano.evaluation import predicted_maps

    found = predicted_maps.open_maps(path, ['a/1', 'b'], 'testing')
    names = sorted(found.names)
    return names, [predicted_maps.decode(each).tolist() for each in found.read(names)]


# --- the program -------------------------------------------------------------


def main(kind, first, last, folder):
    from juntingnet_theano.errors import JuntingNetError

    path = os.path.join(folder, kind + ('.mat' if kind in ('list', 'map', 'results') else '.hdf5'))
    read = globals()['read_' + kind]
    globals()['write_' + kind](path)
    expected = repr(read(path))
    with open(path, 'rb') as file:
        whole = file.read()
    with open('/proc/self/statm') as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY,) * 2)
    for number in range(first, last):
        with open(path, 'wb') as file:
            file.write(mutated(whole, number))
        signal.alarm(SECONDS)  # ends the process, also within HDF5
        try:
            found = 'same' if repr(read(path)) == expected else 'other'
        except JuntingNetError as error:
            found = type(error).__name__
            if path not in str(error):
                found = f'bug: no path in {error}'
        except Exception as error:  # a bug: reported, and then the next
            found = f'bug: {error!r}'
        signal.alarm(0)
        print(number, found.replace('\n', ' '), flush=True)


def campaign(kind, first, last, folder):
    """Outcomes of mutations, and (number, cause) of those that ended with a
    bug or ended the program."""
    outcomes, bad = {}, []
    while first < last:
        done = subprocess.run(
            [sys.executable, '-m', __name__, kind, str(first), str(last), folder],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        lines = done.stdout.splitlines()
        for line in lines:
            number, outcome = line.split(' ', 1)
            if outcome.startswith('bug'):
                bad.append((int(number), outcome))
            else:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
        first += len(lines)
        if done.returncode:
            bad.append((first, f'exit code {done.returncode} {done.stderr[-2000:]}'))
            first += 1
    return outcomes, bad


if __name__ == '__main__':
    if len(sys.argv) == 5 and sys.argv[1] in KINDS:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
