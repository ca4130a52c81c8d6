"""ZIP archives of unknown origin, unpacked member by member.

Everything is checked before anything is written: names that leave the folder,
links, encryption, members that appear twice, and sizes that only a bomb has.
Members go to a hidden folder first and move to their places when all of them
are whole; a mark then says that the archive is done. A repeated run keeps the
members that an earlier one unpacked.

`pooch.Unzip` calls `extractall`: it sets no limits, uses no folder of its own
and does not report names that leave the folder or clash. So `zipfile` reads
the archive here, after the checks.

>>> import os, tempfile
>>> root = tempfile.mkdtemp()
>>> with zipfile.ZipFile(os.path.join(root, 'a.zip'), 'w') as archive:
...     archive.writestr('images/a.jpg', b'...')
>>> unpack(os.path.join(root, 'a.zip'), root)
1
>>> sorted(os.listdir(root))
['.a.zip.complete', 'a.zip', 'images']
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from typing import Callable, Iterable, List

from juntingnet_theano.errors import BadFile, CannotWrite, NotEnoughSpace
from juntingnet_theano.files import outside, writing, zips
from juntingnet_theano.names import key

MAX_BYTES = 32 << 30  # ten times the largest data set of the registry
MAX_RATIO = 100  # unpacked to packed; photographs hardly shrink
MAX_MEMBERS = 10**6
MAX_NAME = 255  # bytes of a name, on all usual file systems
MAX_PATH = 1024
JUNK = ('__MACOSX', 'Thumbs.db')

_DOING = 'unpacking an archive'
_BLOCK = 1 << 20


def unpack(
    path: str,
    root: str,
    into: str = '',
    watch: Callable[[List[str]], Iterable[str]] = iter,
    max_bytes: int = MAX_BYTES,
    max_ratio: int = MAX_RATIO,
) -> int:
    """Unpack an archive, or continue where an earlier run stopped.

    Parameters
    ----------
    path : str
        The archive.
    root : str
        Folder of the data set, where the mark is put.
    into : str
        Folder within `root` that the members' names are relative to.
    watch : callable
        Wraps the list of members, to show progress.
    max_bytes, max_ratio : int
        What all members may add up to, and by how much they may exceed the
        archive. Names that no reader needs (`JUNK` and hidden ones, which
        could be taken for marks of this program) are passed over.

    Returns
    -------
    int
        Files unpacked; 0 where the mark says that it was done before.

    Raises
    ------
    BadFile
        For an archive that is broken or hostile, with the member's name.
    NotEnoughSpace
        Before anything is written.
    """
    try:
        with outside.opened(path, _DOING) as file, zipfile.ZipFile(file) as archive:
            members = _checked(archive, path, max_bytes, max_ratio)
            mark = _fingerprint(members)
            if _read(_mark(path, root)) == mark:
                return 0
            return _unpack(archive, members, path, root, into, watch, mark)
    except zips.DAMAGE as error:
        raise _bad(path, error or type(error).__name__) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotEnoughSpace(
                'unpacking ' + path,
                error.strerror or str(error),
                None,
                'free some space and repeat the command: it continues where it stopped',
            ) from error
        if error.errno == errno.EINVAL:  # a member before the beginning
            raise _bad(path, error.strerror or error) from error
        raise CannotWrite(
            'unpacking ' + path,
            f'{error.filename}: {error.strerror}',
            'a place that can be written',
        ) from error


def is_complete(path: str, root: str) -> bool:
    """Whether an archive was unpacked completely; the archive itself may have
    been removed since."""
    return os.path.exists(_mark(path, root))


def is_partial(path: str, root: str) -> bool:
    """Whether an unpacking has started and not finished."""
    return os.path.isdir(_staging(path, root))


def _checked(archive, path, max_bytes, max_ratio):
    """Target name (with '/') -> member, of those to be unpacked."""
    infos = [info for info in archive.infolist() if not _is_junk(info)]
    total = sum(info.file_size for info in infos)
    packed = max(os.path.getsize(path), 1)
    if len(infos) > MAX_MEMBERS:
        raise _bad(path, f'{len(infos):,} members')
    if total > max_bytes or total > max_ratio * packed + _BLOCK:
        raise _bad(
            path,
            f'{packed:,} bytes would become {total:,}',
            f'at most {max_bytes:,} bytes and {max_ratio} times the archive',
        )
    members, seen = {}, {}
    for info in infos:
        cause = _hostile(info) or _twin(info, seen)
        if cause is not None:
            raise _bad(path, f'its member {info.orig_filename!r:.200} {cause}')
        if not info.is_dir():
            members[info.filename] = info
    return members


def _is_junk(info):
    parts = info.filename.split('/')
    # What begins with two dots is no hidden name, but may be a hostile one.
    return any(part in JUNK or part[:1] == '.' and part[1:2] not in ('', '.') for part in parts)


def _twin(info, seen):
    """What is wrong with a member beside those `seen`, or None. It and the
    folders above it are noted under what a disk may take them for."""
    parts = info.filename.rstrip('/').split('/')
    for end in range(1, len(parts) + 1):
        name = '/'.join(parts[:end])
        is_file = end == len(parts) and not info.is_dir()
        before, was_file = seen.setdefault(key(name), (name, None))
        if before != name:
            return f'differs from {before!r:.200} in case or accents only'
        if was_file is not None and (is_file or was_file):
            return 'appears twice, or as a file and a folder'
        seen[key(name)] = name, is_file
    return None


def _hostile(info):
    """What is wrong with a member, or None."""
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    parts = name.rstrip('/').split('/')
    if any(mark in name for mark in '\\:') or not name.isprintable():
        return 'has a mark in its name that file names do not have'
    if '' in parts:
        return 'has an absolute or an empty name'
    if '..' in parts or '.' in parts:
        return 'would leave its folder'
    size = len(name.encode('utf-8', 'replace'))
    if size > MAX_PATH or any(len(part.encode('utf-8', 'replace')) > MAX_NAME for part in parts):
        return 'has a name that no disk takes'
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return 'is a link or a device'
    return zips.refusal(info)


def _fingerprint(members):
    digest = hashlib.sha256()
    for name, info in sorted(members.items()):
        digest.update(f'{name}\t{info.file_size}\t{info.CRC}\n'.encode())
    return digest.hexdigest()


def _unpack(archive, members, path, root, into, watch, mark):
    staging = _staging(path, root)
    target = os.path.join(root, into)
    waiting = [
        name
        for name in members
        if not (
            _is_whole(os.path.join(staging, name), members[name])
            or _is_whole(os.path.join(target, name), members[name])
        )
    ]
    writing.check_space(root, sum(members[name].file_size for name in waiting), 'unpacking ' + path)
    os.makedirs(staging, exist_ok=True)
    try:
        for name in watch(waiting):
            _write(archive, members[name], os.path.join(staging, name))
        _publish(staging, target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _bad(path, f'{error.filename}: {error.strerror}') from error
    shutil.rmtree(staging)
    with writing.atomic_path(_mark(path, root)) as part, open(part, 'w') as file:
        file.write(mark)
    return len(members)


def _write(archive, info, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # zipfile never gives more bytes than the member's stated size, and
    # raises where the sum of what it gave is wrong.
    with archive.open(info) as source, open(path, 'wb') as file:
        shutil.copyfileobj(source, file, _BLOCK)


def _is_whole(path, info):
    """Whether a file has a member's size and check sum."""
    if not os.path.isfile(path) or os.path.getsize(path) != info.file_size:
        return False
    crc = 0
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(_BLOCK), b''):
            crc = zlib.crc32(block, crc)
    return crc == info.CRC


def _publish(source, target):
    """Rename what lies in one folder into another, merging folders."""
    os.makedirs(target, exist_ok=True)
    for name in sorted(os.listdir(source)):
        inner, outer = os.path.join(source, name), os.path.join(target, name)
        if os.path.isdir(inner) and os.path.exists(outer):
            _publish(inner, outer)
        else:
            os.replace(inner, outer)


def _staging(path, root):
    return os.path.join(root, f'.{os.path.basename(path)}.part')


def _mark(path, root):
    return os.path.join(root, f'.{os.path.basename(path)}.complete')


def _read(path):
    with contextlib.suppress(OSError), open(path) as file:
        return file.read()
    return None


def _bad(path, cause, expected='a whole ZIP archive with plain file names'):
    return BadFile(
        _DOING, f'{path}: {cause}', expected, 'remove it and fetch it again, from its own host'
    )
