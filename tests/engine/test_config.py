"""THEANO_FLAGS and .theanorc mean what they meant."""

import importlib.util
import os
import shutil
import tempfile
import warnings
from unittest import SkipTest

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.engine import flags as theano_flags
from juntingnet_theano.engine.errors import BadFile, BadSetting, MissingDependency
from tests.helpers.facade_helpers import ON_ORIGINAL, python, skip_on_original

if not ON_ORIGINAL:
    from theano import config
    from theano.compile import mode
    from theano.configparser import change_flags, interpret, parse


def flags_of(text='', *rcs):
    """What `theano_flags` reads from the variable and from ini files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, rc in enumerate(rcs):
            paths.append(os.path.join(folder, str(number)))
            with open(paths[-1], 'w') as file:
                file.write(rc)
        found = theano_flags.read_flags(
            {'THEANO_FLAGS': text, 'THEANORC': os.pathsep.join(paths), 'USER': 'ann'}
        )
    return {name: value for name, (value, _) in found.items()}


def warned(written):
    """(flags, messages) of reading flags as written in THEANO_FLAGS."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        flags = interpret({name: (value, 'THEANO_FLAGS') for name, value in written.items()})
    return flags, [str(each.message) for each in caught]


def test_flags_are_separated_by_commas_and_the_last_one_counts():
    assert_equal(
        flags_of('device=cpu, floatX=float64,floatX=float32'),
        {'device': 'cpu', 'floatX': 'float32'},
    )
    assert_equal(flags_of('blas.ldflags="-lm,-lblas",'), {'blas.ldflags': '-lm,-lblas'})


def test_sections_of_a_file_become_prefixes():
    assert_equal(
        flags_of(
            '', '[global]\ndevice = cuda\n[blas]\nldflags = -lblas\n[dnn.conv]\nalgo_fwd = fft\n'
        ),
        {'device': 'cuda', 'blas.ldflags': '-lblas', 'dnn.conv.algo_fwd': 'fft'},
    )


def test_files_to_the_right_and_the_variable_win():
    assert_equal(
        flags_of(
            'floatX=float16',
            '[global]\nfloatX = float32\ndevice = cpu\n',
            '[global]\ndevice = cuda\n',
        ),
        {'floatX': 'float16', 'device': 'cuda'},
    )


def test_a_file_may_use_names_and_plain_percent_signs():
    assert_equal(
        flags_of('', '[global]\nbase_compiledir = /t/%(USER)s\ncompiledir_format = %(platform)s\n'),
        {'base_compiledir': '/t/ann', 'compiledir_format': '%(platform)s'},
    )


def test_an_unknown_flag_warns_with_the_nearest_name():
    skip_on_original()
    flags, messages = warned({'flaotX': 'float32', 'openmp': 'True'})
    assert_equal(flags, {'openmp': ('True', 'THEANO_FLAGS')})
    assert_equal(len(messages), 1)
    assert_in("'flaotX'", messages[0])
    assert_in("did you mean 'floatX'?", messages[0])


def test_a_flag_without_effect_is_accepted_and_explained():
    skip_on_original()
    flags, messages = warned({'nvcc.fastmath': 'True', 'cxx': ''})
    assert_equal(sorted(flags), ['cxx', 'nvcc.fastmath'])
    assert_equal(len(messages), 1)
    assert_in('nvcc is not called', messages[0])


def test_a_wrong_value_says_what_is_allowed():
    skip_on_original()
    with assert_raises(BadSetting) as caught:
        interpret({'floatX': ('float23', 'THEANO_FLAGS')})
    assert_in("did you mean 'float32'?", str(caught.exception))
    assert_raises(ValueError, parse, 'force_device', 'perhaps')
    with assert_raises(BadSetting) as caught:
        interpret({'tf32': ('fast', 'THEANO_FLAGS')})
    assert_in("tf32='fast'", str(caught.exception))
    assert_in('True or False', str(caught.exception))


def test_flags_reach_theano_config_and_pytensor():
    skip_on_original()
    folder = tempfile.gettempdir()
    out, _ = python(
        """
import juntingnet_theano, theano, pytensor
config = theano.config
print(config.floatX, pytensor.config.floatX, theano.tensor.matrix().dtype)
print(config.exception_verbosity, pytensor.config.exception_verbosity)
print(config.openmp, config.optdb.max_use_ratio, config.on_unused_input)
print(pytensor.config.base_compiledir, config.mode, config.device)
print(type(theano.compile.get_default_mode().linker).__name__)
""",
        flags='floatX=float64,openmp=True,linker=py',
        rc=f"""
[global]
floatX = float32
exception_verbosity = high
on_unused_input = ignore
base_compiledir = {folder}
[optdb]
max_use_ratio = 3
""",
    )
    assert_equal(
        out.split('\n')[:-1],
        [
            'float64 float64 float64',
            'high high',
            'True 3.0 ignore',
            folder + ' Mode cpu',
            'PerformLinker',
        ],
    )


