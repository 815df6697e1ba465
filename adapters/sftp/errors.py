"""What paramiko and the file protocol raise, and the decision that each of it means."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import paramiko
from cryptography.exceptions import InvalidTag

from adapters.errors import (
    ConnectionLost,
    Misconfigured,
    NoAccess,
    NotFound,
    Rule,
    Transient,
)
from adapters.host import OF_ANY_HOST
from adapters.sftp.status import (
    FX_CONNECTION_LOST,
    FX_NO_CONNECTION,
    FX_NO_SUCH_FILE,
    FX_OP_UNSUPPORTED,
    FX_PERMISSION_DENIED,
    ConnectionGone,
    StatusError,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _status(*codes: int) -> Callable[[StatusError], bool]:
    return lambda error: error.code in codes


ERRORS = (
    Rule(error=StatusError, when=_status(FX_NO_SUCH_FILE), becomes=NotFound, says="it is not there"),
    Rule(
        error=StatusError,
        when=_status(FX_PERMISSION_DENIED),
        becomes=Misconfigured,
        says="the server refuses it",
        hint="ask the server's people for the rights of this user in this folder",
    ),
    Rule(
        error=StatusError,
        when=_status(FX_NO_CONNECTION, FX_CONNECTION_LOST),
        becomes=ConnectionLost,
        says="the server lost its connection",
    ),
    Rule(
        error=StatusError,
        when=_status(FX_OP_UNSUPPORTED),
        becomes=Misconfigured,
        says="the server cannot do this",
        hint="choose a setting of the endpoint or the route that does without it",
    ),
    Rule(error=StatusError, becomes=Transient, says="the server could not do it", hint="is its disk full?"),
    Rule(  # paramiko's words for a line that went away before the server answered
        error=paramiko.AuthenticationException,
        when=lambda error: any(words in str(error) for words in ("saw EOF", "Authentication timeout")),
        becomes=ConnectionLost,
        says="the connection failed during the login",
    ),
    Rule(
        error=paramiko.AuthenticationException,
        becomes=NoAccess,
        says="the login was refused",
        hint="correct user and password or key; no fast retry is made, so that the account is not locked",
    ),
    Rule(
        error=paramiko.SSHException,
        when=lambda error: "no acceptable" in str(error).lower(),
        becomes=NoAccess,
        says="no algorithm in common",
        hint="an old server may need algorithms: legacy",
        settings=lambda _: {"algorithms": "legacy"},
    ),
    *OF_ANY_HOST,
    Rule(
        error=(UnicodeDecodeError, struct.error, InvalidTag),
        becomes=ConnectionLost,
        says="what came is no SSH; the line is disturbed, or another service answers",
    ),
    Rule(
        error=(ConnectionGone, paramiko.SSHException, EOFError, OSError),
        becomes=ConnectionLost,
        says="the connection failed",
    ),
)
