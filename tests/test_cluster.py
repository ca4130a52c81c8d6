"""A cluster of real processes does what one process does, whoever dies."""

import contextlib
import functools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_not_in, assert_raises
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano import cluster
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, MissingDependency, MissingFile, MissingFiles
from juntingnet_theano.training import history
from tests.helpers import tiny_training
from tests.helpers.clusters import Processes, need_dask
from tests.helpers.output import captured, left, said
from tests.helpers.pages import examples
from tests.helpers.processes import start

COUNT, KILLS = 150, 3
FOLDER = tempfile.mkdtemp()
PICTURES, LOCAL = os.path.join(FOLDER, 'pictures'), os.path.join(FOLDER, 'local')
_started = contextlib.ExitStack()


def setup_module():
    need_dask()
    os.mkdir(PICTURES)
    rng = np.random.RandomState(0)
    for number in range(COUNT):
        cells = np.kron(rng.randint(0, 256, (6, 8, 3)), np.ones((20, 20, 1)))
        Image.fromarray(cells.astype('uint8')).save(os.path.join(PICTURES, f'{number:03d}.jpg'))
    assert_equal(predict(LOCAL), (0, ''))


def teardown_module():
    _started.close()
    shutil.rmtree(FOLDER)


@functools.lru_cache(maxsize=None)
def processes():
    """Two workers that all tests share."""
    return _started.enter_context(Processes())


def predict(out, *options, pictures=PICTURES):
    """Exit code of the command, and its error."""
    return run('predict', pictures, '--views', '1', '--out', out, *options)


def run(*arguments):
    code, _, error = captured(arguments)
    lines = error.split('\n')
    return code, '\n'.join(line for line in lines if not re.match('(predict|scor)ing:', line))


def far(out, *options, **pictures):
    return predict(out, '--scheduler', processes().address, *options, **pictures)


def pause(seconds):
    time.sleep(seconds)
    return seconds


@contextlib.contextmanager
def new_folder():
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, 'maps')


def test_maps_are_those_of_one_process_byte_for_byte():
    with new_folder() as out:
        assert_equal(far(out), (0, ''))
        assert_equal(left(out), left(LOCAL))
        assert_equal(len(left(out)), COUNT)


def test_the_only_picture_and_one_that_is_left_over_are_too():
    for count in (1, 61):
        with new_folder() as out, tempfile.TemporaryDirectory() as some:
            for name in sorted(os.listdir(PICTURES))[:count]:
                shutil.copy(os.path.join(PICTURES, name), some)
            assert_equal(far(out, pictures=some), (0, ''))
            here = out + '-here'
            predict(here, pictures=some)
            assert_equal(left(out), left(here))


def test_a_worker_that_is_killed_loses_nothing():
    seconds = 6.0
    for _ in range(KILLS):
        with new_folder() as out:
            dies = threading.Timer(
                random.uniform(0, seconds), processes().kill_worker, [random.randrange(2)]
            )
            dies.start()
            started = time.monotonic()
            try:
                assert_equal(far(out), (0, ''))
            finally:
                seconds = time.monotonic() - started
                dies.join()
                processes().add_worker()
            assert_equal(left(out), left(LOCAL))


def test_the_same_command_makes_what_is_missing():
    with new_folder() as out:
        far(out)
        names = sorted(left(out))
        times = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in names}
        os.remove(os.path.join(out, names[0]))
        assert_equal(far(out), (0, ''))
        assert_equal(left(out), left(LOCAL))
        made = [
            name for name in names if os.stat(os.path.join(out, name)).st_mtime_ns != times[name]
        ]
        assert_in(names[0], made)
        assert_less(len(made), COUNT)


