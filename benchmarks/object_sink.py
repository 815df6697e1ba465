"""An object store that costs next to nothing: what is sent to it is counted and dropped inside the kernel.

It answers what uploads and listings need of S3 (PUT, multipart, HEAD, ListObjectsV2), knows one bucket and no
signatures, and is a process of its own: ``python object_sink.py PORT NAMES``. Objects below ``checked/``
are kept until they are whole, for their SHA-256; notes of a few bytes are kept, and can be read.
``GET /-/told`` says what came, ``POST /-/forget`` empties it.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET = "benchmark"
LISTED = "names/"
CHECKED = "checked/"
PAGE = 1000
NOTE = 4096
"""Bytes of the largest object that is kept."""
BLOCK = 1 << 20
WHEN = "Mon, 04 Jan 2027 00:00:00 GMT"
WHEN_LISTED = "2027-01-04T00:00:00.000Z"
ETAG = '"0-1"'  # as of a multipart upload: clients do not take it for an MD5
XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


def listed_name(number: int) -> str:
    """One of the names that the sink lists."""
    return f"{LISTED}001o001_20270104_{number:06d}.csv"


@dataclass
class Body:
    """What is known of some bytes: how many, and the bytes themselves if they are checked."""

    size: int = 0
    kept: bytearray | None = None


@dataclass
class Request:
    """One request, its body read or dropped."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Body = field(default_factory=Body)

    @property
    def key(self) -> str:
        """The object that is meant."""
        return self.path.removeprefix(f"/{BUCKET}").removeprefix("/")

    @property
    def is_checked(self) -> bool:
        """Whether the body is kept for its digest; short bodies are read in any case: they are XML."""
        short = int(self.headers.get("content-length", "0")) <= NOTE
        return self.key.startswith(CHECKED) or self.method == "POST" or short


@dataclass
class Answer:
    """Status, headers, body."""

    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Store:
    """The objects so far."""

    def __init__(self, names: int) -> None:
        self._names = names
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._objects: dict[str, tuple[int, str]] = {}
        self._notes: dict[str, bytes] = {}
        self._metadata: dict[str, dict[str, str]] = {}
        self._uploads: dict[str, dict[int, Body]] = {}
        self._requests: dict[str, int] = {}

    def answer(self, request: Request) -> Answer:
        """Do what is asked."""
        with self._lock:
            if request.path == "/-/forget":
                self.forget()
                return Answer()
            if request.path == "/-/told":
                told = {"objects": self._objects, "requests": self._requests, "open": len(self._uploads)}
                return Answer(body=json.dumps(told).encode())
            self._requests[request.method] = self._requests.get(request.method, 0) + 1
            verb = {"PUT": self._put, "POST": self._post, "HEAD": self._head, "GET": self._get}
            return verb.get(request.method, self._delete)(request)

    def _put(self, request: Request) -> Answer:
        if not request.key:
            return Answer()
        if "partNumber" in request.query:
            self._uploads[request.query["uploadId"]][int(request.query["partNumber"])] = request.body
            return Answer(headers={"ETag": ETAG})
        return self._publish(request, [request.body])

    def _post(self, request: Request) -> Answer:
        if "uploads" in request.query:
            upload = f"upload-{len(self._uploads)}-{self._requests['POST']}"
            self._uploads[upload] = {}
            self._note(request)
            inner = f"<Bucket>{BUCKET}</Bucket><Key>{request.key}</Key><UploadId>{upload}</UploadId>"
            return _xml("InitiateMultipartUploadResult", inner)
        parts = self._uploads.pop(request.query["uploadId"])
        answer = self._publish(request, [parts[number] for number in sorted(parts)])
        if not answer.status.startswith("200"):
            return answer
        return _xml("CompleteMultipartUploadResult", f"<Key>{request.key}</Key><ETag>{ETAG}</ETag>")

    def _note(self, request: Request) -> None:
        kept = {name: text for name, text in request.headers.items() if name.startswith("x-amz-meta-")}
        self._metadata.setdefault(request.key, kept)

    def _publish(self, request: Request, bodies: list[Body]) -> Answer:
        if request.headers.get("if-none-match") == "*" and request.key in self._objects:
            return _error("412 Precondition Failed", "PreconditionFailed")
        self._note(request)
        digest = hashlib.sha256()
        for body in bodies:
            digest.update(body.kept or b"")
        checked = digest.hexdigest() if request.key.startswith(CHECKED) else ""
        self._objects[request.key] = (sum(body.size for body in bodies), checked)
        if bodies[0].size <= NOTE:
            self._notes[request.key] = bytes(bodies[0].kept or b"")
        return Answer(headers={"ETag": ETAG})

    def _head(self, request: Request) -> Answer:
        if not request.key:
            return Answer()
        if request.key not in self._objects:
            return Answer(status="404 Not Found")
        size, _ = self._objects[request.key]
        headers = {"ETag": ETAG, "Last-Modified": WHEN, "Content-Length": str(size)}
        note = self._notes.get(request.key, b"")
        return Answer(headers=headers | self._metadata.get(request.key, {}), body=note)

    def _get(self, request: Request) -> Answer:
        if request.key:
            return self._head(request) if request.key in self._notes else _error("404 Not Found", "NoSuchKey")
        if not request.query.get("prefix", "").startswith(LISTED):
            return Answer(body=_page(0, 0))
        return Answer(body=_page(int(request.query.get("continuation-token", "0")), self._names))

    def _delete(self, request: Request) -> Answer:
        self._uploads.pop(request.query.get("uploadId", ""), None)
        self._objects.pop(request.key, None)
        self._notes.pop(request.key, None)
        return Answer(status="204 No Content")


