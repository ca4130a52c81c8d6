"""Run Lasagne 0.1's own tests on whatever serves ``import theano``.

    python tests/lasagne_suite/run.py [pytest arguments]

Fetches Lasagne's source distribution with pip (the wheel has no tests),
unpacks it below build/ and runs lasagne/tests with pytest. Prints passed,
failed and skipped; the exit status is 1 if a test fails that is not listed
with its reason in exceptions.toml.

Without THEANO_FLAGS the facade runs the NumPy references (linker=py), in
about a minute: the suite compiles a graph for each of hundreds of shapes, and
numba needs a quarter of an hour of processor time for them at first. With
THEANO_FLAGS=device=cpu it is numba's turn, with linker=jax that of XLA.
"""

import glob
import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree

try:
    import tomllib
except ImportError:
    import tomli as tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, 'build', 'lasagne_suite')
SOURCE = os.path.join(FOLDER, 'Lasagne-0.1')
LARGEST = 10 << 20  # bytes unpacked; the release has 0.5 MB


def fetch():
    """Download and unpack Lasagne's sources, unless they are there."""
    if os.path.isdir(SOURCE):
        return
    os.makedirs(FOLDER, exist_ok=True)
    archives = glob.glob(os.path.join(FOLDER, '*.tar.gz'))
    if not archives:
        subprocess.check_call(
            [
                sys.executable,
                '-m',
                'pip',
                'download',
                '--quiet',
                '--no-deps',
                '--no-build-isolation',
                '--no-binary',
                ':all:',
                '--dest',
                FOLDER,
                'lasagne==0.1',
            ]
        )
        archives = glob.glob(os.path.join(FOLDER, '*.tar.gz'))
    unpack(archives[0], FOLDER)


def unpack(path, folder):
    """Unpack plain files and folders below ``Lasagne-0.1/``, nothing else."""
    part = folder + '.part'
    with tarfile.open(path) as archive:
        members = [each for each in archive if each.isfile() or each.isdir()]
        for each in members:
            parts = each.name.split('/')
            if parts[0] != 'Lasagne-0.1' or '..' in parts:
                raise SystemExit(f'{path}: strange name {each.name!r}')
        if sum(each.size for each in members) > LARGEST:
            raise SystemExit(f'{path}: unpacks to more than {LARGEST} bytes')
        for each in members:
            each.mode = 0o755 if each.isdir() else 0o644
        archive.extractall(part, members)
    os.rename(os.path.join(part, 'Lasagne-0.1'), SOURCE)
    os.rmdir(part)


def run(arguments):
    """Run the suite in a process of its own.

    Returns
    -------
    dict of str to str
        Test -> 'passed', 'failed' or 'skipped'.
    """
    report = os.path.join(FOLDER, 'report.xml')
    if os.path.exists(report):
        os.remove(report)
    environ = dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(
            [HERE, SOURCE] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
        ),
    )
    if importlib.util.find_spec('theano') is None:  # not the original
        environ.setdefault('THEANO_FLAGS', 'linker=py')
    subprocess.call(
        # setup.cfg asks for plugins that are gone, and the conftest.py above
        # the tests for an argument that pytest has dropped.
        [
            sys.executable,
            '-m',
            'pytest',
            '-c',
            os.devnull,
            '-p',
            'plugin',
            '--rootdir',
            SOURCE,
            '--confcutdir',
            'lasagne/tests',
            '-p',
            'no:cacheprovider',
            '-o',
            'python_files=test*py',
            '-o',
            'markers=slow',
            '-W',
            'ignore',
            '-q',
            '-o',
            'junit_family=xunit1',
            '--junitxml',
            report,
        ]
        + arguments
        + ['lasagne/tests'],
        cwd=SOURCE,
        env=environ,
    )
    if not os.path.exists(report):
        raise SystemExit('pytest did not finish')
    return outcomes(report)


def outcomes(report):
    """Outcome of each test from pytest's XML report."""
    found = {}
    for case in xml.etree.ElementTree.parse(report).iter('testcase'):
        path = case.get('file')
        module = re.sub(r'\.py$', '', path).replace('/', '.')
        inside = case.get('classname')[len(module) :].strip('.')
        name = '::'.join(filter(None, [path, inside, case.get('name')]))
        kinds = {child.tag for child in case}
        found[name] = (
            'failed'
            if kinds & {'failure', 'error'}
            else 'skipped'
            if 'skipped' in kinds
            else 'passed'
        )
    return found


def main(arguments):
    """Fetch, run, compare with the exceptions; the exit status."""
    fetch()
    with open(os.path.join(HERE, 'exceptions.toml'), 'rb') as file:
        exceptions = tomllib.load(file)
    started = time.time()
    found = run(arguments)
    counts = {
        kind: sum(each == kind for each in found.values())
        for kind in ('passed', 'failed', 'skipped')
    }
    failed = {name for name, kind in found.items() if kind == 'failed'}
    print(
        'Lasagne 0.1: {passed} passed, {failed} failed, {skipped} skipped '.format(**counts)
        + f'in {time.time() - started:.0f} s'
    )
    for name in sorted(failed & set(exceptions)):
        print('expected to fail: {}\n  {}'.format(name, ' '.join(exceptions[name].split())))
    for name in sorted(failed - set(exceptions)):
        print(f'FAILED: {name}')
    return 1 if failed - set(exceptions) or not counts['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
