"""Who answers import theano, and under which names."""

import importlib
import os
import sys
import tempfile
from unittest import SkipTest

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

import juntingnet_theano
from juntingnet_theano.engine import finder
from tests.helpers.facade_helpers import ON_ORIGINAL, python, skip_on_original

FAKE = {
    'theano/__init__.py': """
import os
__version__ = 'fake'
flags = os.environ.get('THEANO_FLAGS', '')
""",
    'theano/tensor/__init__.py': '',
    'theano/tensor/signal/__init__.py': '',
    'theano/tensor/signal/pool.py': """
def pool_2d(input, **kwargs):
    return input, kwargs
""",
}


def with_fake(code, files=FAKE, **kwargs):
    """Output of `code` where `files` come first on the path."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as file:
                file.write(text)
        return python(code, PYTHONPATH=folder, **kwargs)[0].split()


def test_the_package_imports_no_heavy_library():
    out, _ = python("""
import sys
import juntingnet_theano
print([name for name in ('theano', 'pytensor', 'numpy', 'numba', 'jax')
       if name in sys.modules])
""")
    assert_equal(out.strip(), '[]')


def test_one_finder_however_often_it_is_installed():
    finder.install()
    importlib.reload(juntingnet_theano)
    assert_equal(sum(type(each).__name__ == 'TheanoFinder' for each in sys.meta_path), 1)


def test_an_original_wins_and_gets_downsample_back():
    assert_equal(
        with_fake("""
import juntingnet_theano, theano
from theano.tensor.signal import downsample
print(theano.__version__, theano.flags)
print(downsample.max_pool_2d('x', (2, 2))[1]['ws'][0])
print('juntingnet_theano.engine.names' in __import__('sys').modules)
"""),
        ['fake', 'floatX=float32', '2', 'False'],
    )


def test_the_installed_original_wins():
    if not ON_ORIGINAL:
        raise SkipTest('no original Theano is installed')
    import theano
    from theano.tensor.signal import downsample

    assert_equal(theano.__version__.split('+')[0], theano.version.version)
    assert_true(theano.__file__.endswith(os.path.join('site-packages', 'theano', '__init__.py')))
    x = theano.tensor.tensor4()
    assert_equal(x.dtype, 'float32')
    pooled = theano.function([x], downsample.max_pool_2d(x, (2, 2), ignore_border=True))
    image = np.arange(16, dtype='float32').reshape(1, 1, 4, 4)
    assert_equal(pooled(image).ravel().tolist(), [5, 7, 13, 15])


def test_an_original_keeps_a_downsample_of_its_own():
    files = dict(FAKE, **{'theano/tensor/signal/downsample.py': 'own = 1'})
    assert_equal(
        with_fake(
            """
import juntingnet_theano
from theano.tensor.signal import downsample
print(downsample.own)
""",
            files,
        ),
        ['1'],
    )


def test_float32_is_only_a_default_for_an_original():
    show = 'import juntingnet_theano, theano; print(theano.flags)'
    assert_equal(with_fake(show, flags='floatX=float64'), ['floatX=float64'])
    assert_equal(with_fake(show, rc='[global]\nfloatX = float64\n'), [])
    assert_equal(with_fake(show, flags='openmp=False'), ['floatX=float32,openmp=False'])


def test_a_mere_folder_called_theano_does_not_win():
    skip_on_original()
    out = with_fake(
        'import juntingnet_theano, theano; print(theano.config)',
        {'theano/notes.txt': ''},
        flags='linker=py',
    )
    assert_in('floatX', out)


def test_a_module_is_one_object_under_both_names():
    skip_on_original()
    for name in finder.facade_modules():
        if 'jax' in name or 'device_memory' in name:
            continue  # JAX may be missing
        own = finder.FACADE + name[len('theano') :]
        assert_true(importlib.import_module(name) is importlib.import_module(own), name)


def test_functions_that_hide_modules_stay_functions():
    skip_on_original()
    import theano.compile.function
    import theano.tensor.sort

    assert_true(callable(theano.tensor.sort))
    assert_true(callable(theano.tensor.var))
    assert_true(callable(theano.compile.function))


def test_relative_specs_survive_so_that_reload_works():
    skip_on_original()
    bn = importlib.import_module('theano.tensor.nnet.bn')
    assert_equal(bn.__spec__.name, finder.FACADE + '.tensor.nnet.bn')
    assert_true(importlib.reload(bn) is bn)


def test_an_unknown_module_names_the_nearest():
    skip_on_original()
    with assert_raises(ModuleNotFoundError) as caught:
        importlib.import_module('theano.tensor.signal.downsampel')
    assert_equal(caught.exception.name, 'theano.tensor.signal.downsampel')
    assert_in("'theano.tensor.signal.downsample'", str(caught.exception))


def test_the_old_gpu_backend_is_missing_as_without_a_gpu():
    if ON_ORIGINAL:
        return  # Theano 1.0 raises unittest's SkipTest there
    from theano.sandbox import cuda

    assert_equal(cuda.cuda_available, False)
    for name in ('dnn', 'corrmm', 'cuda_convnet'):
        assert_raises(ImportError, importlib.import_module, 'lasagne.layers.' + name)


def test_many_threads_import_at_once():
    skip_on_original()
    out, _ = python(
        """
import importlib, threading
import juntingnet_theano
names = ['tensor', 'tensor.nnet.conv', 'gof.graph', 'compile.mode',
         'tensor.signal.downsample', 'scan_module.scan_utils'] * 3
found = []
def work(name):
    found.append((name, importlib.import_module('theano.' + name)))
threads = [threading.Thread(target=work, args=(each,)) for each in names]
for each in threads: each.start()
for each in threads: each.join()
print(len(found), len(set(found)))
""",
        flags='linker=py',
    )
    assert_equal(out.split(), ['18', '6'])


def test_lasagne_learns_its_version_and_others_get_the_pkg_resources_installed():
    out = with_fake(
        """
import juntingnet_theano, lasagne, pkg_resources
print(lasagne.__version__, pkg_resources.mine)
""",
        {'pkg_resources.py': 'mine = 1'},
    )
    assert_equal(out, ['0.1', '1'])


def test_others_get_the_pkg_resources_installed_after_an_import_of_lasagne_that_failed():
    out = with_fake(
        """
import sys
import juntingnet_theano, lasagne
del sys.modules['lasagne']
import pkg_resources
print(pkg_resources.mine)
""",
        {'pkg_resources.py': 'mine = 1'},
    )
    assert_equal(out, ['1'])


def test_values_travel_to_a_spawned_process():
    skip_on_original()
    out, _ = python(
        """
import multiprocessing
import juntingnet_theano
import theano, theano.tensor as T

def double(graph):
    x, y = graph
    return float(theano.function([x], y)(21.))

if __name__ == '__main__':
    x = T.scalar('x')
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        print(pool.map(double, [(x, T.nnet.relu(x) * 2)])[0])
""",
        flags='linker=py',
    )
    assert_equal(out.strip(), '42.0')