@cache
def _page(start: int, names: int) -> bytes:
    """One page of the listing; made once, so that its making is not measured."""
    end = min(start + PAGE, names)
    more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < names else ""
    items = "".join(
        f"<Contents><Key>{listed_name(number)}</Key><LastModified>{WHEN_LISTED}</LastModified>"
        f"<ETag>&quot;{number:032x}&quot;</ETag><Size>400</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for number in range(start, end)
    )
    head = f"<Name>{BUCKET}</Name><KeyCount>{end - start}</KeyCount><MaxKeys>{PAGE}</MaxKeys>"
    inner = f"{head}<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}{items}"
    return _xml("ListBucketResult", inner).body


def _xml(name: str, inner: str) -> Answer:
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name} xmlns="{XMLNS}">{inner}</{name}>'
    return Answer(headers={"Content-Type": "application/xml"}, body=text.encode())


def _error(status: str, code: str) -> Answer:
    inner = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Answer(status=status, headers={"Content-Type": "application/xml"}, body=inner.encode())


class Line:
    """One connection of a client."""

    def __init__(self, line: socket.socket, store: Store) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line, self._store = line, store
        self._ahead = b""
        self._scratch = bytearray(BLOCK)

    def serve(self) -> None:
        """Answer request after request until the client leaves."""
        with suppress(ConnectionError), self._line:
            while (request := self._read_head()) is not None:
                if request.headers.get("expect", "").lower() == "100-continue":
                    self._line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                self._read_body(request)
                self._send(request, self._store.answer(request))

    def _read_head(self) -> Request | None:
        while b"\r\n\r\n" not in self._ahead:
            more = self._line.recv(65536)
            if not more:
                return None
            self._ahead += more
        head, _, self._ahead = self._ahead.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        address = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
        return Request(method, unquote(address.path), query, headers)

    def _read_body(self, request: Request) -> None:
        """Signed chunks (aws-chunked) count as what they decode to."""
        length = int(request.headers.get("content-length", "0"))
        raw = self._keep(length) if request.is_checked else None
        if raw is None:
            self._drop(length)
        elif "aws-chunked" in request.headers.get("content-encoding", ""):
            raw = _dechunked(raw)
        decoded = int(request.headers.get("x-amz-decoded-content-length", length))
        request.body = Body(size=decoded, kept=raw)

    def _keep(self, length: int) -> bytearray:
        kept = bytearray(self._ahead[:length])
        self._ahead = self._ahead[length:]
        while len(kept) < length:
            kept += self._some(self._line.recv(min(BLOCK, length - len(kept))))
        return kept

    def _drop(self, length: int) -> None:
        """MSG_TRUNC lets Linux drop what came without copying it (tcp(7))."""
        taken = min(length, len(self._ahead))
        self._ahead = self._ahead[taken:]
        left = length - taken
        while left:
            count = self._line.recv_into(self._scratch, min(BLOCK, left), socket.MSG_TRUNC)
            if not count:
                raise ConnectionResetError
            left -= count

    @staticmethod
    def _some(block: bytes) -> bytes:
        if not block:
            raise ConnectionResetError
        return block

    def _send(self, request: Request, answer: Answer) -> None:
        headers = {"Content-Length": str(len(answer.body)), "x-amz-request-id": "0"} | answer.headers
        lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        body = b"" if request.method == "HEAD" else answer.body
        self._line.sendall(f"HTTP/1.1 {answer.status}\r\n{lines}\r\n".encode("latin-1") + body)


def _dechunked(raw: bytearray) -> bytearray:
    decoded = bytearray()
    at = 0
    while at < len(raw):
        end = raw.index(b"\r\n", at)
        size = int(raw[at:end].partition(b";")[0], 16)
        if not size:
            break
        decoded += raw[end + 2 : end + 2 + size]
        at = end + 4 + size
    return decoded


def main() -> None:
    """Serve until the process is ended."""
    store = Store(int(sys.argv[2]))
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    while True:
        line, _ = listener.accept()
        threading.Thread(target=Line(line, store).serve, daemon=True).start()


if __name__ == "__main__":
    main()
