"""One SSH connection with its SFTP channel: pinned host key, login, and the verbs of a file.

paramiko carries the transport; the file protocol on it is ``sftp_wire``. Everything here blocks.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.pkey import UnknownKeyType

from adapters import names
from adapters.base import Entry, Listing
from adapters.errors import AlreadyThere, Misconfigured, NotFound
from adapters.handover import gathered
from adapters.sftp_wire import FX_FAILURE, FX_NO_SUCH_FILE, StatusError, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from adapters.options import SftpOptions
    from adapters.sftp_wire import Facts

WINDOW = 8 * 1024 * 1024
"""Bytes that the server may send ahead of us."""

PACKET = 256 * 1024 + 1024
KEEPALIVE_SECONDS = 30

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
KEY_FAMILIES = (
    ["ssh-ed25519"],
    ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
    ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
)


class SftpSession:
    """One connection, logged in."""

    def __init__(self, options: SftpOptions) -> None:
        self.broken = False
        self._options = options
        self._folders: set[str] = set()
        self._transport = connect(options)
        try:
            log_in(self._transport, options)
            channel = self._transport.open_session(
                window_size=WINDOW, max_packet_size=PACKET, timeout=options.connect_timeout.total_seconds()
            )
            channel.settimeout(options.reply_timeout.total_seconds())
            channel.invoke_subsystem("sftp")
            self.wire = Wire(channel, options.encoding)
            self._home = self.wire.real_path(".").rstrip("/")
        except BaseException:
            self._transport.close()
            raise
        self._channel = channel

    @property
    def creates_only(self) -> bool:
        """Whether a plain rename is known to refuse an existing name: OpenSSH links and unlinks."""
        return "OpenSSH" in self._transport.remote_version

    def check(self) -> None:
        """A sign of life."""
        self.wire.real_path(".")

    def close(self) -> None:
        """Close the channel and the connection."""
        self.broken = True
        with suppress(Exception):  # it is going away in any case
            self._transport.close()

    def abort(self) -> None:
        """Wake whoever waits in this session, and never use it again."""
        self.broken = True
        threading.Thread(target=self._transport.close, daemon=True).start()

    def absolute(self, path: str) -> str:
        """The path as the server is told it."""
        root = self._options.root
        base = root if root.startswith("/") else f"{self._home}/{root}"
        return f"{base.rstrip('/')}/{path}"

    def look(self, path: str) -> Entry:
        """The regular file, now. Raises ``StatusError`` as the server says it, ``NotFound`` for a folder."""
        facts = self.wire.stat(self.absolute(path))
        if not _is_file(facts):
            raise NotFound(f"{names.shown(path)} is no file")
        return _entry(path, facts)

    def scan(self, pattern: str) -> Listing:
        """Every regular file that matches, in the order of names."""
        entries, refused = [], []
        for entry in self._walk("", pattern.split("/")):
            if names.is_temporary(entry.path):
                continue
            reason = names.why_unsafe(entry.path)
            if reason:
                refused.append((names.shown(entry.path), reason))
            else:
                entries.append(entry)
        entries.sort(key=lambda entry: entry.path)
        return Listing(entries=tuple(entries), refused=tuple(refused))

    def _walk(self, folder: str, parts: list[str]) -> Iterator[Entry]:
        """Files as deep as the pattern has segments, through the folders that match theirs."""
        if len(parts) > 1 and not names.is_wild(parts[0]):
            yield from self._walk(names.join(folder, parts[0]), parts[1:])
            return
        for name, facts in self.wire.list_folder(self.absolute(folder)):
            if name in (".", "..") or not names.matches(parts[0], name):
                continue
            path = names.join(folder, name)
            if len(parts) == 1 and _is_file(facts):
                yield _entry(path, facts)
            elif len(parts) > 1 and facts.mode is not None and stat.S_ISDIR(facts.mode):
                yield from self._walk(path, parts[1:])

    def retrieve(self, entry: Entry, put: Callable[[bytes], None]) -> None:
        """Give the file's bytes to ``put``."""
        for chunk in gathered(self.wire.read_file(self.absolute(entry.path), entry.size)):
            put(chunk)

    def store(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write the file, with its folders if they are missing."""
        self._make_folders(path)
        self.wire.write_file(self.absolute(path), chunks)

    def assert_free(self, path: str) -> None:
        """Look whether the name is taken, unless the server itself refuses that."""
        if not self.creates_only and self._exists(path):
            raise AlreadyThere(f"{names.shown(path)} exists")

    def move(self, path: str, to: str) -> None:
        """Rename. OpenSSH answers a taken name with a bare failure: a look tells."""
        self._make_folders(to)
        try:
            self.wire.rename(self.absolute(path), self.absolute(to))
        except StatusError as error:
            if error.code == FX_FAILURE and self._exists(to):
                raise AlreadyThere(f"{names.shown(to)} exists") from error
            raise

    def move_over(self, path: str, to: str) -> None:
        """Rename in one step, replacing what has that name."""
        if "posix-rename@openssh.com" not in self.wire.extensions:
            raise Misconfigured(
                "the server cannot replace a file in one step",
                hint="let the route use exists: refuse or wait at this place",
            )
        self._make_folders(to)
        self.wire.rename_over(self.absolute(path), self.absolute(to))

    def delete(self, path: str) -> None:
        """Remove the file."""
        self.wire.remove(self.absolute(path))

    def _exists(self, path: str) -> bool:
        try:
            self.wire.stat(self.absolute(path))
        except StatusError as error:
            if error.code == FX_NO_SUCH_FILE:
                return False
            raise
        return True

    def _make_folders(self, path: str) -> None:
        missing = []
        folder = path.rpartition("/")[0]
        while folder and folder not in self._folders:
            if not self._exists(folder):
                missing.append(folder)
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]
        for name in reversed(missing):
            self.wire.make_folder(self.absolute(name))


def connect(options: SftpOptions) -> paramiko.Transport:
    """A transport to a host that proved a pinned key. Raises ``Misconfigured`` showing both fingerprints.

    Which of its keys a host shows depends on what is offered to it: other kinds are asked for before giving up.
    """
    shown: list[str] = []
    refused: list[str] = []
    for _ in KEY_FAMILIES:
        transport = _start(options, refused, required=not shown)
        if transport is None:
            break
        key = transport.get_remote_server_key()
        shown.append(fingerprint(key))
        if shown[-1] in options.host_key:
            return transport
        transport.close()
        refused += next((family for family in KEY_FAMILIES if key.get_name() in family), [key.get_name()])
        if key.get_name() == "ssh-rsa":
            refused += KEY_FAMILIES[2]
    raise Misconfigured(
        f"the host {options.host} shows the key {' or '.join(shown)}, "
        f"and pinned is {' or '.join(options.host_key)}",
        hint="ask the host's people by telephone whether the key was changed, then correct host_key",
    )


def fingerprint(key: paramiko.PKey) -> str:
    """The SHA256 fingerprint as ``ssh-keygen -lf`` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _start(options: SftpOptions, refused: list[str], *, required: bool) -> paramiko.Transport | None:
    seconds = options.connect_timeout.total_seconds()
    line = socket.create_connection((options.host, options.port), timeout=seconds)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    weak = {} if options.algorithms == "legacy" else WEAK
    disabled = {**weak, "keys": [*weak.get("keys", ()), *refused]}
    transport = paramiko.Transport(line, disabled_algorithms=disabled)
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
    transport.set_keepalive(KEEPALIVE_SECONDS)
    return transport


def log_in(transport: paramiko.Transport, options: SftpOptions) -> None:
    """Prove who we are, by key first. Raises paramiko's ``AuthenticationException``."""
    login = options.login
    if login.key is not None:
        try:
            transport.auth_publickey(login.user, _private_key(options))
        except paramiko.AuthenticationException:
            if login.password is None:
                raise
    if not transport.is_authenticated() and login.password is not None:
        transport.auth_password(login.user, login.password.reveal())


def _private_key(options: SftpOptions) -> paramiko.PKey:
    key = options.login.key
    assert key is not None
    # Its type information asks for text; the library underneath takes bytes alone.
    phrase: Any = key.passphrase.reveal().encode() if key.passphrase is not None else None
    try:
        return paramiko.PKey.from_path(key.file, phrase)
    except (OSError, ValueError, TypeError, paramiko.SSHException, UnknownKeyType) as error:
        raise Misconfigured(
            f"the private key {key.file} cannot be used ({type(error).__name__})",
            hint="it must be readable, of a known kind, and its passphrase must be right",
        ) from None


def _is_file(facts: Facts) -> bool:
    return facts.mode is None or stat.S_ISREG(facts.mode)


def _entry(path: str, facts: Facts) -> Entry:
    return Entry(path=path, size=facts.size, mtime="" if facts.mtime is None else str(facts.mtime))