def test_float32_is_the_default_even_after_pytensor():
    skip_on_original()
    out, _ = python(
        """
import pytensor
import juntingnet_theano, theano.tensor as T
print(T.matrix().dtype, T.constant(0.5).dtype, pytensor.config.floatX)
""",
        flags='linker=py',
    )
    assert_equal(out.split(), ['float32'] * 3)


def test_assigned_flags_are_kept_in_step_with_pytensor():
    skip_on_original()
    import pytensor

    with change_flags(exception_verbosity='high', floatX='float64'):
        assert_equal(pytensor.config.exception_verbosity, 'high')
        assert_equal(config.floatX, 'float64')
    assert_equal(config.floatX, 'float32')
    with change_flags({'vm.lazy': 'True'}):
        assert_equal(config.vm.lazy, True)


def test_changing_mode_or_linker_changes_what_compiles():
    skip_on_original()
    import pytensor

    with change_flags(linker='py'):
        for each in (mode.get_mode(), pytensor.config.mode):
            assert_equal(type(each.linker).__name__, 'PerformLinker')
    with change_flags(mode='FAST_COMPILE'):
        linker = mode.get_mode().linker
        assert_equal((type(linker).__name__, linker.c_thunks), ('VMLinker', False))
    with change_flags(optimizer='None'):
        optimizer = mode.get_mode().provided_optimizer
        assert_equal(optimizer, mode.predefined_optimizers[None])


def test_unknown_attributes_and_fixed_flags_are_refused():
    skip_on_original()
    with assert_raises(AttributeError) as caught:
        _ = config.flaotX
    assert_in("did you mean 'floatX'?", str(caught.exception))
    assert_raises(AttributeError, setattr, config, 'flaotX', 'float32')
    assert_raises(ValueError, setattr, config, 'device', 'cuda')


def test_no_compiler_is_called_unless_a_linker_of_c_is_chosen():
    skip_on_original()
    program = 'import juntingnet_theano, theano; print(bool(theano.config.cxx))'
    assert_equal(python(program)[0].split(), ['False'])
    if shutil.which('g++') is None:
        raise SkipTest('g++ is not installed')
    assert_equal(python(program, flags='linker=cvm')[0].split(), ['True'])


def test_devices_choose_linkers():
    skip_on_original()
    for device, linker, expected in (
        ('cpu', 'auto', 'numba'),
        ('cpu', 'jax', 'jax'),
        ('cuda', 'auto', 'jax'),
        ('cuda1', 'auto', 'jax'),
        ('gpu', 'jax', 'jax'),
        ('gpu0', 'auto', 'jax'),
    ):
        assert_equal(mode.linker_for(device, linker), expected)
    for device, linker in (('opencl0:0', 'auto'), ('cuda', 'py')):
        assert_raises(BadSetting, mode.linker_for, device, linker)


def test_products_are_float32s_unless_tf32_or_jax_itself_is_told():
    skip_on_original()
    if importlib.util.find_spec('jax') is None:
        raise SkipTest("JAX is not installed: pip install -e '.[jax]'")
    program = (
        'import juntingnet_theano, theano, jax; print(theano.config.'
        'tf32, jax.config.jax_default_matmul_precision)'
    )
    for flags, environ, expected in (
        ('', {}, 'False float32'),
        (',tf32=True', {}, 'True tensorfloat32'),
        (',tf32=True', {'JAX_DEFAULT_MATMUL_PRECISION': 'highest'}, 'True highest'),
    ):
        out, _ = python(program, flags='linker=jax' + flags, **environ)
        assert_equal(out.strip(), expected)


def test_a_gpu_that_is_not_there_says_what_to_install():
    skip_on_original()
    try:
        import jax

        if any(each.platform == 'gpu' for each in jax.devices()):
            raise SkipTest('there is a GPU')
    except ImportError:
        pass
    with assert_raises(MissingDependency) as caught:
        mode.start_jax('cuda0')
    assert_in("pip install 'jax[cuda12]'", str(caught.exception))


