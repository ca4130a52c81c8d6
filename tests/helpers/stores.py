"""A store that speaks S3, as a process that tests start."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import unittest
from unittest import mock

from tests.helpers import processes

SECONDS = 60


@contextlib.contextmanager
def s3(bucket):
    """Start a store; clients of this process and its children find it.

    Parameters
    ----------
    bucket : str
        To be made.

    Yields
    ------
    fsspec.AbstractFileSystem
        Its files.
    """
    try:
        import fsspec
        import moto.server  # noqa: F401
        import s3fs
    except ImportError as error:
        raise unittest.SkipTest(f"pip install '.[cluster,test-cluster]': {error}") from None
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environ = {
        'AWS_ENDPOINT_URL': f'http://127.0.0.1:{port}',
        'AWS_ACCESS_KEY_ID': 'test',
        'AWS_SECRET_ACCESS_KEY': 'test',
        'AWS_DEFAULT_REGION': 'us-east-1',
    }
    server = processes.start(
        [sys.executable, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        _wait(server, port)
        with mock.patch.dict(os.environ, environ):
            store = fsspec.filesystem('s3', use_listings_cache=False)
            store.mkdir(bucket)
            yield store
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        server.kill()
        server.wait()


def _wait(server, port):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f'no store after {SECONDS} seconds')
