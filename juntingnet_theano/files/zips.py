"""What every reader of ZIP archives of unknown origin needs.

`archives` unpacks data sets, `saliency_maps.map_archives` reads maps and
`network.pickles.npz` weights. They differ in what they do with a member, but agree
on which may be unpacked and on what a damaged archive raises.

>>> refusal(zipfile.ZipInfo('a.png')) is None
True
>>> info = zipfile.ZipInfo('a.png')
>>> info.compress_type = zipfile.ZIP_BZIP2
>>> refusal(info)
'is packed by method 12, not stored or deflated'
"""

import contextlib
import struct
import zipfile
import zlib
from typing import IO, Iterator, Optional

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""Whatever `zipfile` raises on a damaged archive, but for errors of the disk."""

_ENCRYPTED = 1  # among the flags of a member


@contextlib.contextmanager
def opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """Open a member for reading in parts: how much it gives is not bounded.

    Raises
    ------
    ValueError
        It may not be unpacked.
    """
    refused = refusal(info)
    if refused:
        raise ValueError('it ' + refused)
    with archive.open(info) as file:
        yield file


def refusal(info: zipfile.ZipInfo) -> Optional[str]:
    """Why a member may not be unpacked.

    Parameters
    ----------
    info : zipfile.ZipInfo

    Returns
    -------
    str or None
        Part of a sentence about the member; None for one that may be. The
        decoders of other methods than deflate give all that they make of a
        block at once, without a limit.
    """
    if info.flag_bits & _ENCRYPTED:
        return 'is encrypted'
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f'is packed by method {info.compress_type}, not stored or deflated'
    return None
