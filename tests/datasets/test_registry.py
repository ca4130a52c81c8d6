"""The registry: whole, plausible, shipped, and what data/README.rst says."""

import os
import re

from nose.tools import assert_equal, assert_in, assert_not_in, assert_raises, assert_true

from juntingnet_theano.datasets import registry
from juntingnet_theano.errors import BadSetting
from tests.helpers import ROOT

DIGITS = {'md5': 32, 'sha256': 64}


def entries():
    return [registry.entry(name) for name in registry.names()]


def sections():
    """Title -> text of data/README.rst, white space made single."""
    with open(os.path.join(ROOT, 'data', 'README.rst')) as file:
        parts = re.split(r'^(.+)\n-{3,}\n', file.read(), flags=re.M)
    return {title: ' '.join(text.split()) for title, text in zip(['top'] + parts[1::2], parts[::2])}


def section_of(name):
    return next(text for title, text in sections().items() if name in title.split(', '))


def test_the_sets_that_users_ask_for_are_there():
    assert_equal(
        registry.names(),
        [
            'cat2000',
            'isun',
            'mit1003',
            'osie',
            'salicon-2015',
            'salicon-2017',
            'salicon-api',
            'salicon-lsun',
            'sample',
            'toronto',
        ],
    )


def test_unknown_set_offers_the_nearest():
    with assert_raises(BadSetting) as raised:
        registry.entry('isnu')
    assert_in("did you mean 'isun'?", str(raised.exception))


def test_hashes_addresses_and_places_are_of_their_form():
    for entry in entries():
        for file in entry.files:
            if file.hash is not None:
                algorithm, digits = file.hash.split(':')
                assert_true(re.match(f'[0-9a-f]{{{DIGITS[algorithm]}}}$', digits), file.hash)
            assert_true(file.urls)
            for url, page in zip(file.urls, file.pages):
                assert_true(re.match(r'https?://|gdrive:[\w-]+$', url), url)
                assert_true(page.startswith('http'))
            for path in file.gives + (file.unpack or '', file.place):
                assert_true(not path.startswith('/') and '..' not in path)
            # What is unpacked has a name of its own.
            if file.unpack is not None:
                assert_not_in(file.name, file.gives)


def test_sizes_are_said_in_words():
    sizes = [
        registry.File('a', (), '', (), bytes=count).size for count in (None, 818000000, 3000000000)
    ]
    assert_equal(sizes, ['size unknown', '818 MB', '3.0 GB'])


def test_the_registry_lies_where_users_look_for_it():
    link = os.path.join(ROOT, 'data', 'registry.toml')
    with open(link) as file, open(registry.PATH) as original:
        assert_equal(file.read(), original.read())


def test_the_page_says_of_every_set_what_the_registry_says():
    for entry in entries():
        text = section_of(entry.name)
        for field, value in (('Licence', entry.licence), ('Citation', entry.citation)):
            if f':{field}: as above' not in text:
                assert_in(f':{field}: {value}', text)
        if entry.files:
            assert_in(entry.host, text)
        for file in entry.files:
            assert_in(f'``{file.name}``', text)
            assert_in(file.hash.split(':')[1] if file.hash else 'hash unknown', text)
            assert_in(file.size, text)


def test_the_page_counts_what_the_registry_counts():
    top = sections()['top']
    for entry in entries():
        counts = ' / '.join(
            f'{entry.images[split]:,}' if split in entry.images else 'none'
            for split in ('training', 'validation', 'testing')
        )
        assert_in(f'``{entry.name}`` {counts}', top)


def test_the_page_has_no_hash_that_the_registry_lacks():
    with open(os.path.join(ROOT, 'data', 'README.rst')) as file:
        found = set(re.findall(r'\b[0-9a-f]{32}\b', file.read()))
    with open(registry.PATH) as file:
        assert_equal(found - set(re.findall('[0-9a-f]{32}', file.read())), set())


def test_make_knows_every_set():
    with open(os.path.join(ROOT, 'Makefile')) as file:
        text = file.read()
    listed = re.search(r'^DOWNLOADS := ((?:.*\\\n)*.*)', text, re.M).group(1)
    made = set(listed.replace('\\', ' ').split()) | {'isun'}
    assert_equal(made, set(registry.names()))
