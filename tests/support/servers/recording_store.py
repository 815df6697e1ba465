"""A bucket of one object that writes down how it is asked: for what a store of the registries does not show."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Recorder:
    """What came in; ``refusals`` are answered first, one a request: status and code."""

    address: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def headers(self, name: str) -> list[str]:
        """A header of every request, as it came; empty where it did not."""
        return [headers.get(name, "") for _, _, headers in self.asked]


class _Handler(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.recorder.asked.append((self.command, self.path, headers))
        if self.recorder.refusals:
            status, code = self.recorder.refusals.pop(0)
            self._answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())
        else:
            self._answer(200, b"")

    def do_GET(self) -> None:
        self.do_HEAD()

    def do_PUT(self) -> None:
        self.do_HEAD()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Mon, 04 Jan 2027 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def recording_store(certificate: Path | None = None) -> Iterator[Recorder]:
    """The store, on loopback; with TLS where a certificate with its key is given."""
    recorder = Recorder()
    handler = type("Handler", (_Handler,), {"recorder": recorder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    recorder.address = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
