"""The command line: quick help, an example a verb, exit codes, no traceback."""

import argparse
import ast
import contextlib
import io
import os
import subprocess
import sys
import tempfile

from nose.tools import (
    assert_equal,
    assert_in,
    assert_less,
    assert_not_in,
    assert_raises,
    assert_true,
)

from juntingnet_theano.baselines import BASELINES
from juntingnet_theano.cli import preprocess
from juntingnet_theano.cli.main import VERBS, main, parser
from juntingnet_theano.cli.output import say
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.files.writing import provenance
from tests.helpers.output import captured


def test_help_of_every_verb_gives_its_example():
    for verb in VERBS:
        code, out, _ = captured([verb.NAME, '--help'])
        assert_equal(code, 0)
        assert_in(' '.join(verb.EXAMPLE.split()[:2]), ' '.join(out.split()))


def test_help_imports_neither_numpy_nor_an_engine():
    program = (
        'import sys\n'
        'from juntingnet_theano.cli.main import main\n'
        'try:\n    main(["train", "--help"])\n'
        'except SystemExit:\n    pass\n'
        'print(sorted({"numpy", "theano", "pytensor", "h5py"}'
        ' & set(sys.modules)))'
    )
    out = subprocess.check_output([sys.executable, '-c', program])
    assert_equal(out.decode().splitlines()[-1], '[]')


