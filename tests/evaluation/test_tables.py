"""Published rows and measured ones stand beside each other, apart."""

import csv
import io
import os
import pathlib
import re
import tempfile

from nose.tools import assert_equal, assert_in, assert_not_in, assert_raises, assert_true

from juntingnet_theano.evaluation import leaderboard, score_files, tables
from tests.helpers.scripts import script

COLUMNS = ('similarity', 'cc', 'auc_shuffled', 'auc_borji', 'auc_judd')


def evaluation(model='ours', mean=0.5, dataset='isun', **changes):
    content = {
        'model': model,
        'dataset': dataset,
        'split': 'validation',
        'protocol': {'name': 'lsun2015'},
        'seed': 0,
        'date': '2020-01-31',
        'images': {'scored': 300, 'split': 300},
        'changes': [],
        'metrics': {
            name: {'mean': mean, 'low': 0.4, 'high': 0.6, 'nan': 0, 'images': 300}
            for name in COLUMNS
        },
    }
    content.update(changes)
    return content


def test_published_numbers_are_the_papers():
    """Sums of the columns of Tables 1 and 2, added up from the paper's text
    (without this package)."""
    for dataset, count, sums in (
        ('isun', 8, (4.2887, 4.3838, 5.01, 6.161, 6.3594)),
        ('salicon', 7, (3.2519, 3.0971, 4.5554, 5.4205, 5.4953)),
    ):
        board = leaderboard.boards()[dataset]
        assert_equal(tuple(board.columns), COLUMNS)
        assert_equal(len(board.rows), count)
        assert_equal(
            tuple(round(sum(column), 4) for column in zip(*(row[1] for row in board.rows))), sums
        )


def test_remarks_say_what_the_abstract_does_not():
    isun, salicon = (
        leaderboard.remarks(leaderboard.boards()[name]) for name in ('isun', 'salicon')
    )
    assert_equal(isun, ['Rare 2012 Improved has 0.5199 both in similarity and in cc.'])
    assert_equal(
        salicon,
        [
            'UPC (JuntingNet) is not best in auc_shuffled: Baseline BMS has '
            '0.6935 (the abstract: "a superior performance in all considered '
            'metrics").',
            'Baseline BMS and Baseline GBVS both have 0.7899 in auc_judd.',
        ],
    )


def test_only_what_was_scored_alike_shares_a_group():
    board = leaderboard.boards()['isun']
    found = tables.table(
        'T',
        board,
        [
            evaluation('a'),
            evaluation('b'),
            evaluation('c', seed=1),
            evaluation('d', changes=['truth=maps']),
            evaluation('e', split='testing'),
            evaluation('f', images={'scored': 299, 'split': 300}),
            evaluation('g', protocol={'name': 'mit'}),
            # Neither the day nor the columns shown change a score.
            evaluation('h', date='2020-03-01', changes=['metrics=cc']),
        ],
    )
    assert_equal(len(found.groups), 7)
    assert_in('published', found.groups[0].title)
    assert_equal(
        sorted([row[0] for row in group.rows] for group in found.groups[1:]),
        [['a', 'b', 'h'], ['c'], ['d'], ['e'], ['f'], ['g']],
    )
    for group in found.groups[1:]:
        for part in ('isun', '300 images', 'protocol', '2020-01-31'):
            assert_in(part, group.title)
        assert_equal('to 2020-03-01' in group.title, len(group.rows) == 3)


def test_the_best_of_a_group_is_marked_and_of_that_group_only():
    metrics = {'kl_divergence': {'mean': 0.5}, 'nss': {'mean': None}}
    found = tables.table(
        'T',
        None,
        [
            evaluation('a', metrics=metrics),
            evaluation('b', metrics=dict(metrics, kl_divergence={'mean': 0.7})),
        ],
    )
    (_, low, none), (_, high, _) = found.groups[0].rows
    assert_equal((low.best, high.best, none), (True, False, tables.Cell('--')))
    board = leaderboard.boards()['salicon']
    published = tables.table('T', board, [evaluation(mean=0.99)]).groups[0]
    marked = {row[0]: [cell.best for cell in row[1:]] for row in published.rows}
    assert_equal(marked['UPC (JuntingNet)'], [True, True, False, True, True])
    assert_equal(marked['Baseline BMS'], [False, False, True, False, False])


