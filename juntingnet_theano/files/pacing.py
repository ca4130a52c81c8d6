"""A session of `requests` whose answers keep a pace or end.

Each byte renews the timeout of a socket. A server that sends one byte a
second therefore holds a client for ever, in the body, in a header or in a
proxy's greeting. Here bytes are counted as they leave the socket. `requests`
also reads the whole body of a redirection; this session reads none of it.

>>> from juntingnet_theano.files.http_answers import Patience
>>> with session(Patience()) as opened:
...     type(opened.get_adapter('https://a.example')).__name__
'_Adapter'
"""

import http.client
import io
import os
import socket
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from juntingnet_theano.files import outside
from juntingnet_theano.files.http_answers import Patience


def session(patience: Patience) -> requests.Session:
    """A session; too slow an answer is a timeout, as silence is.

    Parameters
    ----------
    patience : http_answers.Patience
        Waiting for `read` seconds, in one piece or in several, must bring
        `slowest` bytes for each second.

    Returns
    -------
    requests.Session

    Raises
    ------
    BadFile
        A file of settings that `requests` would open is no regular file.
    """
    named = (os.environ.get(name, '') for name in ('NETRC', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'))
    outside.check_settings(['~/.netrc', '~/_netrc', *named], 'downloading')
    made = _Session()
    for scheme in ('http://', 'https://'):
        made.mount(scheme, _Adapter(patience))
    return made


class _Session(requests.Session):
    def get_redirect_target(self, resp):
        target = super().get_redirect_target(resp)
        if target is not None:
            resp.close()
        return target


class _Adapter(HTTPAdapter):
    def __init__(self, patience):
        self._patience = patience
        super().__init__()

    def get_connection_with_tls_context(self, *args, **kwargs):
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if not hasattr(pool.ConnectionCls, 'is_paced'):
            # Where http.client, and a proxy's tunnel, takes its answers from.
            paced: Any = type(
                'Connection',
                (pool.ConnectionCls,),
                {
                    'is_paced': True,
                    'response_class': staticmethod(
                        lambda *args, **kwargs: _Answer(self._patience, *args, **kwargs)
                    ),
                },
            )
            pool.ConnectionCls = paced
        return pool


class _Answer(http.client.HTTPResponse):
    def __init__(self, patience, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Paced(self.fp.detach(), patience))


class _Paced(io.RawIOBase):
    """A socket's bytes, counted while they are waited for."""

    def __init__(self, raw, patience):
        self._raw, self._patience = raw, patience
        self._waited, self._came = 0.0, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        started = time.monotonic()
        count = self._raw.readinto(buffer)
        self._waited += time.monotonic() - started
        self._came += count or 0
        if count and self._waited >= self._patience.read:
            if self._came < self._patience.slowest * self._waited:
                raise socket.timeout(f'{self._came} bytes in {self._waited:.0f} s')
            self._waited, self._came = 0.0, 0
        return count

    def close(self):
        self._raw.close()
        super().close()
