"""Run Theano 1.0.5's own tests on whatever serves ``import theano``.

    python tests/theano_suite/run.py [--kernels] [--record] [--read] [FILE ...]

Fetches Theano's source distribution with pip and unpacks its tests, nothing
else of it, below build/. Runs the files that are about what Lasagne's users
touched, each in a process of its own, in float64 and with the NumPy references
(linker=py) unless THEANO_FLAGS says otherwise. Prints passed, failed and
skipped of each file. With ``--kernels`` numba compiles each graph, which takes
a second or more: of long files a part of the tests runs.

``reasons.toml`` sorts failures by what they say, ``failures.txt`` lists the
tests that may fail with the name of their reason, ``failures-kernels.txt``
those that fail with the kernels alone, ``failures-3.11.txt`` and
``failures-kernels-3.11.txt`` those that fail on that Python alone, whose newest
PyTensor and SciPy are older. The exit status is 1 if a test fails that is not
listed, or for another reason than its own. ``--record`` writes the last of
these lists anew and, on a Python without a list, counts.json or
counts-kernels.json for the documentation; it refuses a failure without a
reason. ``--read`` judges what the last run reported.
"""

import collections
import contextlib
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import tarfile
import time

try:
    import tomllib
except ImportError:
    import tomli as tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, 'build', 'theano_suite')
RELEASE = 'Theano-1.0.5'
SOURCE = os.path.join(FOLDER, RELEASE)
REASONS = os.path.join(HERE, 'reasons.toml')
REFERENCES, KERNELS = '', '-kernels'
PYTHON = '-{}.{}'.format(*sys.version_info)
FLAGS = {
    REFERENCES: 'linker=py,floatX=float64',
    KERNELS: f'floatX=float64,base_compiledir={FOLDER}/kernels',
}
LARGEST = 20 << 20  # bytes of tests unpacked; the release has 3.3 MB
SECONDS = int(os.environ.get('SECONDS_A_TEST', 600))
MINUTES = int(os.environ.get('MINUTES_A_FILE', 40))
FILES = [
    'compile/test_function',
    'compile/test_function_module',
    'compile/test_pfunc',
    'compile/test_shared',
    'tensor/nnet/test_abstract_conv',
    'tensor/nnet/test_conv',
    'tensor/nnet/test_nnet',
    'tensor/nnet/test_sigm',
    'tensor/nnet/test_bn',
    'tensor/nnet/test_neighbours',
    'tensor/signal/test_pool',
    'sandbox/test_rng_mrg',
    'tensor/test_shared_randomstreams',
    'tensor/test_subtensor',
    'tensor/test_basic',
    'tensor/test_extra_ops',
    'test_gradient',
    'test_ifelse',
    'test_updates',
    'scan_module/test_scan',
]
ONE_OF = {
    'tensor/nnet/test_abstract_conv': 5,
    'tensor/nnet/test_neighbours': 3,
    'tensor/signal/test_pool': 61,
    'tensor/test_basic': 17,
    'tensor/test_extra_ops': 3,
    'scan_module/test_scan': 5,
}
"""With the kernels one of so many tests runs; of other files all do."""


def fetch():
    """Download Theano's sources and unpack its tests, unless they are there."""
    if os.path.isdir(SOURCE):
        return
    os.makedirs(FOLDER, exist_ok=True)
    pattern = os.path.join(FOLDER, '*.tar.gz')
    if not glob.glob(pattern):
        options = ['--quiet', '--no-deps', '--no-build-isolation', '--no-binary', ':all:']
        subprocess.check_call(
            [sys.executable, '-m', 'pip', 'download', *options, '--dest', FOLDER, 'Theano==1.0.5'],
            env=dict(os.environ, PYTHONPATH=os.path.join(HERE, 'for_pip')),
        )
    unpack(glob.glob(pattern)[0])


def unpack(path):
    """Unpack the files of tests below ``Theano-1.0.5/theano``."""
    part = SOURCE + '.part'
    with tarfile.open(path) as archive:
        members = [
            each
            for each in archive
            if each.isfile() and re.match(rf'{RELEASE}/theano/(\w+/)*tests/\w+\.py$', each.name)
        ]
        if sum(each.size for each in members) > LARGEST:
            raise SystemExit(f'{path}: unpacks to more than {LARGEST} bytes')
        for each in members:
            each.mode = 0o644
        archive.extractall(part, members)
    os.rename(os.path.join(part, RELEASE), SOURCE)
    os.rmdir(part)


def module_of(file):
    """``tensor/test_basic`` -> ``theano.tensor.tests.test_basic``."""
    folder, _, name = file.rpartition('/')
    return '.'.join(filter(None, ['theano', folder.replace('/', '.'), 'tests', name]))


def report_of(file, linker):
    """Where the outcomes of a file are."""
    return os.path.join(FOLDER, file.replace('/', '.') + linker + '.jsonl')


def failures_of(part):
    """Where the failures of a linker or a Python are listed."""
    return os.path.join(HERE, f'failures{part}.txt')


def lists_for(linker):
    """The lists that count here, each with what differs from those before."""
    lists = [REFERENCES, PYTHON]
    if linker == KERNELS:
        lists = [REFERENCES, KERNELS, PYTHON, KERNELS + PYTHON]
    return [each for each in lists if os.path.exists(failures_of(each))]


