"""The documentation builds, and its commands and Python blocks run.

A block that cannot run here has a comment ``.. not run: why`` above it. Its
commands must still parse, and its make targets exist.
"""

import ast
import contextlib
import importlib.util
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from typing import NamedTuple
from unittest import SkipTest

from nose.tools import assert_equal, assert_in, assert_less, assert_raises, assert_true

from juntingnet_theano.cli.main import main, parser
from juntingnet_theano.errors import BadFile
from juntingnet_theano.evaluation import leaderboard
from tests.helpers import ROOT
from tests.helpers.scripts import script

page_tables = script('page_tables')
DOCS = os.path.join(ROOT, 'docs')
PHOTOGRAPHS = os.path.join(DOCS, 'pictures', 'photographs')
BLOCK = re.compile(
    r'(?:^\.\. not run:(?P<why>.*)\n)?'
    r'^\.\. code-block:: (?P<language>\w+)\n\n(?P<text>(?:(?: {4}.*)?\n)+)',
    re.MULTILINE,
)


class Block(NamedTuple):
    """A block of a page, and the reason not to run it, if one is given."""

    language: str
    text: str
    why: str


def pages():
    yield os.path.join(ROOT, 'README.rst')
    for name in sorted(os.listdir(DOCS)):
        if name.endswith('.rst'):
            yield os.path.join(DOCS, name)


def blocks_of(path):
    with open(path, encoding='utf-8') as file:
        found = BLOCK.finditer(file.read() + '\n')
    return [Block(each['language'], textwrap.dedent(each['text']), each['why']) for each in found]


def commands(block):
    """Words of each command, without comments and variables."""
    for line in block.text.replace('\\\n', ' ').splitlines():
        words = shlex.split(line, comments=True)
        while words and re.match(r'[A-Z_]+=', words[0]):
            words.pop(0)
        if words:
            yield words


