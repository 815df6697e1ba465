"""ftplib's control connection with what hosts of the field need beyond it.

Replies and names are bytes to us: they pass as latin-1, so that no reply can break the connection, and names are
put into the endpoint's own character code outside.
"""

from __future__ import annotations

import ftplib
import socket
import ssl
from typing import TYPE_CHECKING, Any

from adapters import trust
from adapters.ftp.greeting import encrypt, greeted
from adapters.ftp.listening import listen

if TYPE_CHECKING:
    from adapters.options import FtpOptions

REPLIES = "latin-1"
PORTS = {"none": 21, "explicit": 21, "implicit": 990}


class PlainFtp(ftplib.FTP):
    """Without encryption: EPSV first (RFC 2428), which no address translation can spoil."""

    extended_passive = True
    active_ports: tuple[int, int] | None = None
    trust_server_pasv_ipv4_address = False

    def makepasv(self) -> tuple[str, int]:
        """Ask where to connect for data; fall back to PASV for hosts that do not know EPSV."""
        if self.extended_passive and not self.trust_server_pasv_ipv4_address:
            assert self.sock is not None
            try:
                return ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())  # noqa: S321 - the endpoint chose FTP
            except ftplib.error_perm:
                self.extended_passive = False
        return super().makepasv()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open a data connection whose last small packet does not wait for an answer to the one before."""
        data, size = super().ntransfercmd(cmd, rest)
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return data, size

    def getline(self) -> str:
        """One line of a reply. One without an end was cut on the way: its number may be any beginning of the true one.

        Raises ``EOFError`` for that, as for no line at all.
        """
        assert self.file is not None
        line = str(self.file.readline(self.maxline + 1))
        if len(line) > self.maxline:
            raise ftplib.Error(f"got more than {self.maxline} bytes")  # noqa: S321 - the endpoint chose FTP
        if not line.endswith("\n"):
            raise EOFError
        return line[:-1]

    def makeport(self) -> socket.socket:
        """Listen for the host's data connection, within the ports that the firewall lets in."""
        assert self.sock is not None
        host = "" if self.trust_server_pasv_ipv4_address else self.sock.getpeername()[0]
        listener = listen(self.active_ports or (0, 0), self.af, host=host)
        port, address = listener.getsockname()[1], self.sock.getsockname()[0]
        if self.af == socket.AF_INET:
            self.sendport(address, port)
        else:
            self.sendeprt(address, port)
        listener.settimeout(self.timeout)
        return listener


class TlsFtp(PlainFtp, ftplib.FTP_TLS):
    """With encryption of both connections. The data connection resumes the TLS session of the control connection.

    vsftpd (require_ssl_reuse), ProFTPD and FileZilla Server insist on that; ftplib alone does not do it.
    """

    implicit = False
    tls_name = ""

    def connect(self, *args: Any, **keywords: Any) -> str:
        """Connect; with implicit TLS the greeting already comes encrypted."""
        if not self.implicit:
            return super().connect(*args, **keywords)
        self.host, self.port, self.timeout = keywords["host"], keywords["port"], keywords["timeout"]
        self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.tls_name)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open a data connection within the control connection's TLS session."""
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - the endpoint chose FTP
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        control = self.sock
        assert isinstance(control, ssl.SSLSocket)
        return self.context.wrap_socket(data, server_hostname=self.host, session=control.session), size


def connect(options: FtpOptions) -> ftplib.FTP:
    """A connection, greeted and encrypted as the options say, before any login."""
    try:
        return _connected(options, newest=ssl.TLSVersion.TLSv1_2)
    except ssl.SSLError as error:
        if getattr(error, "reason", "") != "TLSV1_ALERT_PROTOCOL_VERSION":
            raise
    return _connected(options, newest=ssl.TLSVersion.TLSv1_3)


def _connected(options: FtpOptions, *, newest: ssl.TLSVersion) -> ftplib.FTP:
    ftp = _prepared(options, newest)
    try:
        _open(ftp, options)
    except BaseException:
        ftp.close()
        raise
    return ftp


def _prepared(options: FtpOptions, newest: ssl.TLSVersion) -> PlainFtp:
    seconds = options.connect_timeout.total_seconds()
    ftp: PlainFtp
    if options.tls == "none":
        ftp = PlainFtp(encoding=REPLIES, timeout=seconds)
    else:
        ftp = TlsFtp(context=_context(options, newest), encoding=REPLIES, timeout=seconds)
        ftp.implicit = options.tls == "implicit"
        ftp.tls_name = options.tls_name or options.host
    ftp.set_pasv(options.data_connection == "passive")
    ftp.active_ports = options.active_ports
    ftp.trust_server_pasv_ipv4_address = options.passive_address == "server"
    return ftp


def _open(ftp: PlainFtp, options: FtpOptions) -> None:
    greeted(ftp, options, options.port or PORTS[options.tls])
    _keep_alive(_line(ftp))
    if isinstance(ftp, TlsFtp):
        ftp.host = ftp.tls_name
        if options.tls == "explicit":
            encrypt(ftp)
        ftp.prot_p()
    ftp.timeout = options.reply_timeout.total_seconds()
    _line(ftp).settimeout(ftp.timeout)


def _line(ftp: ftplib.FTP) -> socket.socket:
    assert ftp.sock is not None
    return ftp.sock


def _context(options: FtpOptions, newest: ssl.TLSVersion) -> ssl.SSLContext:
    """TLS 1.3 is spoken with hosts that know nothing else.

    With it a ticket may be used once and comes after the handshake: hosts that insist on resuming the session then
    refuse every second data connection.
    """
    context = trust.context(options.ca)
    context.maximum_version = newest
    return context


def _keep_alive(line: socket.socket) -> None:
    """Firewalls forget a control connection that is silent during a long transfer."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