def test_what_ctrl_c_stopped_is_finished_by_the_same_command():
    with new_folder() as out:
        command = [sys.executable, '-m', 'juntingnet_theano', 'predict', PICTURES, '--views', '1']
        command += ['--out', out, '--scheduler', processes().address]
        process = start(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while not os.path.isdir(out) or not left(out):
            assert_equal(process.poll(), None)
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
        assert_equal(process.returncode, 130, error)
        assert_in(b'interrupted', error)
        assert_not_in(b'Traceback', error)
        assert_equal(far(out), (0, ''))
        assert_equal(left(out), left(LOCAL))


def test_a_scheduler_that_is_not_there_is_told_in_a_sentence():
    with socket.socket() as silent, new_folder() as out:
        silent.bind(('127.0.0.1', 0))
        for address in (f'tcp://127.0.0.1:{silent.getsockname()[1]}', 'nowhere', 'http://a:1'):
            with assert_raises(MissingFiles) as caught:
                cluster.Cluster(address, seconds=1)
            assert_in('no scheduler answers at ' + address, str(caught.exception))
        code, error = predict(out, '--scheduler', 'nowhere')
        assert_equal(code, 2)
        assert_in('no scheduler answers at nowhere', error)


def test_something_else_that_listens_is_no_scheduler():
    with socket.socket() as mute:
        mute.bind(('127.0.0.1', 0))
        mute.listen()
        with assert_raises(MissingFiles):
            cluster.Cluster(f'tcp://127.0.0.1:{mute.getsockname()[1]}', seconds=1)


def test_a_scheduler_without_workers_is_told():
    with Processes(workers=0) as alone, assert_raises(MissingFiles) as caught:
        cluster.Cluster(alone.address, patience=1)
    assert_in('has no worker', str(caught.exception))


def test_a_scheduler_that_dies_ends_the_command():
    with Processes(workers=1) as mortal, cluster.Cluster(mortal.address) as found:
        results = found.ordered_map(time.sleep, [0.1] * 100)
        next(results)
        mortal.scheduler.kill()
        for _ in range(2):  # amid the work, and before it begins
            with assert_raises(MissingFiles) as caught:
                list(results)
            assert_in('is gone', str(caught.exception))
            results = found.ordered_map(abs, [1])


def test_a_picture_that_is_broken_ends_the_command_or_is_skipped():
    with new_folder() as out, tempfile.TemporaryDirectory() as some:
        for name in sorted(os.listdir(PICTURES))[:14]:
            shutil.copy(os.path.join(PICTURES, name), some)
        with open(os.path.join(some, '003.jpg'), 'wb'):
            pass
        code, error = far(out, pictures=some)
        assert_equal(code, 2)
        assert_in('003.jpg', error)
        assert_equal(far(out, '--skip-bad', pictures=some), (0, ''))
        here = out + '-here'
        predict(here, '--skip-bad', pictures=some)
        assert_equal(left(out), left(here))
        assert_equal(len(left(out)), 13)


def test_settings_of_dask_that_cannot_be_read_are_refused():
    code = (
        'from juntingnet_theano import cluster, errors\n'
        'try:\n    cluster.Cluster("tcp://127.0.0.1:1", seconds=1)\n'
        'except errors.JuntingNetError as error:\n    print(error)\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        pipe, open_list = (os.path.join(folder, name) for name in ('pipe', 'list.yaml'))
        os.mkfifo(pipe)
        with open(open_list, 'w') as file:
            file.write('a: [1')
        for path, words in ((pipe, 'a named pipe'), (open_list, 'env | grep DASK')):
            environ = dict(os.environ, DASK_CONFIG=path)
            text = subprocess.check_output(
                [sys.executable, '-c', code], env=environ, text=True, timeout=60
            )
            assert_in(words, text)


def test_a_worker_with_other_versions_is_refused():
    theirs = dict(cluster.versions(), numpy='1.0')
    with assert_raises(MissingDependency) as caught:
        cluster._check_versions('tcp://far', theirs, cluster.versions())
    assert_in('tcp://far has numpy 1.0, here ' + np.__version__, str(caught.exception))


def test_a_machine_that_lacks_the_package_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, 'juntingnet_theano'))
        with open(os.path.join(folder, 'juntingnet_theano', '__init__.py'), 'w') as file:
            file.write('raise ModuleNotFoundError("No module named juntingnet_theano")')
        for scheduler, worker in (({}, {'PYTHONPATH': folder}), ({'PYTHONPATH': folder}, {})):
            with Processes(workers=0, **scheduler) as some:
                some.add_worker(**worker)
                with assert_raises(MissingDependency) as caught:
                    cluster.Cluster(some.address)
            assert_in('No module named juntingnet_theano', str(caught.exception))


def test_weights_that_workers_lack_are_named():
    path = os.path.join(FOLDER, 'here-alone.hdf5')
    shutil.copy(jn.load().path, path)
    model = jn.load(path)
    os.remove(path)
    with cluster.Cluster(processes().address) as found, assert_raises(MissingFile) as caught:
        list(found.ordered_map(model, [1]))
    assert_in(f'there is no {path} (on a worker)', str(caught.exception))


def test_what_workers_lack_is_said():
    import fsspec

    store = fsspec.filesystem('memory')  # which each process has for itself
    for name in sorted(os.listdir(PICTURES))[:13]:
        store.put_file(os.path.join(PICTURES, name), f'/pictures/{name}')
    with new_folder() as out:
        code, error = far(out, pictures='memory://pictures')
        assert_equal(code, 2)
        assert_in('a worker has no memory://', error)
        assert_in('which is on this machine', error)
        code, error = far(out, '--skip-bad', pictures='memory://pictures')
        assert_equal(code, 2)
        assert_in('none of 13 pictures could be read', error)
        assert_equal(left(out), {})


