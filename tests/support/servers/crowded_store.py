"""In front of an object store: no more than so many requests at one time, the others are answered 503 SlowDown.

Source of the answer: Amazon S3 API reference, error responses (``SlowDown``, status 503).
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


@dataclass
class Door:
    """``places`` requests pass at one time. ``meet``: the next so many wait for one another before that.

    ``rest``: the seconds of Retry-After, where the answer has them.
    """

    store: str
    places: int
    address: str = ""
    meet: int = 0
    rest: int = 0
    most: int = 0
    refused: int = 0
    _inside: int = 0
    _here: int = 0
    _lock: threading.Condition = field(default_factory=threading.Condition)

    def come(self) -> bool:
        """Whether this request may pass."""
        with self._lock:
            self._here += 1
            self.most = max(self.most, self._here)
            if self._here >= self.meet:
                self.meet = 0
                self._lock.notify_all()
            self._lock.wait_for(lambda: not self.meet, timeout=20)
            passes = self._inside < self.places
            self._inside += passes
            self.refused += not passes
            return passes

    def go(self, *, passed: bool) -> None:
        """The request is answered."""
        with self._lock:
            self._here -= 1
            self._inside -= passed


class _Handler(BaseHTTPRequestHandler):
    door: Door
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passed = self.door.come()
        try:
            status, headers, answer = self._pass_on(body) if passed else (503, self._rest(), SLOW_DOWN)
        finally:
            self.door.go(passed=passed)
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else answer)

    def _rest(self) -> dict[str, str]:
        return {"Retry-After": str(self.door.rest)} if self.door.rest else {}

    def _pass_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection(urlsplit(self.door.store).netloc)
        line.request(self.command, self.path, body, dict(self.headers))
        answer = line.getresponse()
        content = answer.read()
        line.close()
        hop = ("transfer-encoding", "connection", "date", "server")
        return answer.status, {n: t for n, t in answer.getheaders() if n.lower() not in hop}, content

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def crowded_store(store: str, *, places: int) -> Iterator[Door]:
    """The door, on loopback."""
    door = Door(store, places)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"door": door}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    door.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
