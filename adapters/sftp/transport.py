"""SSH connections: pinned host keys, logins, and the way through a jump host. Everything here blocks."""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import paramiko
from paramiko.pkey import UnknownKeyType

from adapters.errors import AdapterError, ConnectionLost, NoAccess, map_errors
from adapters.sftp.errors import ERRORS
from adapters.sftp.line import ReadAhead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.options import SftpOptions, SshHop

    Line = socket.socket | paramiko.Channel

KEEPALIVE_SECONDS = 30

FORBIDDEN = 1
"""SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254, section 5.1)."""

# What servers of twenty years ago need, and nobody else should be offered.
WEAK = {
    "kex": [
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ],
    "keys": ["ssh-rsa"],
    "pubkeys": ["ssh-rsa"],
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}
STRONG_RSA = ["rsa-sha2-512", "rsa-sha2-256"]
KEY_FAMILIES = (
    ["ssh-ed25519"],
    ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
    [*STRONG_RSA, "ssh-rsa"],
)

# What goes wrong is raised and told in our words; with no handler of its own paramiko would print its stack on stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Transport(paramiko.Transport):
    """A transport that keeps hold of the one it runs through."""

    jump: paramiko.Transport | None = None


def reach(options: SftpOptions) -> Transport:
    """A transport to the host, logged in, through its jump host if it has one."""
    seconds = options.connect_timeout.total_seconds()
    if options.jump is None:
        return _log_in_at(options, lambda: _dial(options, seconds), seconds)
    hop = options.jump
    with _of_the_jump_host(hop):
        jump = _log_in_at(hop, lambda: _dial(hop, seconds), seconds)
    try:
        transport = _log_in_at(options, lambda: _tunnel(jump, options, seconds), seconds)
    except BaseException:
        hang_up(jump)
        raise
    transport.jump = jump
    return transport


@contextmanager
def _of_the_jump_host(hop: SshHop) -> Iterator[None]:
    """What fails there is told as the jump host's, and what would help is to be written below ``jump``."""
    try:
        with map_errors(ERRORS, f"connecting to {hop.host}"):
            yield
    except AdapterError as error:
        raise type(error)(
            f"at the jump host: {error.message}",
            hint=error.hint,
            settings={"jump": error.settings} if error.settings else error.settings,
        ) from error


def hang_up(transport: paramiko.Transport) -> None:
    """Close the transport, and the one that it runs through."""
    jump = getattr(transport, "jump", None)
    for closing in (transport, jump):
        with suppress(Exception):  # it is going away in any case
            if closing is not None:
                closing.close()


def _log_in_at(hop: SshHop, dial: Callable[[], Line], seconds: float) -> Transport:
    transport = connect(hop, dial, seconds)
    try:
        log_in(transport, hop)
    except BaseException:
        hang_up(transport)
        raise
    return transport


def _dial(hop: SshHop, seconds: float) -> socket.socket:
    line = socket.create_connection((hop.host, hop.port), timeout=seconds)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _tunnel(jump: paramiko.Transport, hop: SshHop, seconds: float) -> paramiko.Channel:
    end = (hop.host, hop.port)
    try:
        return jump.open_channel("direct-tcpip", end, ("127.0.0.1", 0), timeout=seconds)
    except paramiko.ChannelException as error:
        if error.code != FORBIDDEN:
            raise ConnectionLost(f"the jump host cannot reach {hop.host}, port {hop.port}") from error
        raise NoAccess(
            f"the jump host lets nobody through to {hop.host}, port {hop.port}",
            hint="have its people allow that (with OpenSSH: AllowTcpForwarding, PermitOpen)",
        ) from error