@contextlib.contextmanager
def folder_with_pictures():
    """Be in a folder with what the pages speak of: photo.jpg and folder/."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PHOTOGRAPHS, os.path.join(folder, 'folder'))
        shutil.copy(os.path.join(PHOTOGRAPHS, 'coffee.jpg'), os.path.join(folder, 'photo.jpg'))
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def run_python(text, names):
    """Run statements; an expression followed by a literal comment equals it."""
    for statement in ast.parse(text).body:
        code = ast.get_source_segment(text, statement)
        if not isinstance(statement, ast.Expr):
            exec(code, names)
            continue
        value = eval(code, names)
        _, _, comment = text.splitlines()[statement.end_lineno - 1].partition('# ')
        try:
            expected = ast.literal_eval(comment.strip())
        except (SyntaxError, ValueError):
            continue
        assert_equal(value, expected, code)


def test_every_block_has_a_language_that_is_run_or_a_reason():
    for path in pages():
        with open(path, encoding='utf-8') as file:
            text = file.read()
        loose = re.findall(r'^(?!\.\. |\s*\.\. ).*::$', text, re.MULTILINE)
        assert_equal(loose, [], path)
        assert_equal(len(blocks_of(path)), text.count('.. code-block::'), path)
        for block in blocks_of(path):
            assert_in(block.language, ('python', 'shell'), path)
            assert_true(block.why is None or block.why.strip(), path)


def test_python_blocks_run():
    for path in pages():
        names = {}
        with folder_with_pictures(), contextlib.redirect_stderr(io.StringIO()):
            for block in blocks_of(path):
                if block.language == 'python' and block.why is None:
                    run_python(block.text, names)


def test_commands_run():
    for path in pages():
        with folder_with_pictures():
            for block in blocks_of(path):
                if block.language != 'shell' or block.why is not None:
                    continue
                for words in commands(block):
                    assert_equal(words[0], 'juntingnet', f'{path}: {words}')
                    out, error = io.StringIO(), io.StringIO()
                    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
                        code = main(words[1:])
                    assert_equal(code, 0, f'{path}: {words}: {error.getvalue()}')


def test_commands_that_are_not_run_exist():
    with open(os.path.join(ROOT, 'Makefile'), encoding='utf-8') as file:
        targets = set(re.findall(r'^([a-z][\w-]*):', file.read(), re.MULTILINE))
    for path in pages():
        for block in blocks_of(path):
            for words in commands(block) if block.language == 'shell' else ():
                if words[0] == 'juntingnet':
                    parser().parse_args(words[1:])
                elif words[0] == 'make':
                    asked = {each for each in words[1:] if '=' not in each}
                    assert_equal(asked - targets, set(), path)


def check_row(board, path, name, figures):
    """Compare a row of a page with the published or the measured scores."""
    if name in page_tables.PUBLISHED:
        expected = dict(leaderboard.boards()[board].rows)[page_tables.PUBLISHED[name]]
    else:
        measured = page_tables.MEASURED[board][name]
        with open(os.path.join(ROOT, 'experiments', 'results', measured)) as file:
            found = json.load(file)['metrics']
        expected = [found[metric]['mean'] for metric in leaderboard.boards()[board].columns]
    for figure, value in zip(figures, expected):
        assert_less(abs(figure - value), 0.00051, f'{path}: {board}, {name}')


def test_the_papers_tables_say_what_was_published_and_measured():
    row = re.compile(r'^(\S.*?) +((?:\d\.\d{3} +){4}\d\.\d{3})$', re.MULTILINE)
    for page in ('README.rst', os.path.join('docs', 'reproducing.rst')):
        with open(os.path.join(ROOT, page), encoding='utf-8') as file:
            _, first, second = re.split(r'^Table \d, ', file.read(), flags=re.MULTILINE)
        for board, text in (('isun', first), ('salicon', second)):
            rows = row.findall(text)
            must = {'JuntingNet, paper', 'weights that ship', 'GBVS, paper', 'GBVS, here'}
            assert_equal(must - {name for name, _ in rows}, set())
            for name, figures in rows:
                check_row(board, page, name, [float(each) for each in figures.split()])


def test_the_papers_tables_are_what_the_program_writes():
    with tempfile.TemporaryDirectory() as folder:
        for page in ('README.rst', os.path.join('docs', 'reproducing.rst')):
            with open(os.path.join(ROOT, page), encoding='utf-8') as file:
                expected = file.read()
            path = os.path.join(folder, os.path.basename(page))
            with open(path, 'w', encoding='utf-8') as file:  # other scores, same places
                file.write(re.sub(r'\b0\.\d{3}(?= |$)', '9.999', expected, flags=re.MULTILINE))
            with contextlib.redirect_stdout(io.StringIO()):
                page_tables.main([path])
            with open(path, encoding='utf-8') as file:
                found = file.read()
            tables = [
                re.split(r'^Table \d, ', text, flags=re.MULTILINE) for text in (found, expected)
            ]
            assert_equal(
                *([each[: each.rindex('=====')] for each in texts[1:]] for texts in tables)
            )


def test_a_row_without_scores_is_refused():
    with open(os.path.join(ROOT, 'README.rst'), encoding='utf-8') as file:
        text = file.read().replace('GBVS, here', 'GBSV, here')
    with assert_raises(BadFile) as raised:
        page_tables.refresh(text)
    assert_in("did you mean 'GBVS, here'?", str(raised.exception))


def test_the_site_builds_without_a_warning():
    for name in ('sphinx', 'numpydoc', 'pydata_sphinx_theme'):
        if importlib.util.find_spec(name) is None:
            raise SkipTest(f"{name} is not installed: pip install -e '.[docs]'")
    with tempfile.TemporaryDirectory() as folder:
        # The build writes pages beside its sources.
        source = os.path.join(folder, 'docs')
        shutil.copytree(DOCS, source, ignore=lambda *_: ['api', '__pycache__'])
        for name in ('data', 'experiments', 'tests'):  # which pages include
            os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        built = subprocess.run(
            [sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', '-b', 'dummy']
            + [source, os.path.join(folder, 'build')],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    assert_equal(built.returncode, 0, built.stdout.decode())