def refused(text='', *rcs):
    """Message of the error that reading and understanding flags ends in."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(number) + '.rc') for number in range(len(rcs))]
        for path, rc in zip(paths, rcs):
            with open(path, 'wb') as file:
                file.write(rc)
        with assert_raises(BadSetting) as caught:
            interpret(
                theano_flags.read_flags({'THEANO_FLAGS': text, 'THEANORC': os.pathsep.join(paths)})
            )
    return str(caught.exception)


def test_a_file_that_is_no_ini_file_is_named_with_what_to_write():
    skip_on_original()
    message = refused('', b'# mine\ndevice = cpu\n')
    assert_in('0.rc', message)
    assert_in("line 2, 'device = cpu'", message)
    assert_in('write [global] above it', message)
    for rc in (b'[global]\na = 1\na = 2\n', b'[global]\n[global]\n', b'[global\n'):
        assert_in('While reading', refused('', b'[global]\n', rc))
        assert_in('1.rc', refused('', b'[global]\n', rc))
    assert_in('THEANO_FLAGS', refused('blas.ldflags="-lm'))


def test_a_file_of_theano_is_read_whatever_its_bytes():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'rc')
        with open(path, 'wb') as file:
            file.write(b'\xef\xbb\xbf[global]\nbase_compiledir = /t/caf\xe9\n')
        flags = theano_flags.read_flags({'THEANORC': path})
        assert_equal(os.fsencode(flags['base_compiledir'][0]), b'/t/caf\xe9')
        assert_raises(BadFile, theano_flags.read_flags, {'THEANORC': folder})
        assert_equal(theano_flags.read_flags({'THEANORC': os.devnull}), {})


def test_a_wrong_value_is_reported_where_it_stands():
    skip_on_original()
    for line in ('floatX = float31', 'mode = Fast', 'tf32 = maybe'):
        message = refused('', ('[global]\n' + line).encode())
        assert_in('0.rc', message)
        assert_true('THEANO_FLAGS' not in message)
        assert_in('While reading THEANO_FLAGS', refused(line.replace(' ', '')))
    # What PyTensor refuses when it is imported, and what chooses the linker.
    for rc in (
        '[global]\ncast_policy = mine',
        '[global]\nallow_gc = maybe',
        '[optdb]\nmax_use_ratio = x',
        '[global]\ndevice = perhaps',
    ):
        with assert_raises(AssertionError) as caught:
            python('import juntingnet_theano, theano', rc=rc)
        last = str(caught.exception).rpartition('While reading')[2]
        assert_in(rc.rpartition('\n')[2].partition(' ')[0], last)
        assert_in('/rc: ', last)


def test_a_flag_without_a_value_is_left_out_with_a_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        flags = flags_of('device,floatX=float32', '[blas]\nldflags\n')
    assert_equal(flags, {'floatX': 'float32'})
    assert_equal(
        [str(each.message).partition(' has no value')[0][-7:] for each in caught],
        ['ldflags', ' device'],
    )


def test_assigning_a_flag_without_effect_says_so():
    skip_on_original()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        config.compute_test_value = 'warn'
        config.compute_test_value = 'off'
    assert_equal(len(caught), 1)
    assert_in('PyTensor has no test values', str(caught[0].message))
    with assert_raises(ValueError) as refusal:
        config.compute_test_value = 'raise'
    assert_in('variable.eval({x: value})', str(refusal.exception))


def test_what_pytensor_cannot_use_is_refused_in_its_words():
    code = (
        'from juntingnet_theano.engine.errors import BadSetting\n'
        'try:\n    import juntingnet_theano, theano\n'
        'except BadSetting as error:\n    print(error)\n'
    )
    for name, value in (('OMP_NUM_THREADS', '4,2'), ('PYTENSOR_FLAGS', 'linker=nmuba')):
        skip_on_original()
        out, said = python(code, **{name: value})
        assert_in(value.rpartition('=')[2], out)
        assert_in('grep -e PYTENSOR -e OMP', out)
        assert_equal(said, '')


def test_files_of_pytensor_are_regular_and_have_sections():
    skip_on_original()
    code = (
        'from juntingnet_theano.engine.errors import EngineError\n'
        'try:\n    import juntingnet_theano, theano\n'
        'except EngineError as error:\n    print(error)\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        path, home = os.path.join(folder, 'rc'), os.path.join(folder, '.pytensorrc')
        for text, words in (
            (None, 'no regular file'),
            ('floatX = float32', 'write [global] above it'),
            ('[global]\nmode\n', 'PyTensor refuses its environment'),
        ):
            for place, environ in (
                (path, {'PYTENSORRC': 'none:' + path}),
                (home, {'HOME': folder}),
            ):
                if text is None:
                    os.mkfifo(place)
                else:
                    with open(place, 'w') as file:
                        file.write(text)
                out, said = python(code, **environ)
                os.remove(place)
                assert_in(words, out)
                assert_in(os.path.basename(place), out)
                assert_equal(said, '')


def test_what_numba_cannot_use_is_refused_by_name():
    code = (
        'from juntingnet_theano.engine.errors import BadSetting\n'
        'try:\n    import juntingnet_theano, theano\n'
        'except BadSetting as error:\n    print(error)\n'
    )
    for name, value in (
        ('NUMBA_NUM_THREADS', '0'),
        ('NUMBA_NUM_THREADS', 'abc'),
        ('NUMBA_DISABLE_JIT', '1'),
        ('NUMBA_THREADING_LAYER', 'opm'),
        ('NUMBA_CPU_FEATURES', 'avx2'),
    ):
        skip_on_original()
        out, said = python(code, **{name: value})
        assert_in(f'{name}={value}', out)
        assert_in('unset ' + name, out)
        assert_equal(said, '')
