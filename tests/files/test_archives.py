"""Archives: whole ones, broken ones, and those made to do harm."""

import os
import shutil
import stat
import struct
import tempfile
import zipfile

from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_not_in,
    assert_raises,
    assert_true,
)

from juntingnet_theano.errors import BadFile, NotEnoughSpace
from juntingnet_theano.files import archives

PICTURE = bytes(range(256)) * 40
MEMBERS = {'images/a.jpg': PICTURE, 'images/b.jpg': PICTURE[1:], 'notes.txt': b'none'}


def forged(members, compression=zipfile.ZIP_STORED):
    """(archive, root) of members: name or ZipInfo -> bytes."""
    root = tempfile.mkdtemp()
    path = os.path.join(root, 'image.zip')
    with zipfile.ZipFile(path, 'w', compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path, root


def tree(root):
    """Relative path -> content of all files but the archive itself."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if name != 'image.zip':
                with open(path, 'rb') as file:
                    found[os.path.relpath(path, root)] = file.read()
    return found


def refused(members, **options):
    """The message about a hostile archive, of which nothing is unpacked."""
    path, root = forged(members)
    with assert_raises(BadFile) as raised:
        archives.unpack(path, root, **options)
    assert_equal(os.listdir(root), ['image.zip'])
    assert_in(path, str(raised.exception))
    return str(raised.exception)


def test_members_get_their_places_and_a_mark_says_that_all_have():
    for into in ('', 'inner'):
        path, root = forged(MEMBERS, zipfile.ZIP_DEFLATED)
        assert_false(archives.is_complete(path, root))
        assert_equal(archives.unpack(path, root, into), 3)
        found = tree(root)
        assert_equal(found.pop('.image.zip.complete') > b'', True)
        assert_equal(found, {os.path.join(into, name): data for name, data in MEMBERS.items()})
        assert_true(archives.is_complete(path, root))
        assert_false(archives.is_partial(path, root))


def test_what_is_done_is_not_done_again():
    path, root = forged(MEMBERS)
    archives.unpack(path, root)
    os.remove(os.path.join(root, 'notes.txt'))
    assert_equal(archives.unpack(path, root), 0)
    assert_false(os.path.exists(os.path.join(root, 'notes.txt')))


def test_another_archive_of_the_name_is_unpacked():
    path, root = forged(MEMBERS)
    archives.unpack(path, root)
    other, _ = forged({'images/a.jpg': b'new'})
    shutil.move(other, path)
    assert_equal(archives.unpack(path, root), 1)
    assert_equal(tree(root)['images/a.jpg'], b'new')


def test_an_interrupted_unpacking_shows_nothing_and_goes_on():
    path, root = forged(MEMBERS)

    def interrupted(names):
        for number, name in enumerate(names):
            if number == 2:
                raise KeyboardInterrupt
            yield name

    with assert_raises(KeyboardInterrupt):
        archives.unpack(path, root, watch=interrupted)
    assert_equal(sorted(os.listdir(root)), ['.image.zip.part', 'image.zip'])
    assert_true(archives.is_partial(path, root))
    asked = []
    archives.unpack(path, root, watch=lambda names: asked.extend(names) or names)
    assert_equal(asked, ['notes.txt'])
    assert_equal(tree(root)['images/a.jpg'], PICTURE)
    assert_not_in('.image.zip.part', os.listdir(root))


def test_a_member_that_was_half_written_is_written_again():
    path, root = forged(MEMBERS)
    part = os.path.join(root, '.image.zip.part', 'images')
    os.makedirs(part)
    with open(os.path.join(part, 'a.jpg'), 'wb') as file:
        file.write(PICTURE[:100])
    archives.unpack(path, root)
    assert_equal(tree(root)['images/a.jpg'], PICTURE)


def test_what_lies_there_by_hand_stays():
    path, root = forged(MEMBERS)
    os.mkdir(os.path.join(root, 'images'))
    with open(os.path.join(root, 'images', 'mine.jpg'), 'wb') as file:
        file.write(b'mine')
    archives.unpack(path, root)
    assert_equal(tree(root)['images/mine.jpg'], b'mine')
    assert_equal(tree(root)['images/b.jpg'], PICTURE[1:])


def test_a_process_that_died_while_members_moved_goes_on():
    path, root = forged(MEMBERS)
    archives.unpack(path, root)
    os.remove(os.path.join(root, '.image.zip.complete'))
    os.mkdir(os.path.join(root, '.image.zip.part'))
    asked = []
    archives.unpack(path, root, watch=lambda names: asked.extend(names) or names)
    assert_equal(asked, [])
    assert_true(archives.is_complete(path, root))


def test_names_that_leave_the_folder_are_refused():
    for name in (
        '../a',
        'images/../../a',
        '/etc/a',
        '//a',
        'images//a',
        'images\\a',
        '..\\a',
        'C:a',
        'C:\\a',
        './a',
        'a\nb',
        '..',
    ):
        message = refused({'fine.jpg': b'', name: b'a'})
        assert_in('member', message)


def test_a_name_that_ends_at_a_nought_is_refused():
    path, root = forged({'a.jpgX../b': b'a'})
    with open(path, 'rb') as file:
        data = file.read()
    with open(path, 'wb') as file:
        file.write(data.replace(b'a.jpgX', b'a.jpg\0'))
    with assert_raises(BadFile):
        archives.unpack(path, root)
    assert_equal(os.listdir(root), ['image.zip'])


def test_links_and_devices_are_refused():
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO):
        info = zipfile.ZipInfo('images')
        info.external_attr = (kind | 0o777) << 16
        assert_in('link', refused({info: b'/etc'}))


def test_encrypted_members_are_refused():
    path, root = forged({'a.jpg': b'a'})
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    at = data.index(b'PK\x01\x02')
    data[at + 8] |= 1
    with open(path, 'wb') as file:
        file.write(data)
    with assert_raises(BadFile) as raised:
        archives.unpack(path, root)
    assert_in('encrypted', str(raised.exception))


def test_a_member_that_comes_twice_is_refused():
    path, root = forged({'a.jpg': b'a', 'b.jpg': b'b'})
    with open(path, 'rb') as file:
        data = file.read()
    with open(path, 'wb') as file:
        file.write(data.replace(b'b.jpg', b'a.jpg'))
    with assert_raises(BadFile) as raised:
        archives.unpack(path, root)
    assert_in('twice', str(raised.exception))


def test_a_member_that_is_a_file_and_a_folder_is_refused():
    path, root = forged({'a': b'a', 'a/b.jpg': b'b'})
    with assert_raises(BadFile):
        archives.unpack(path, root)
    assert_false(os.path.exists(os.path.join(root, 'a')))


def test_a_name_too_long_for_a_disk_is_refused():
    for name in ('a' * 300 + '.jpg', 'é' * 150, 'a/' * 600 + 'a'):
        assert_in('no disk', refused({'fine.jpg': b'', name: b'a'}))


def test_names_that_differ_in_case_or_accents_only_are_refused():
    for one, other in (
        ('a.jpg', 'A.JPG'),
        ('a/b.jpg', 'A/c.jpg'),
        ('é/a', 'é/b'),
        ('a/x.jpg', 'A'),
    ):
        assert_in('only', refused({one: b'a', other: b'b'}))


def test_other_methods_of_packing_are_refused():
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path, root = forged({'a.jpg': PICTURE}, method)
        with assert_raises(BadFile) as raised:
            archives.unpack(path, root)
        assert_in('method', str(raised.exception))


def test_what_is_no_regular_file_is_refused_at_once():
    root = tempfile.mkdtemp()
    path = os.path.join(root, 'a.zip')
    os.mkfifo(path)
    with assert_raises(BadFile):
        archives.unpack(path, root)


def test_an_archive_plants_no_marks_of_this_program():
    path, root = forged(
        {
            'a.jpg': b'a',
            '.other.zip.complete': b'x',
            '.image.zip.part': b'x',
            '.image.zip.complete': b'',
            '.other.zip.part/a.jpg': b'',
            'b/.x/c': b'',
        }
    )
    assert_equal(archives.unpack(path, root), 1)
    assert_equal(sorted(tree(root)), ['.image.zip.complete', 'a.jpg'])
    assert_false(archives.is_complete(os.path.join(root, 'other.zip'), root))
    assert_false(archives.is_partial(os.path.join(root, 'other.zip'), root))


def test_bombs_are_refused_before_they_go_off():
    path, root = forged({'a.jpg': bytes(5 << 20)}, zipfile.ZIP_DEFLATED)
    with assert_raises(BadFile) as raised:
        archives.unpack(path, root)
    assert_in('would become 5,242,880', str(raised.exception))
    assert_equal(os.listdir(root), ['image.zip'])
    assert_in('would become', refused({'a.jpg': bytes(2000)}, max_bytes=1000))


def test_a_member_that_lies_about_its_size_gets_no_more_than_it_said():
    path, root = forged({'a.jpg': bytes(1 << 16)}, zipfile.ZIP_DEFLATED)
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    for mark, offset in ((b'PK\x03\x04', 22), (b'PK\x01\x02', 24)):
        at = data.index(mark)
        data[at + offset : at + offset + 4] = struct.pack('<I', 100)
    with open(path, 'wb') as file:
        file.write(data)
    with assert_raises(BadFile):
        archives.unpack(path, root)
    assert_false(os.path.exists(os.path.join(root, 'a.jpg')))


def test_damaged_archives_are_named():
    path, root = forged(MEMBERS, zipfile.ZIP_DEFLATED)
    with open(path, 'rb') as file:
        whole = file.read()
    flipped = bytearray(whole)
    flipped[60] ^= 255
    for data in (b'', b'text', whole[: len(whole) // 2], bytes(flipped)):
        with open(path, 'wb') as file:
            file.write(data)
        with assert_raises(BadFile) as raised:
            archives.unpack(path, root)
        assert_in(path, str(raised.exception))
        assert_false(archives.is_complete(path, root))
        assert_false(os.path.exists(os.path.join(root, 'images')))


def test_a_member_that_would_begin_before_the_file_does_is_refused():
    path, root = forged(MEMBERS)
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    end = data.index(b'PK\x05\x06')
    (start,) = struct.unpack_from('<I', data, end + 16)
    struct.pack_into('<I', data, end + 16, start + 9)
    with open(path, 'wb') as file:
        file.write(data)
    with assert_raises(BadFile):
        archives.unpack(path, root)
    assert_false(os.path.exists(os.path.join(root, 'images')))


def test_what_a_mac_or_a_version_control_adds_is_left_out():
    path, root = forged(
        {
            'images/a.jpg': b'a',
            '__MACOSX/images/._a.jpg': b'',
            'images/.DS_Store': b'',
            'images/._a.jpg': b'',
            'images/.svn/entries': b'',
        }
    )
    assert_equal(archives.unpack(path, root), 1)
    assert_equal(sorted(tree(root)), ['.image.zip.complete', 'images/a.jpg'])


def test_the_disk_is_asked_first():
    path, root = forged({'a.jpg': b'a'})
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    at = data.index(b'PK\x01\x02')
    data[at + 24 : at + 28] = struct.pack('<I', 0xFFFFFFF0)
    with open(path, 'wb') as file:
        file.write(data)
    real = shutil.disk_usage
    shutil.disk_usage = lambda folder: real(folder)._replace(free=10**6)
    try:
        with assert_raises(NotEnoughSpace) as raised:
            archives.unpack(path, root, max_ratio=1 << 40)
    finally:
        shutil.disk_usage = real
    assert_in('1 MB free', str(raised.exception))
    assert_in('4,295 MB', str(raised.exception))
    assert_equal(os.listdir(root), ['image.zip'])
