"""The places of a chaos run: servers, a line to each that fails, and the way past both for senders and consumers."""

from __future__ import annotations

import json
import random
import secrets
import shutil
import socket
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from botocore.exceptions import EndpointConnectionError, HTTPClientError, IncompleteReadError

from tests.support.servers import ftp_servers, object_stores
from tests.support.servers.process import ROWS
from tests.support.servers.sshd import make_key, sshd
from tests.support.servers.vsftpd import vsftpd
from tests.support.toxic import ToxicLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.servers.process import Service

T = TypeVar("T")
STARTS = 60.0
"""Seconds that a store may take to start."""

GATEWAY = "gateway-"
"""How the names of the gateway's keys for the store begin."""

OTHER_KEYS = {object_stores.ACCESS_KEY: object_stores.SECRET_KEY, "checker": "checker"}
"""Keys of those who look at the store past its line."""

OTHERS = (".lgw-",)
"""Names of the gateway's own: unfinished files and owner objects."""


class Place(Protocol):
    """One place, past all protocols and lines."""

    def put(self, path: str, data: bytes) -> None:
        """Lay a whole file there, as a sender does that publishes whole files only."""

    def found(self, folder: str) -> dict[str, str]:
        """The files of a folder that are not unfinished: path and what tells one content from the next."""

    def get(self, path: str) -> bytes:
        """A file's bytes."""

    def remove(self, path: str) -> None:
        """Take a file away."""

    def described(self) -> dict[str, str]:
        """Where the checker finds it."""


@dataclass
class Folder:
    """A place whose files are in a folder of this machine."""

    root: Path
    numbers: list[int] = field(default_factory=lambda: [0])

    def put(self, path: str, data: bytes) -> None:
        self.numbers[0] += 1
        aside = self.root.parent / f"aside-{self.root.name}-{self.numbers[0]}"
        aside.write_bytes(data)
        aside.chmod(0o666)
        aside.rename(self.root / path)

    def found(self, folder: str) -> dict[str, str]:
        there = (self.root / folder).iterdir() if (self.root / folder).is_dir() else ()
        facts = ((path, path.stat()) for path in there if not any(part in path.name for part in OTHERS))
        return {f"{folder}/{path.name}": f"{f.st_ino}|{f.st_size}|{f.st_mtime_ns}" for path, f in facts}

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def make(self, folder: str) -> None:
        """A folder that everybody may write to."""
        made = self.root / folder
        made.mkdir(parents=True, exist_ok=True)
        for one in (made, *made.parents):
            if one.is_relative_to(self.root):
                one.chmod(0o777)

    def described(self) -> dict[str, str]:
        return {"folder": str(self.root)}


@dataclass
class Bucket:
    """A bucket, asked past its line. While its store is being started again, people wait."""

    store: object_stores.ObjectStore

    def put(self, path: str, data: bytes) -> None:
        self._ask("put_object", Key=path, Body=data)

    def found(self, folder: str) -> dict[str, str]:
        listed: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", Prefix=f"{folder}/", **more)
            listed |= {one["Key"]: one["ETag"] for one in page.get("Contents", ())}
            if not page.get("IsTruncated"):
                break
            more = {"ContinuationToken": page["NextContinuationToken"]}
        own = {key: etag for key, etag in listed.items() if not any(part in key for part in OTHERS)}
        return {key: etag for key, etag in own.items() if key.rpartition("/")[0] == folder}

    def get(self, path: str) -> bytes:
        return _waiting(lambda: bytes(self._request("get_object", Key=path)["Body"].read()))

    def remove(self, path: str) -> None:
        self._ask("delete_object", Key=path)

    def _ask(self, verb: str, **what: Any) -> Any:
        return _waiting(lambda: self._request(verb, **what))

    def _request(self, verb: str, **what: Any) -> Any:
        return getattr(self.store.client, verb)(Bucket=object_stores.BUCKET, **what)

    def described(self) -> dict[str, str]:
        return {"url": self.store.url, "bucket": object_stores.BUCKET}


def _waiting(ask: Callable[[], T]) -> T:
    """Ask until the store, which may be being started again, has given its whole answer."""
    until = time.monotonic() + STARTS
    while True:
        try:
            return ask()
        except (EndpointConnectionError, HTTPClientError, IncompleteReadError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)  # a server that is being started: nothing to await


@dataclass
class Login:
    """What a host asks for and what the gateway shows: two sides of a secret that is changed now and then.

    A store knows a key by its name, which changes with it; the gateway has the two in two files.
    """

    kind: str
    at_host: Path
    at_gateway: Path
    pending: list[Callable[[], None]] = field(default_factory=list)

    def change(self) -> list[Callable[[], None]]:
        """Make a new secret; gives the two steps that put it in its places, each to be taken once."""
        if self.kind == "store":
            return self._change_both()
        if self.kind == "sftp":
            key = make_key(self.at_host.with_name(f"user-{secrets.token_hex(4)}"))
            host, gateway = key.with_name(f"{key.name}.pub").read_bytes(), key.read_bytes()
        else:
            gateway = secrets.token_hex(8).encode()
            host = gateway + b"\n"
        self.pending = [partial(_written, self.at_host, host), partial(_written, self.at_gateway, gateway)]
        return self.pending

    def _change_both(self) -> list[Callable[[], None]]:
        access, secret = f"{GATEWAY}{secrets.token_hex(4)}", secrets.token_hex(16)
        self.pending = [
            partial(_written, self.at_host, json.dumps(OTHER_KEYS | {access: secret}).encode()),
            partial(_written, _access_of(self.at_gateway), access.encode()),
            partial(_written, self.at_gateway, secret.encode()),
        ]
        return self.pending

    def agree(self) -> None:
        """Both sides have the newest secret."""
        for step in self.pending:
            step()