def connect(hop: SshHop, dial: Callable[[], Line], seconds: float) -> Transport:
    """A transport to a host that proved a pinned key. Raises ``NoAccess`` showing both fingerprints.

    Which of its keys a host shows depends on what is offered to it: other kinds are asked for before giving up.
    """
    pinned = [one.key for one in hop.host_key]
    if not pinned:
        raise NoAccess(
            f"no host_key of {hop.host} is trusted at this time", hint="write the key that the host has now"
        )
    shown: list[str] = []
    refused: list[str] = []
    for _ in KEY_FAMILIES:
        transport = _start(hop, dial(), refused, seconds, required=not shown)
        if transport is None:
            break
        key = transport.get_remote_server_key()
        shown.append(fingerprint(key))
        if shown[-1] in pinned:
            return transport
        transport.close()
        refused += next((family for family in KEY_FAMILIES if key.get_name() in family), [key.get_name()])
    raise NoAccess(
        f"the host {hop.host} shows the key {' or '.join(shown)}, and pinned is {' or '.join(pinned)}",
        hint="ask the host's people by telephone whether the key was changed, then correct host_key",
        settings={"host_key": shown if shown[1:] else shown[0]},
    )


def fingerprint(key: paramiko.PKey) -> str:
    """The SHA256 fingerprint as ``ssh-keygen -lf`` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _start(
    hop: SshHop, line: Line, refused: list[str], seconds: float, *, required: bool
) -> Transport | None:
    weak = {} if hop.algorithms == "legacy" else WEAK
    disabled = {**weak, "keys": [*weak.get("keys", ()), *refused]}
    ahead = cast("socket.socket", ReadAhead(line))  # which is one to whoever uses it
    transport = Transport(ahead, disabled_algorithms=disabled)
    transport.banner_timeout = transport.auth_timeout = seconds
    ciphers = transport.get_security_options().ciphers
    # GCM costs the fewest cycles a byte; paramiko itself asks for it last.
    transport.get_security_options().ciphers = sorted(ciphers, key=lambda name: "gcm" not in name)
    try:
        transport.start_client(timeout=seconds)
    except paramiko.SSHException:
        transport.close()
        if required:
            raise
        return None
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(KEEPALIVE_SECONDS)
    return transport


def log_in(transport: Transport, hop: SshHop) -> None:
    """Prove who we are, by key first, then by password. Raises paramiko's ``AuthenticationException``.

    A host that asks for both gets both. One that asks for the password in a dialogue (keyboard-interactive,
    RFC 4256) gets it there: paramiko falls back to that by itself.
    """
    login = hop.login
    if login.key is not None:
        try:
            _show_key(transport, hop)
        except paramiko.AuthenticationException:
            if login.password is None:
                raise
    if not transport.is_authenticated() and login.password is not None:
        transport.auth_password(login.user, login.password.reveal())
    if not transport.is_authenticated():
        raise paramiko.AuthenticationException("the host asks for more proof than is configured")


def _show_key(transport: Transport, hop: SshHop) -> None:
    """Log in by key. Old servers know RSA with SHA-1 alone and do not say so: with ``legacy`` that is tried as well."""
    key = _private_key(hop)
    try:
        transport.auth_publickey(hop.login.user, key)
    except paramiko.AuthenticationException:
        if (
            hop.algorithms != "legacy"
            or not key.get_name().startswith("ssh-rsa")
            or not transport.is_active()
        ):
            raise
        transport.disabled_algorithms = {**(transport.disabled_algorithms or {}), "pubkeys": STRONG_RSA}
        transport.auth_publickey(hop.login.user, key)


def _private_key(hop: SshHop) -> paramiko.PKey:
    """The key, with the certificate beside it (``<file>-cert.pub``) if there is one."""
    key = hop.login.key
    assert key is not None
    # Its type information asks for text; the library underneath takes bytes alone.
    phrase: Any = key.passphrase.reveal().encode() if key.passphrase is not None else None
    try:
        return paramiko.PKey.from_path(key.file, phrase)
    except (OSError, ValueError, TypeError, paramiko.SSHException, UnknownKeyType) as error:
        raise NoAccess(
            f"the private key {key.file} cannot be used ({type(error).__name__})",
            hint="it must be readable, of a known kind, and its passphrase must be right",
        ) from None
