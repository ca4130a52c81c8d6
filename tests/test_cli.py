"""The command line: quick help, an example a verb, exit codes, no traceback."""
import contextlib
import io
import subprocess
import sys

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.baselines import BASELINES
from juntingnet_theano.cli import preprocess
from juntingnet_theano.cli.main import VERBS, main, parser


def captured(argv):
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main(argv)
        except SystemExit as stop:      # argparse's own way to leave
            code = stop.code
    return code, out.getvalue(), error.getvalue()


def test_help_of_every_verb_gives_its_example():
    for verb in VERBS:
        code, out, _ = captured([verb.NAME, '--help'])
        assert_equal(code, 0)
        assert_in(' '.join(verb.EXAMPLE.split()[:2]), ' '.join(out.split()))


def test_help_imports_neither_numpy_nor_an_engine():
    program = ('import sys\n'
               'from juntingnet_theano.cli.main import main\n'
               'try:\n    main(["train", "--help"])\n'
               'except SystemExit:\n    pass\n'
               'print(sorted({"numpy", "theano", "pytensor", "h5py"}'
               ' & set(sys.modules)))')
    out = subprocess.check_output([sys.executable, '-c', program])
    assert_equal(out.decode().splitlines()[-1], '[]')


def test_a_missing_data_set_is_answered_with_every_file_and_exit_code_2():
    code, _, error = captured(['preprocess', 'isun', '--raw', 'nowhere'])
    assert_equal(code, 2)
    for part in ('training.mat', 'validation.mat', 'testing.mat', 'images',
                 'saliency', 'nowhere'):
        assert_in(part, error)


def test_unknown_data_set_offers_the_nearest():
    code, _, error = captured(['preprocess', 'isnu'])
    assert_equal(code, 2)
    assert_in("did you mean 'isun'?", error)


def test_degrees_need_the_experiments_scale():
    for sigma in ('1deg', 'wide', 'deg'):
        code, _, error = captured(['preprocess', 'folder', '--map-sigma',
                                   sigma])
        assert_equal(code, 2)
        assert_in('--pixels-per-degree', error)
    for argv, sigma in ((['--map-sigma', '19'], 19), ([], 0),
                        (['--map-sigma', '1.5deg', '--pixels-per-degree',
                          '35'], 52.5)):
        args = parser().parse_args(['preprocess', 'folder'] + argv)
        assert_equal(preprocess._sigma(args), sigma)


def test_pictures_and_a_data_set_together_are_refused():
    code, _, error = captured(['predict', '--run', 'r', 'a.jpg',
                               '--dataset', 'isun'])
    assert_equal(code, 2)
    assert_in('neither', error)


def test_help_of_predict_lists_the_models_without_weights():
    _, out, _ = captured(['predict', '--help'])
    for name in BASELINES:
        assert_in(name, out)


def test_unknown_model_offers_the_nearest():
    code, _, error = captured(['predict', '--model', 'gvbs', __file__])
    assert_equal(code, 2)
    assert_in("did you mean 'gbvs'?", error)


def test_options_that_a_model_does_not_take_are_refused():
    for argv, name in ((['--model', 'gbvs', '--post', 'released'], '--post'),
                       (['--model', 'itti', '--scale', 'stretch'], '--scale'),
                       (['--run', 'r', '--cache', 'a.hdf5'], '--cache'),
                       (['--model', 'gbvs', '--workers', '0'], '0 workers')):
        code, _, error = captured(['predict'] + argv + [__file__])
        assert_equal(code, 2)
        assert_in(name, error)


def test_a_model_and_a_run_together_are_a_usage_error():
    code, _, error = captured(['predict', '--model', 'gbvs', '--run', 'r'])
    assert_equal(code, 2)
    assert_in('not allowed', error)


def test_no_verb_is_a_usage_error():
    with assert_raises(SystemExit) as caught:
        with contextlib.redirect_stderr(io.StringIO()) as error:
            main([])
    assert_equal(caught.exception.code, 2)
    assert_true('usage' in error.getvalue())