def _access_of(secret: Path) -> Path:
    """Where the gateway has the name of the key whose secret is there."""
    return secret.with_name(f"{secret.name}-access")


def _written(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.rename(path)


@dataclass
class Ground:
    """Everything that stands around the gateway."""

    places: dict[str, Place] = field(default_factory=dict)
    lines: dict[str, ToxicLine] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    ftp_port: int = 0
    passive: range = range(0)
    """Where the FTP host listens, past its line, and the ports of its data connections."""
    mood: Path = field(default_factory=Path)

    def set_mood(self, **chances: float) -> None:
        """From now on the store refuses so many of the gateway's requests; see ``whole_bodies``."""
        _written(self.mood, json.dumps({GATEWAY: chances} if chances else {}).encode())

    def moods_met(self) -> Counter[str]:
        """What the store did out of its mood."""
        book = self.mood.with_name(f"{self.mood.name}.met")
        return Counter(book.read_text(encoding="utf-8").splitlines() if book.exists() else ())


PASSIVE = 100


def _passive_ports() -> range:
    """Ports beside one another that nobody listens on."""
    while True:
        first = random.choice(ROWS[:-PASSIVE])
        ports = range(first, first + PASSIVE)
        if all(_is_free(port) for port in ports):
            return ports


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@asynccontextmanager
async def ground(root: Path, machine_root: Path) -> AsyncIterator[Ground]:
    """Servers and lines, as long as it is entered. The gateway's own disk is ``machine_root``."""
    made, keys = Ground(), root / "secrets"
    keys.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        folder = machine_root / "folder"
        folder.mkdir(parents=True)
        made.places["folder"] = Folder(folder)
        made.endpoints["folder"] = {"adapter": "local", "root": str(folder)}
        made.passive = _passive_ports()
        passive = f"pasv_min_port={made.passive[0]}\npasv_max_port={made.passive[-1]}\n"
        ftp = stack.enter_context(vsftpd(root / "ftp", more=f"max_clients=60\n{passive}"))
        made.ftp_port = ftp.port
        ssh = stack.enter_context(sshd(root / "ssh"))
        (root / "store").mkdir()
        made.mood = root / "store/mood.json"
        made.set_mood()
        first = Login("store", root / "store/keys.json", keys / "store")
        first.change()
        first.agree()
        own = {"LOCALBUCKET_KEYS": str(first.at_host), "LOCALBUCKET_MOOD": str(made.mood)}
        store = stack.enter_context(object_stores.localbucket_store(root / "store", own))
        bucket = stack.enter_context(object_stores.moto_store(root))
        ports = {"ftp": ftp.port, "sftp": ssh.port}
        ports |= {
            name: int(one.url.rpartition(":")[2]) for name, one in (("store", store), ("bucket", bucket))
        }
        for name, port in ports.items():
            made.lines[name] = await stack.enter_async_context(ToxicLine(port, ftp=name == "ftp"))
        made.places |= {
            "ftp": Folder(ftp.root),
            "sftp": Folder(ssh.root),
            "store": Bucket(store),
            "bucket": Bucket(bucket),
        }
        for name, service in (("ftp", ftp.service), ("sftp", ssh.service), ("store", store.service)):
            assert service is not None
            made.services[name] = service
        made.logins |= {"store": first, "bucket": Login("store", root / "moto.json", keys / "bucket")}
        _logins(made, root, keys, ssh.key)
        _endpoints(made, keys, ftp, ssh)
        yield made


def _logins(made: Ground, root: Path, keys: Path, ssh_key: Path) -> None:
    (keys / "ftp").write_text(ftp_servers.PASSWORD)
    (keys / "bucket").write_text(object_stores.SECRET_KEY)
    (keys / "bucket-access").write_text(object_stores.ACCESS_KEY)
    shutil.copy(ssh_key, keys / "sftp")
    (keys / "sftp").chmod(0o600)
    made.logins |= {
        "ftp": Login("ftp", root / "ftp/passwords", keys / "ftp"),
        "sftp": Login("sftp", root / "ssh/authorized", keys / "sftp"),
    }


def _endpoints(made: Ground, keys: Path, ftp: Any, ssh: Any) -> None:
    waits = {"connect_timeout": "5s", "reply_timeout": "5s"}
    made.endpoints["ftp"] = {
        "adapter": "ftp",
        "zone": "on-prem",
        "host": "127.0.0.1",
        "port": made.lines["ftp"].listening,
        "tls": "none",
        "root": str(ftp.root),
        "login": {"user": ftp.user, "password": {"file": str(keys / "ftp")}},
        **waits,
    }
    made.endpoints["sftp"] = {
        "adapter": "sftp",
        "host": "127.0.0.1",
        "port": made.lines["sftp"].listening,
        "root": str(ssh.root),
        "host_key": ssh.fingerprints["ed25519"],
        "login": {"user": ssh.user, "key": {"file": str(keys / "sftp")}},
        **waits,
    }
    for name in ("store", "bucket"):
        made.endpoints[name] = {
            "adapter": "s3",
            "bucket": object_stores.BUCKET,
            "endpoint_url": f"http://127.0.0.1:{made.lines[name].listening}",
            "part_size": "5MiB",
            "credentials": {
                "access_key": {"file": str(_access_of(keys / name))},
                "secret_key": {"file": str(keys / name)},
            },
            **waits,
        }
