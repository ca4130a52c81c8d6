"""The one device of a process, which its first network chooses.

>>> choose('cuda-1')
Traceback (most recent call last):
    ...
juntingnet_theano.errors.BadSetting: While ...
"""

import itertools
import os
import re
import sys
from typing import Optional

from juntingnet_theano.errors import BadSetting

_DEVICE = re.compile(r'cpu|(cuda|gpu)\d*')
_networks = itertools.count()
"""Of this process, of which the first one chooses the device."""


def choose(device: Optional[str]) -> None:
    """Make the engine of this process run on a device.

    Parameters
    ----------
    device : str or None
        As for `models.load`.

    Raises
    ------
    BadSetting
        There is no such device, or the process runs on another one.
    """
    doing, got = 'choosing a device', f'device={device!r}'
    if device is not None and not _DEVICE.fullmatch(str(device)):
        raise BadSetting(doing, got, 'cpu, cuda, cuda0, cuda1, ...')
    is_first = next(_networks) == 0
    if device is None:
        return
    if is_first and 'theano' not in sys.modules:  # which reads this when it is imported
        os.environ['THEANO_FLAGS'] = ','.join(
            filter(None, (os.environ.get('THEANO_FLAGS'), 'device=' + device))
        )
        return
    import theano

    used = theano.config.device
    if used != device:
        raise BadSetting(
            doing,
            f'{got}, but this process runs on {used}',
            'one device per process',
            f'THEANO_FLAGS=device={device} before it starts',
        )
