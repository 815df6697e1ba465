"""A bucket that keeps what comes on the line, as stores that do not know of checksums in trailers do.

Such a store takes the framing of ``aws-chunked`` for content (observed of stores that speak S3 without its chunks).
"""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class LiteralStore:
    """What it holds by key; ``refuses`` a header that begins so; ``keeps`` says what becomes of a body."""

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    refuses: str = ""
    keeps: Callable[[bytes], bytes] = lambda body: body


class _Handler(BaseHTTPRequestHandler):
    store: LiteralStore
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self._whole()
        if self.store.refuses and any(name.lower().startswith(self.store.refuses) for name in self.headers):
            self._answer(501, b"<Error><Code>NotImplemented</Code><Message>no</Message></Error>")
        elif self.headers.get("If-None-Match") == "*" and self.path in self.store.objects:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>")
        else:
            self.store.objects[self.path] = self.store.keeps(body)
            self._answer(200, b"", self.store.objects[self.path])

    def _whole(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_GET(self) -> None:
        body = self.store.objects.get(self.path)
        if body is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
        else:
            self._answer(200, body, body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.store.objects.pop(self.path.partition("?")[0], None)
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 04 Jan 2027 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def literal_store(certificate: Path) -> Iterator[LiteralStore]:
    """The store, on loopback, over TLS: only there does boto3 send trailers."""
    store = LiteralStore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": store}))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.address = f"https://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
