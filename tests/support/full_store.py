"""An object store that is full: every PUT of bytes is refused as Ceph's object gateway refuses it.

Source of the answer: Ceph documentation, object gateway S3 error responses (``QuotaExceeded``, status 403).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSAL = b"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>QuotaExceeded</Code><BucketName>renkei</BucketName>\
<RequestId>tx0</RequestId><HostId>default</HostId></Error>"""


class FullStore(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(403, REFUSAL)

    def do_POST(self) -> None:
        self.do_PUT()

    def do_DELETE(self) -> None:
        self._answer(204)

    def do_HEAD(self) -> None:
        self._answer(404)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def full_store() -> Iterator[str]:
    """Its address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FullStore)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
