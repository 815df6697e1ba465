"""Hosts reached by FTP, with and without TLS: servers with folders, and mainframes with datasets."""

from __future__ import annotations

import ftplib
import re
import ssl
from typing import TYPE_CHECKING

from adapters import names, trust
from adapters.base import Entry, Features, Publish
from adapters.errors import (
    NO_SETTINGS,
    ConnectionLost,
    Misconfigured,
    NoAccess,
    NotFound,
    Refused,
    Rule,
    Settings,
    Transient,
    in_doubt_when_lost,
)
from adapters.ftp import datasets
from adapters.ftp.connection import says_missing
from adapters.ftp.mainframe import MainframeSession
from adapters.ftp.session import FtpSession
from adapters.ftp.times import Times
from adapters.host import OF_ANY_HOST, HostAdapter
from adapters.options import shows_notes

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from adapters.base import Target
    from adapters.options import FtpOptions


def _code(*codes: str) -> Callable[[Exception], bool]:
    return lambda error: str(error)[:3] in codes


def _denied(error: Exception) -> bool:
    return bool(re.search(r"permission|denied|not authori[sz]ed|read-only|RACF", str(error), re.IGNORECASE))


_FULL = re.compile(
    r"too many (?:connect|users|clients|sessions)|connection limit|\(the maximum\)|"
    r"maximum (?:number of )?(?:allowed )?(?:clients|users|connections|sessions)",
    re.IGNORECASE,
)


def _full(error: Exception) -> bool:
    """ProFTPD answers 530 to one login too many, as to a wrong password."""
    return bool(_FULL.search(str(error)))


_NO_TLS = frozenset(
    {
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "UNSUPPORTED_PROTOCOL",
        "DH_KEY_TOO_SMALL",
    }
)
"""OpenSSL's reasons for a handshake that cannot come about, whenever it is tried."""


def _finds_no_tls(error: ssl.SSLError) -> bool:
    return getattr(error, "reason", None) in _NO_TLS


_REPLY = (ftplib.error_perm, ftplib.error_temp, ftplib.error_reply)

_ENCRYPTION = re.compile(
    r"must use encryption|(?:TLS|SSL)\b.*\brequired|requires? (?:TLS|SSL)|encryption", re.IGNORECASE
)


def _wants_encryption(error: Exception) -> bool:
    return str(error)[:3] in ("421", "530", "534", "550") and bool(_ENCRYPTION.search(str(error)))


ERRORS = (
    Rule(
        error=_REPLY,
        when=_wants_encryption,
        becomes=NoAccess,
        says="the host wants the connection encrypted",
        hint="write tls: explicit, and ca with the authority of its certificate",
        settings=lambda _: {"tls": "explicit"},
    ),
    Rule(error=ftplib.error_perm, when=says_missing, becomes=NotFound, says="it is not there"),
    Rule(error=_REPLY, when=_full, becomes=Transient, says="the host takes no more connections now"),
    Rule(
        error=_REPLY,
        when=_code("430", "530", "331", "332"),
        becomes=NoAccess,
        says="the login was refused",
        hint="correct user and password; no fast retry is made, so that the account is not locked",
    ),
    Rule(
        error=_REPLY,
        when=_code("521", "522", "533", "534", "535", "536", "537"),
        becomes=NoAccess,
        says="host and endpoint do not agree about TLS",
        hint="correct tls: none, explicit or implicit",
    ),
    Rule(
        error=ftplib.error_perm,
        when=_denied,
        becomes=Misconfigured,
        says="the host refuses it",
        hint="ask the host's people for the rights of this user there",
    ),
    Rule(error=_REPLY, when=_code("421"), becomes=ConnectionLost, says="the host closed the connection"),
    Rule(error=_REPLY, when=_code("452", "552"), becomes=Transient, says="no room is left there"),
    Rule(
        error=_REPLY,
        when=_code("500", "502", "504"),
        becomes=Misconfigured,
        says="the host does not know this command",
        hint="correct dialect or site of the endpoint",
    ),
    Rule(
        error=ftplib.error_perm,
        becomes=Refused,
        says="the host will not do it",
        hint="is the name allowed there, does the folder exist, may the user write in it?",
    ),
    Rule(error=_REPLY, becomes=Transient, says="the host cannot do it now"),
    Rule(
        error=ssl.SSLCertVerificationError,
        when=trust.is_untimely,
        becomes=NoAccess,
        says="the host's certificate has expired, or is not valid yet",
        hint="have the host's people renew it; if it is valid today, this machine's clock is wrong",
    ),
    Rule(
        error=ssl.SSLCertVerificationError,
        when=trust.is_of_another,
        becomes=NoAccess,
        says="the host's certificate is another host's",
        hint="correct host, or give the name that the certificate carries as tls_name",
    ),
    Rule(
        error=ssl.SSLCertVerificationError,
        becomes=NoAccess,
        says="the host's certificate is not trusted",
        hint="give the certificate of its authority as ca",
    ),
    Rule(
        error=ssl.SSLError,
        when=_finds_no_tls,
        becomes=NoAccess,
        says="host and gateway find no TLS in common",
        hint="have the host's people allow TLS 1.2 or 1.3, with ciphers of today",
    ),
    *OF_ANY_HOST,
    Rule(
        error=(ftplib.error_proto, EOFError, OSError),
        becomes=ConnectionLost,
        says="the connection failed",
    ),
)


_PUBLISH = {
    "rename": Publish.ATOMIC,
    "work_then_trigger": Publish.WORK_THEN_TRIGGER,
    "direct": Publish.DIRECT,
}


class FtpAdapter(HostAdapter[FtpSession]):
    """One FTP host."""

    errors = ERRORS
    size_proves = True

    def __init__(self, options: FtpOptions, *, name: str) -> None:
        super().__init__(options, name=name)
        self._ftp_options = options
        self._times = Times()
        self._is_mainframe = options.dialect == "mvs"
        self._resumes = False
        self._found: Settings = NO_SETTINGS

    @property
    def features(self) -> Features:
        """FTP knows no conditions; a mainframe gives no bytes, and no time that tells contents apart."""
        return Features(
            publish=_PUBLISH[self._ftp_options.publish],
            byte_size=self._ftp_options.gives_sizes,
            mtime_precision=self._ftp_options.mtime_precision,
            resume=self._resumes and not self._is_mainframe,
            keeps_notes=shows_notes(self._ftp_options) and not self._is_mainframe,
            settings=self._found,
        )

    def temporary(self, path: str, token: str) -> str:
        """See ``Adapter.temporary``."""
        if self._is_mainframe:
            return datasets.temporary(path, token)
        return names.temporary_beside(path, token)

    async def trigger(self, target: Target) -> Entry:
        """See ``HostAdapter.trigger``. Whether the job did its work is the host's to say, not ours to see."""
        doing = f"publishing {target.path}"
        async with self._pool.session() as session:
            if not target.replace:
                await self._run(doing, session.assert_free, target.path)
            await target.publishing()
            with in_doubt_when_lost(doing):
                await self._run(doing, session.trigger, target.path, target.temporary)
        return Entry(path=target.path, size=target.size)

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """See ``Adapter.write``. What is no name of a dataset is refused before anything is sent."""
        if self._is_mainframe:
            datasets.absolute(self._ftp_options.root, target.path)
        return await super().write(target, chunks)

    def open_session(self) -> FtpSession:
        """Connect and log in."""
        kind = MainframeSession if self._is_mainframe else FtpSession
        session = kind(self._ftp_options, self._times)
        self._resumes = session.resumes
        if session.dialect != "auto":
            self._found = {"dialect": session.dialect}
        return session
