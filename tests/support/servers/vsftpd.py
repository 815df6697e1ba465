"""vsftpd as whoever runs the tests; its "anonymous" user has a password, by a list of allowed ones."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.servers.ftp_servers import PASSWORD, FtpServer
from tests.support.servers.process import free_port, require, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.servers.certificates import Certificates

USER = "anonymous"

_SETTINGS = """\
listen=YES
background=NO
listen_address={address}
listen_port={port}
run_as_launching_user=YES
seccomp_sandbox=NO
xferlog_enable=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_root={root}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
secure_email_list_enable=YES
email_password_file={passwords}
delay_failed_login=0
"""
_TLS = """\
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
strict_ssl_read_eof=YES
ssl_ciphers=HIGH
rsa_cert_file={certificate}
implicit_ssl={implicit}
"""


@contextmanager
def vsftpd(
    folder: Path,
    *,
    certificates: Certificates | None = None,
    implicit: bool = False,
    more: str = "",
    address: str = "127.0.0.1",
) -> Iterator[FtpServer]:
    """A server; with certificates it insists on TLS, and on one session for control and data."""
    program = require("vsftpd", package="vsftpd")
    root, passwords, settings = folder / "root", folder / "passwords", folder / "vsftpd.conf"
    root.mkdir(parents=True)
    passwords.write_text(f"{PASSWORD}\n")
    port = free_port()
    text = _SETTINGS.format(port=port, root=root, passwords=passwords, address=address)
    if certificates is not None:
        text += _TLS.format(certificate=certificates.server, implicit="YES" if implicit else "NO")
    settings.write_text(text + more)
    with running([program, str(settings)], port=port, log=folder / "vsftpd.log", address=address) as service:
        yield FtpServer(port=port, root=root, user=USER, service=service)
