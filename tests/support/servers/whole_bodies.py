"""LocalBucket that refuses a body shorter than was announced, as S3 does (``IncompleteBody``).

The program itself keeps what came of a body whose connection was cut as if it were the whole object. Run as a program,
it takes LocalBucket's arguments.
"""

from __future__ import annotations

import io
import sys
from http import HTTPStatus
from typing import Any

import localbucket

_read_body = localbucket.S3Handler._read_body


def _whole_body(handler: Any) -> Any:
    if "chunked" in handler.headers.get("Transfer-Encoding", "").lower():
        return _read_body(handler)  # notices it
    announced, line = int(handler.headers.get("Content-Length") or 0), handler.rfile
    body = line.read(announced)
    if len(body) < announced:
        raise localbucket.S3Error(HTTPStatus.BAD_REQUEST, "IncompleteBody", "The body ended too early.")
    handler.rfile = io.BytesIO(body)
    try:
        return _read_body(handler)
    finally:
        handler.rfile = line


if __name__ == "__main__":
    localbucket.S3Handler._read_body = _whole_body
    sys.exit(localbucket.main())
