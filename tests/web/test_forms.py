"""What a request says, in its query and in its body, and what it may not say."""

import unittest

from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.web import forms
from tests.helpers import services


def setup_module():
    reason = services.missing()
    if reason:
        raise unittest.SkipTest(reason)


def request(query='', kind=''):
    from starlette.requests import Request

    headers = [(b'content-type', kind.encode())]
    return Request({'type': 'http', 'query_string': query.encode(), 'headers': headers})


def form(*parts):
    """Parts of (name, more of the header, content) as a browser sends them."""
    lines = []
    for name, more, content in parts:
        lines += ['--b', f'Content-Disposition: form-data; name="{name}"{more}', '', content]
    return '\r\n'.join([*lines, '--b--', '']).encode()


def test_a_body_that_is_no_form_is_the_file():
    assert_equal(forms.read_fields(request(kind='image/png'), b'pixels'), {'file': b'pixels'})


def test_a_file_of_any_name_is_the_first():
    body = form(('views', '', '2'), ('upload', '; filename="a.png"', 'pixels'))
    found = forms.read_fields(request(kind='multipart/form-data; boundary=b'), body)
    assert_equal(found, {'views': b'2', 'file': b'pixels'})
    options = forms.read_options(request('model=gbvs'), found, ('model', 'views'))
    assert_equal(options, {'views': '2', 'model': 'gbvs'})


def test_broken_forms_are_refused():
    whole = form(('file', '; filename="a"', 'x'))
    many = form(*[(str(index), '', '') for index in range(forms.MOST_PARTS + 1)])
    for kind, body in (('; boundary=b', whole[:-6]), ('', whole), ('; boundary=b', many)):
        with assert_raises(BadFile):
            forms.read_fields(request(kind='multipart/form-data' + kind), body)


def test_unknown_options_and_those_that_come_twice_are_refused():
    for query in ('view=2', 'views=1&views=2'):
        with assert_raises(BadSetting) as caught:
            forms.read_options(request(query), {}, ('views',))
        assert_in(query[:5], str(caught.exception))


def test_numbers_are_whole_and_among_those_allowed():
    assert_equal(forms.whole_number({}, 'side', range(1, 9)), None)
    assert_equal(forms.whole_number({'side': '8'}, 'side', range(1, 9)), 8)
    for wrong in ('9', '0', '1.5', '-1', '', '1' * 5000, '\u0661'):
        with assert_raises(BadSetting):
            forms.whole_number({'side': wrong}, 'side', range(1, 9))
