"""A web server in threads of its own, for code that blocks the test's."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024  # all processes of a function may ask at once
    daemon_threads = True

    def __init__(self, handle: "Callable[[Request], None]") -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.handle = handle


class Request(BaseHTTPRequestHandler):
    """A request, which is to be replied to."""

    server: _Server
    body: bytes

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.handle(self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as http.server names them

    def hang_up(self) -> None:
        """Closes the connection without any reply."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # whoever asked has had enough
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps the test's output to itself."""


@contextmanager
def threaded_server(handle: Callable[[Request], None]) -> Iterator[str]:
    """The URL at which each request is handled so."""
    with _Server(handle) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
