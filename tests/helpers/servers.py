"""An HTTP server that misbehaves to order, for tests of downloading."""

import contextlib
import http.server
import itertools
import re
import threading

STALL = 5  # seconds; tests wait for less


class Server:
    """A server on this machine; a context manager.

    Parameters
    ----------
    *answers : callable
        ``answer(handler)`` for each request in turn; the last one answers
        all that follow.

    Attributes
    ----------
    log : list of (str, dict)
        Path and headers of each request.
    """

    def __init__(self, *answers):
        self.log = []
        self._answers = list(answers)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.log.append((self.path, dict(self.headers)))
                number = min(len(outer.log), len(outer._answers)) - 1
                with contextlib.suppress(OSError):
                    outer._answers[number](self)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._server.daemon_threads = True
        self.leaving = self._server.leaving = threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.leaving.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path='/file.bin'):
        return f'http://127.0.0.1:{self._server.server_address[1]}{path}'

    def ranges(self):
        """What each request asked for: its Range header, or None."""
        return [headers.get('Range') for _, headers in self.log]


def serve(
    data,
    etag=None,
    ranges=True,
    cut=None,
    stall=False,
    length=True,
    content_type='application/octet-stream',
    if_range=True,
):
    """An answer with a file.

    Parameters
    ----------
    data : bytes
    etag : str, optional
    ranges : bool
        Whether Range is honoured.
    cut : int, optional
        Close the connection after this many bytes.
    stall : bool
        At `cut`, send nothing more instead of closing.
    length : bool
        Whether Content-Length is sent.
    content_type : str
    if_range : bool
        Whether a changed ETag makes the server send the whole file.
    """

    def answer(handler):
        asked = re.match(r'bytes=(\d+)-', handler.headers.get('Range', ''))
        wanted = handler.headers.get('If-Range')
        start = int(asked.group(1)) if asked and ranges else 0
        if if_range and wanted is not None and wanted != etag:
            start = 0
        if start >= len(data) and start:
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header('Content-Type', content_type)
        if length:
            handler.send_header('Content-Length', str(len(data) - start))
        if etag is not None:
            handler.send_header('ETag', etag)
        if start:
            handler.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
        handler.end_headers()
        handler.wfile.write(data[start:][:cut])
        handler.wfile.flush()
        if stall:
            handler.server.leaving.wait(STALL)
        handler.close_connection = True

    return answer


def raw(head, body=b'', endless=False, pause=0.0):
    """An answer of these very bytes.

    Parameters
    ----------
    head : bytes
        Status line and headers, each with its end of line.
    body : bytes
        Behind them and an empty line.
    endless : bool
        Whether the body comes again and again, as long as the client listens.
    pause : float
        Seconds between two bytes of head and body; 0 sends all at once.
    """

    def answer(handler):
        stream = itertools.chain([head + b'\r\n'], itertools.repeat(body) if endless else [body])
        for content in stream:
            step = 1 if pause else len(content) or 1
            for start in range(0, len(content), step):
                handler.wfile.write(content[start : start + step])
                if handler.server.leaving.wait(pause):
                    return
        handler.close_connection = True

    return answer


def status(code, headers=(), body=b''):
    """An answer with a status and nothing of use."""

    def answer(handler):
        handler.send_response(code)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header('Content-Length', str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