def test_csv_says_on_every_row_what_it_was_scored_on():
    table = tables.table('T', leaderboard.boards()['isun'], [evaluation()])
    rows = list(csv.reader(io.StringIO(tables.csv_text(table))))
    assert_equal({len(row) for row in rows}, {7})
    assert_true(rows[1][0].startswith('published'))
    assert_true(rows[-1][0].startswith('measured: isun validation'))
    assert_equal(rows[-1][1:], ['ours'] + ['0.5000'] * 5)


def test_names_of_methods_are_text_in_every_form():
    name = '\\input{a}$~^\x1b[1m'
    found = tables.table('T', None, [evaluation(name)])
    assert_in(
        '\\textbackslash{}input\\{a\\}\\$\\textasciitilde{}\\textasciicircum{}', tables.latex(found)
    )
    for write in (tables.rst, tables.csv_text, tables.latex):
        assert_not_in('\x1b', write(found))
    for name, shown in (
        ('.. raw:: html', '\\.. raw\\:: html'),
        ('--', '\\--'),
        ('====', '\\===='),
        ('*a* |b| `c`', '\\*a\\* \\|b\\| \\`c\\`'),
        ('a_ b_c', 'a\\_ b_c'),
        ('a\nb', 'a\\\\nb'),
    ):
        text = tables.rst(tables.table('T', None, [evaluation(name)]))
        assert_in(f'   {shown} ', text)


def test_wide_characters_take_two_columns_of_a_table():
    text = tables.rst(
        tables.table('T', None, [evaluation('\u6ce8\u76ee\u5ea6' * 4), evaluation('e\u0301' * 12)])
    )
    rule, wide, narrow = (
        next(line for line in text.split('\n') if sign in line)
        for sign in ('====', '\u6ce8', '\u0301')
    )
    assert_equal(rule.index(' ', 3), 3 + 24)
    assert_equal(wide.index('**0'), 3 + 12 + 2)
    assert_equal(narrow.index('**0'), 3 + 24 + 12 + 2)


def test_latex_is_escaped_and_closed():
    text = tables.latex(tables.table('T', leaderboard.boards()['isun'], [evaluation('50%_a&b')]))
    assert_in('50\\%\\_a\\&b', text)
    assert_in('WHU\\_IIP', text)
    assert_equal(re.findall(r'\\begin{(\w+)}', text), re.findall(r'\\end{(\w+)}', text)[::-1])
    assert_not_in('**', text)


def test_columns_on_the_terminal_are_as_wide_as_their_characters():
    lines = list(tables.plain(evaluation('\u6ce8\u76ee\u5ea6' * 4), None))
    assert_equal(lines[2].index('0.5000'), lines[3].index('0.4000') - 12)


def test_terminal_shows_published_rows_as_of_other_images():
    lines = list(tables.plain(evaluation(), leaderboard.boards()['isun']))
    assert_in('measured: isun validation', lines[0])
    place = next(i for i, line in enumerate(lines) if 'other images' in line)
    assert_true(all('ours' not in line for line in lines[place:]))
    assert_in('0.8693', lines[place + 1])


def test_script_refuses_what_is_no_scores_json_and_no_folder():
    folder = tempfile.mkdtemp()
    for name, text in (('a', '{'), ('b', '[' * 50000)):
        os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, name, 'scores.json'), 'w') as file:
            file.write(text)
        with assert_raises(SystemExit) as caught:
            script('tables').main([os.path.join(folder, name)])
        assert_equal(caught.exception.code, 2)
    with assert_raises(SystemExit):
        script('tables').main([os.path.join(folder, 'nowhere')])


def test_script_writes_both_tables_and_those_of_other_sets():
    folder = tempfile.mkdtemp()
    for name in ('isun', 'sample'):
        score_files.write_json(
            os.path.join(folder, 'runs', name, 'scores.json'), evaluation('mine', dataset=name)
        )
    script('tables').main([os.path.join(folder, 'runs'), '--out', folder])
    read = {
        name: pathlib.Path(folder, name).read_text(encoding='utf-8')
        for name in os.listdir(folder)
        if name != 'runs'
    }
    assert_equal(
        set(read),
        {f'table-{which}.{kind}' for which in (1, 2, 'sample') for kind in ('rst', 'csv', 'tex')},
    )
    assert_in('mine', read['table-1.rst'])
    assert_not_in('mine', read['table-2.rst'])
    assert_not_in('published', read['table-sample.rst'])
