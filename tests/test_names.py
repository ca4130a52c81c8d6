"""Names: as text that every terminal takes, and as a key that tells twins."""

import pickle
import unicodedata

from nose.tools import assert_equal, assert_not_equal, assert_true

from juntingnet_theano import errors, names


def test_shown_names_hold_nothing_that_acts_on_a_terminal():
    for text in (
        '\x1b]0;title\x07',
        'a\rb',
        '\u202egpj.exe',
        '\x9b31m',
        'a\udc80\ud800b',
        '\u2028',
    ):
        shown = names.printable(text)
        assert_true(shown.isprintable(), ascii(shown))
        shown.encode('utf-8')


def test_letters_of_all_scripts_are_shown_as_they_are():
    for text in ('été', '写真', 'фото', '😀 b', 'e\u0301'):
        assert_equal(names.printable(text), text)


def test_case_and_form_of_accents_do_not_tell_names_apart():
    for name in ('Élan.JPG', '\u1e9e', '\u0130x', '\u01f0'):
        for form in ('NFC', 'NFD'):
            other = unicodedata.normalize(form, name)
            assert_equal(names.key(other), names.key(name))
    assert_equal(names.key('A.Png'), names.key('a.pNG'))
    assert_not_equal(names.key('a.png'), names.key('b.png'))


def test_a_message_is_shorter_than_a_screen_and_survives_pickling():
    error = errors.BadFile('reading', 'x' * 915000, 'y\x1b' * 9000, 'z\n' * 9000)
    text = str(pickle.loads(pickle.dumps(error)))
    assert_true(len(text) < 3000)
    assert_true('\x1b' not in text)