def options(top, words=()):
    """Each verb's and command's options: the words before, and the action."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from options(inner, words + (name,))
        elif action.nargs != 0:
            yield words, action


def refused(words, action, value):
    """What a command says to one value of one of its options."""
    count = action.nargs if isinstance(action.nargs, int) else 1
    code, _, error = captured(list(words) + action.option_strings[:1] + [value] * count)
    assert_equal(code, 2)
    assert_in(action.option_strings[0] if action.option_strings else action.dest, error)
    assert_less(len(error), 3000)
    return error


def test_every_number_of_every_verb_has_a_range():
    seen = set()
    for words, action in options(parser()):
        if action.type is None:
            continue
        seen.add(action.dest)
        for value in ('-1', 'nan', '1e400', '9' * 5000, '\x1b[31m'):
            error = refused(words, action, value)
            assert_true('\x1b' not in error)
        if action.dest not in ('counts', 'seed', 'port'):
            refused(words, action, '0')
    assert_true(
        {
            'workers',
            'seed',
            'rows',
            'counts',
            'bits',
            'sigma',
            'power',
            'views',
            'pixels_per_degree',
        }
        <= seen,
        seen,
    )


def test_an_empty_argument_is_none_that_was_left_out():
    for words, action in options(parser()):
        if action.type is None:
            for value in ('', ' ', 'a\0'):
                refused(words, action, value)


def test_words_that_argparse_does_not_know_are_escaped():
    _, _, error = captured(['sample', 'a', '--\x1b[31m', '\udce9'])
    assert_in('\\x1b[31m', error)
    assert_true('\x1b' not in error)


def test_whatever_a_name_holds_it_can_be_printed():
    name = 'caf\udce9 \x1b[2J \u202e \U0001f600 \xe9\n'
    for encoding, shown in (
        ('utf-8', 'caf\\xe9 \\x1b[2J \\u202e \U0001f600 \xe9\n\n'),
        ('ascii', 'caf\\xe9 \\x1b[2J \\u202e \\U0001f600 \\xe9\n\n'),
    ):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        say(name, stream)
        stream.flush()
        assert_equal(stream.buffer.getvalue().decode(encoding), shown)


def test_a_command_with_a_name_that_is_no_utf8_can_be_kept_in_a_file():
    kept = sys.argv
    sys.argv = ['juntingnet', 'preprocess', '--cache', 'caf\udce9.hdf5']
    try:
        assert_equal(provenance()['command'], 'juntingnet preprocess --cache caf\\xe9.hdf5')
    finally:
        sys.argv = kept


def test_verbs_print_through_say_alone():
    folder = os.path.dirname(preprocess.__file__)
    printing = set()
    for name in os.listdir(folder):
        if name.endswith('.py'):
            with open(os.path.join(folder, name)) as file:
                tree = ast.parse(file.read())
            if any(getattr(node, 'id', None) == 'print' for node in ast.walk(tree)):
                printing.add(name)
    # main prints errors, which escape their text themselves.
    assert_equal(printing, {'main.py', 'output.py'})


def test_a_missing_data_set_is_answered_with_every_file_and_exit_code_2():
    code, _, error = captured(['preprocess', 'isun', '--raw', 'nowhere'])
    assert_equal(code, 2)
    for part in ('training.mat', 'validation.mat', 'testing.mat', 'images', 'saliency', 'nowhere'):
        assert_in(part, error)


def test_unknown_data_set_offers_the_nearest():
    code, _, error = captured(['preprocess', 'isnu'])
    assert_equal(code, 2)
    assert_in("did you mean 'isun'?", error)


def test_degrees_need_the_experiments_scale():
    for sigma in ('1deg', 'wide', 'deg'):
        code, _, error = captured(['preprocess', 'folder', '--map-sigma', sigma])
        assert_equal(code, 2)
        assert_in('--pixels-per-degree', error)
    for argv, sigma in (
        (['--map-sigma', '19'], 19),
        ([], 0),
        (['--map-sigma', '1.5deg', '--pixels-per-degree', '35'], 52.5),
    ):
        args = parser().parse_args(['preprocess', 'folder'] + argv)
        assert_equal(preprocess._sigma(args), sigma)


def test_pictures_and_a_data_set_together_are_refused():
    code, _, error = captured(['predict', '--run', 'r', 'a.jpg', '--dataset', 'isun'])
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
    for argv, name in (
        (['--model', 'gbvs', '--post', 'released'], '--post'),
        (['--model', 'itti', '--scale', 'stretch'], '--scale'),
        (['--run', 'r', '--cache', 'a.hdf5'], '--cache'),
    ):
        code, _, error = captured(['predict'] + argv + [__file__])
        assert_equal(code, 2)
        assert_in(name, error)


def test_a_model_and_a_run_together_are_a_usage_error():
    code, _, error = captured(['predict', '--model', 'gbvs', '--run', 'r'])
    assert_equal(code, 2)
    assert_in('not allowed', error)


def test_no_verb_is_a_usage_error():
    with assert_raises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()) as error:
        main([])
    assert_equal(caught.exception.code, 2)
    assert_true('usage' in error.getvalue())


def test_every_verb_refuses_a_split_without_images():
    with tempfile.TemporaryDirectory() as folder:
        root, maps = os.path.join(folder, 'raw'), os.path.join(folder, 'maps')
        sample.generate(root, counts=(2, 0, 0))
        os.mkdir(maps)
        given = ['--dataset', 'sample', '--raw', root]
        for argv in (
            ['evaluate', maps],
            ['submit', 'lsun', '--maps', maps, '--out', os.path.join(folder, 'a.mat')],
            ['predict', '--model', 'centre', '--out', os.path.join(folder, 'out')],
        ):
            code, _, error = captured(argv + given)
            assert_equal(code, 2, argv)
            assert_in('it has no image', error)
        code, output, _ = captured(['info', root])
        assert_equal(code, 0)
        assert_in('validation: 0 images', output)
        assert_equal(sorted(os.listdir(folder)), ['maps', 'raw'])


def test_predicting_a_data_set_says_what_lies_beside_its_pictures():
    with tempfile.TemporaryDirectory() as folder:
        root, out = os.path.join(folder, 'raw'), os.path.join(folder, 'out')
        sample.generate(root, counts=(1, 1, 1))
        given = ['predict', '--model', 'centre', '--dataset', 'sample', '--raw', root]
        output = captured(given + ['--out', out])[1]
        assert_not_in('left out', output)  # the other splits' pictures are theirs
        open(os.path.join(root, 'images', 'IMG_1.CR2'), 'w').close()
        for command in (given + ['--out', out], ['info', root]):
            assert_in('left out: 1 .cr2', captured(command)[1])