def test_errors_of_tasks_are_raised_here_and_the_cluster_goes_on():
    with cluster.Cluster(processes().address) as found:
        with assert_raises(ValueError):
            list(found.ordered_map(int, ['1', 'x']))
        assert_equal(list(found.ordered_map(abs, range(-20, 0), batch=3)), list(range(20, 0, -1)))


def test_items_are_read_only_a_little_ahead():
    read = []

    def items():
        for number in range(10**6):
            read.append(number)
            yield number

    with cluster.Cluster(processes().address) as found:
        results = found.ordered_map(abs, items())
        for _ in range(50):
            next(results)
        results.close()
        assert_less(len(read), 50 + cluster.HELD)
        time.sleep(0.5)
        kept = found._client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
        assert_less(kept, 10)


def test_a_result_that_dies_before_it_is_fetched_is_made_again():
    with Processes(workers=2) as some, cluster.Cluster(some.address) as found:
        while found._count < 2:
            found._look(60)
        results = found.ordered_map(pause, [0.0, 6.0] + [0.1] * 4)
        assert_equal(next(results), 0.0)
        # Until the short ones are done, and wait for the long one before them.
        processing = found._client.processing()
        while sum(map(len, processing.values())) > 1:
            time.sleep(0.1)
            processing = found._client.processing()
        pids = found._client.run(os.getpid)
        (idle,) = (pids[worker] for worker, at in processing.items() if not at)
        some.kill_worker([worker.pid for worker in some.workers].index(idle))
        assert_equal(list(results), [6.0] + [0.1] * 4)


def test_a_task_that_kills_each_worker_is_given_up():
    with Processes(workers=0) as some:
        for _ in range(5):
            some.add_worker()
        with cluster.Cluster(some.address) as found, assert_raises(BadFile) as caught:
            list(found.ordered_map(os._exit, [1]))
    assert_in('workers died', str(caught.exception))
    assert_not_in('Traceback', str(caught.exception))


def test_the_example_of_the_docs_runs():
    (lines,) = examples('cluster.rst')
    assert_in('tcp://127.0.0.1:8786', lines)
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as some:
        os.chdir(some)
        try:
            shutil.copytree(PICTURES, 'folder')
            names = {}
            exec(lines.replace('tcp://127.0.0.1:8786', processes().address), names)
            assert_equal((names['summary'].written, names['sizes']), (COUNT, [1, 2, 3]))
            assert_in('maps-000012.zip', os.listdir('maps'))
        finally:
            os.chdir(before)


def test_scores_are_those_of_one_process():
    raw, folder = os.path.join(FOLDER, 'raw'), os.path.join(FOLDER, 'scored')
    sample.generate(raw, counts=(1, 40, 1))
    given = ['--dataset', 'sample', '--raw', raw, '--split', 'validation']
    assert_equal(run('predict', '--model', 'centre', '--out', folder, *given), (0, ''))
    told = []
    for options in ([], ['--scheduler', processes().address]):
        out = os.path.join(FOLDER, f'scores{len(told)}')
        assert_equal(run('evaluate', folder, '--out', out, *given, *options), (0, ''))
        with open(os.path.join(out, 'scores.csv')) as file:
            told.append(file.read())
    assert_equal(told[0], told[1])
    assert_equal(told[0].count('\n'), 41)


def test_a_sweep_trains_on_workers_what_one_process_trains():
    cache = os.path.join(FOLDER, 'tiny.hdf5')
    tiny_training.write_cache(cache)
    config = os.path.join(FOLDER, 'tiny.toml')
    tiny_training.settings(cache).save(config)
    command = ['train', '--config', config, '--sweep', 'seed=1,2', '--set', 'epochs=2']
    here, there = os.path.join(FOLDER, 'here'), os.path.join(FOLDER, 'there')
    code, text = said(lambda: main(command + ['--run', here]))
    assert_equal(code, 0)
    assert_in('validation loss', text)
    far_command = command + ['--run', there, '--scheduler', processes().address]
    assert_equal(said(lambda: main(far_command))[0], 0)
    for name in ('seed=1', 'seed=2'):
        losses = []
        for folder in (here, there):
            rows = history.read(os.path.join(folder, name, 'history.csv'))
            losses.append([(row['training_loss'], row['validation_loss']) for row in rows])
        assert_equal(losses[0], losses[1])
        assert_equal(len(losses[0]), 2)