def counts_of(linker):
    """Where the counts for the documentation are."""
    return os.path.join(HERE, f'counts{linker}.json')


def part_of(file, linker):
    """Of how many tests of a file one runs."""
    return ONE_OF.get(file, 1) if linker == KERNELS else 1


def run(file, linker):
    """Run one file in a process of its own, which writes a report."""
    report = report_of(file, linker)
    if os.path.exists(report):
        os.remove(report)
    path = os.pathsep.join([ROOT, HERE] + os.environ.get('PYTHONPATH', '').split(os.pathsep))
    environ = dict(os.environ, PYTHONPATH=path)
    if importlib.util.find_spec('theano') is None:  # not the original
        environ.setdefault('THEANO_FLAGS', FLAGS[linker])
    command = [sys.executable, '-W', 'ignore', os.path.join(HERE, 'one_file.py')]
    with open(report[: -len('jsonl')] + 'out', 'w', encoding='utf-8') as out, contextlib.suppress(
        subprocess.TimeoutExpired
    ):
        subprocess.call(
            command + [SOURCE, module_of(file), report, str(SECONDS), str(part_of(file, linker))],
            env=environ,
            cwd=FOLDER,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=60 * MINUTES,
        )


def read(file, linker):
    """What the last run of a file reported.

    Returns
    -------
    list of (str, str, str)
        Test, 'passed', 'failed' or 'skipped', and what it said.
    """
    with open(report_of(file, linker), encoding='utf-8') as lines:
        found = [json.loads(line) for line in lines]
    prefix = module_of(file) + '.'
    named = [(file + '::' + name.replace(prefix, ''), kind, said) for name, kind, said in found]
    if named and named[-1][1] == 'finished':
        return named[:-1]
    return [*named, (file + '::', 'failed', 'the file did not finish')]


def reason_for(test, said, reasons):
    """Name of the first reason that fits, None if there is none."""
    for name, reason in reasons.items():
        if re.search(reason['says'], f'{test} {said}'):
            return name
    return None


def read_failures(lists):
    """Test -> name of its reason."""
    found = {}
    for part in lists:
        with open(failures_of(part), encoding='utf-8') as file:
            lines = [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]
        found.update({test: name for name, test in lines})
    return found


def record(failed, counts, reasons, linker):
    """Write the last list that counts here and, for the documentation, the
    counts; those of files that did not run stay."""
    *before, last = lists_for(linker)
    listed = {
        test: name
        for test, name in read_failures([last]).items()
        if test.partition('::')[0] not in counts
    }
    listed.update(failed)
    listed = dict(listed.items() - read_failures(before).items())
    with open(failures_of(last), 'w', encoding='utf-8') as file:
        file.write('# reason, test: written by run.py --record\n')
        for test in sorted(listed):
            file.write(f'{listed[test]}\t{test}\n')
    if last.endswith(PYTHON):
        return
    with open(counts_of(linker), encoding='utf-8') as file:
        known = dict(json.load(file)['files'], **counts)
    kinds = collections.Counter(reasons[name]['kind'] for name in listed.values())
    with open(counts_of(linker), 'w', encoding='utf-8') as file:
        json.dump({'files': known, 'kinds': kinds}, file, indent=1, sort_keys=True)
        file.write('\n')


def print_table(counts, kinds):
    """Counts of each file, then of each kind of failure."""
    for file, count in counts.items():
        part = '' if count['one_of'] == 1 else '  one of {one_of} tests'.format(**count)
        print('{:36}{passed:6}{failed:6}{skipped:6}'.format(file, **count) + part)
    total = {kind: sum(each[kind] for each in counts.values()) for kind in ('passed', 'failed')}
    print('Theano 1.0.5: {passed} passed, {failed} failed'.format(**total))
    for kind, number in sorted(kinds.items()):
        print(f'  {number:4} {kind}')


def main(arguments):
    """Fetch, run, compare with the lists; the exit status."""
    recording = '--record' in arguments
    linker = KERNELS if '--kernels' in arguments else REFERENCES
    files = [each for each in arguments if not each.startswith('--')] or FILES
    fetch()
    with open(REASONS, 'rb') as file:
        reasons = tomllib.load(file)
    listed = read_failures(lists_for(linker))
    failed, wrong, counts, kinds = {}, [], {}, {}
    for file in files:
        started = time.time()
        counts[file] = {'passed': 0, 'failed': 0, 'skipped': 0, 'one_of': part_of(file, linker)}
        if '--read' not in arguments:
            run(file, linker)
        for test, kind, said in read(file, linker):
            counts[file][kind] += 1
            if kind != 'failed':
                continue
            name = reason_for(test, said, reasons)
            if name is None or not recording and listed.get(test) != name:
                wrong.append(f'{test}\n    {said}\n    reason: {name}, listed: {listed.get(test)}')
            else:
                failed[test] = name
                of = reasons[name]['kind']
                kinds[of] = kinds.get(of, 0) + 1
        print(f'{file}: {time.time() - started:.0f} s', flush=True)
    print_table(counts, kinds)
    for each in wrong:
        print(f'FAILED: {each}')
    if recording and not wrong:
        record(failed, counts, reasons, linker)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
