"""How a control connection begins, and what a host does whose way to encrypt is another than the one configured."""

from __future__ import annotations

import ftplib
import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING

from adapters.errors import NoAccess

if TYPE_CHECKING:
    from adapters.options import FtpOptions


def greeted(ftp: ftplib.FTP, options: FtpOptions, port: int) -> None:
    """Connect, and wait for the host's first words. Raises ``NoAccess`` where the host waits for other ones of ours."""
    seconds = options.connect_timeout.total_seconds()
    try:
        ftp.connect(host=options.host, port=port, timeout=seconds)
    except ssl.SSLError as error:
        if options.tls != "implicit" or error.reason != "WRONG_VERSION_NUMBER":
            raise
        raise NoAccess(
            "the host does not begin with TLS",
            hint="write tls: explicit; none is for hosts in zone on-prem that cannot encrypt",
            settings={"tls": "explicit"},
        ) from error
    except TimeoutError as error:
        if ftp.sock is None or options.tls == "implicit" or not _begins_with_tls(options.host, port, seconds):
            raise
        raise NoAccess(
            "the host is silent before TLS begins",
            hint="write tls: implicit, and ca with the authority of its certificate",
            settings={"tls": "implicit"},
        ) from error


def _begins_with_tls(host: str, port: int, seconds: float) -> bool:
    """Whether a host answers to a TLS handshake; who it is does not matter, for nothing is said to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with closing(socket.create_connection((host, port), seconds)) as line, context.wrap_socket(line):
            return True
    except OSError:
        return False


def encrypt(ftp: ftplib.FTP_TLS) -> None:
    """Begin TLS on a connection that is open (RFC 4217). Raises ``NoAccess`` for a host that has none.

    Hosts without TLS answer as if they were asked for a file: some with "log in first", which is no word on the login.
    """
    try:
        ftp.auth()
    except ftplib.error_perm as error:
        raise NoAccess(
            f"the host does not encrypt ({error})",
            hint="have its people switch TLS on; tls: none is for hosts in zone on-prem that cannot",
        ) from error
