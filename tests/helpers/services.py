"""A service in a process of its own, and HTTP as raw as a test wants it."""

import contextlib
import http.client
import json
import os
import socket
import sys
import tempfile
import time
import uuid

from tests.helpers import processes

SECONDS_TO_START = 180  # kernels may have to be compiled
NEEDS = ('starlette', 'uvicorn', 'python_multipart')


def missing():
    """Why the service cannot run here; None where it can."""
    for name in NEEDS:
        try:
            __import__(name)
        except ImportError:
            return f"{name} is missing: pip install '.[web]'"
    return None


class Service:
    """``juntingnet serve`` on a free port; a context manager.

    Parameters
    ----------
    *options : str
        Of the command line.

    Attributes
    ----------
    port : int
    process : subprocess.Popen
    """

    def __init__(self, *options):
        self._options = options

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        self.folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        ready = os.path.join(self.folder, 'ready')
        self.log_path = os.path.join(self.folder, 'log')
        with open(self.log_path, 'wb') as log:
            self.process = processes.start(
                [sys.executable, '-m', 'juntingnet_theano', 'serve', '--port', '0']
                + ['--ready-file', ready, *self._options],
                stdout=log,
                stderr=log,
            )
        self._stack.callback(self.end)
        deadline = time.monotonic() + SECONDS_TO_START
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = self.log()
                self.__exit__()
                raise AssertionError('the service did not start: ' + log)
            time.sleep(0.02)
        with open(ready) as file:
            self.url = file.read().strip()
        self.port = int(self.url.rstrip('/').rpartition(':')[2])
        return self

    def __exit__(self, *error):
        self._stack.close()

    def end(self):
        """End it, as a terminal would; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except Exception:
            self.process.kill()
            self.process.wait()
            raise

    def log(self):
        """What it said so far."""
        with open(self.log_path, encoding='utf-8') as file:
            return file.read()

    def ask(self, path, body=None, headers=(), method=None, timeout=120):
        """An answer: (status, headers, body)."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        with contextlib.closing(connection):
            method = method or ('GET' if body is None else 'POST')
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def error(self, *args, **kwargs):
        """Status and what the error says."""
        status, _, body = self.ask(*args, **kwargs)
        return status, json.loads(body)['error']

    def connection(self, timeout=60):
        """A plain socket to it."""
        return socket.create_connection(('127.0.0.1', self.port), timeout=timeout)


def form(boundary=None, **fields):
    """A multipart form: its body and its headers."""
    boundary = boundary or uuid.uuid4().hex
    lines = []
    for name, content in fields.items():
        filename = '; filename="x"' if isinstance(content, bytes) else ''
        content = content if isinstance(content, bytes) else content.encode()
        lines.append(
            f'--{boundary}\r\n'.encode()
            + f'Content-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode()
            + content
            + b'\r\n'
        )
    body = b''.join(lines) + f'--{boundary}--\r\n'.encode()
    return body, {'Content-Type': f'multipart/form-data; boundary={boundary}'}
