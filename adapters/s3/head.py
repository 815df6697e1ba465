"""An answer whose line was cut within its headers is no answer.

The standard library takes the end of the stream for the end of the headers (RFC 9112 wants an empty line there), and
boto3 believes what is left of them: an object without a size, or with half of its ETag.
"""

from __future__ import annotations

from http.client import HTTPResponse, RemoteDisconnected
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection

ENDS = (b"\r\n", b"\n")


class _Lines:
    """A stream that remembers the last line that was read."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.last = b""

    def readline(self, *limit: int) -> bytes:
        self.last = self.stream.readline(*limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class WholeHead(HTTPResponse):
    """A response that raises ``RemoteDisconnected``, which boto3 takes for a lost connection, if its head is cut."""

    def begin(self) -> None:
        """Read status and headers."""
        if self.headers is not None:
            return
        lines = _Lines(self.fp)
        self.fp = lines
        super().begin()
        if self.fp is lines:
            self.fp = lines.stream
        if lines.last not in ENDS:
            raise RemoteDisconnected("the answer ends within its headers")


def use() -> None:
    """Have every connection of boto3 in this process read its answers so."""
    for kind in (AWSHTTPConnection, AWSHTTPSConnection):
        kind.response_class = WholeHead
