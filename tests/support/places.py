"""Every kind of place for the conformance suite: an adapter's options, and the same place by other means."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from adapters import ADAPTERS
from tests.support.servers import object_stores

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.base import Adapter
    from adapters.options import PlaceOptions
    from tests.support.servers.ftp_servers import FtpServer
    from tests.support.servers.object_stores import ObjectStore
    from tests.support.servers.sshd import SshServer

PART_SIZE = "5MiB"


class Place(Protocol):
    """One place of a test's own."""

    kind: str
    has_folders: bool
    creates_only: bool
    percent_in_names: bool

    def options(self, **changes: Any) -> PlaceOptions:
        """What would be written in endpoints.yaml."""

    def put(self, path: str, data: bytes) -> None:
        """Lay a file there as another system would."""

    def get(self, path: str) -> bytes | None:
        """The file's bytes, or None."""

    def remove_folder(self, folder: str) -> None:
        """Take a folder away with all that is in it, as another system would."""

    def paths(self) -> set[str]:
        """Every file there, hidden ones too."""

    def unfinished(self) -> int:
        """How many writes are begun and not finished, as the place sees it."""


def reach(place: Place, **changes: Any) -> Adapter:
    """The adapter of the place."""
    kind = ADAPTERS[place.kind]
    return kind.build(place.options(**changes), name="test-endpoint")


@dataclass
class _Folder:
    """A place whose files are in a folder of this machine."""

    root: Path
    kind: str = "local"
    has_folders: bool = True
    creates_only: bool = True
    percent_in_names: bool = True

    def options(self, **changes: Any) -> PlaceOptions:
        return ADAPTERS["local"].options(root=self.root, **changes)

    def put(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def get(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.exists() else None

    def remove_folder(self, folder: str) -> None:
        shutil.rmtree(self.root / folder)

    def paths(self) -> set[str]:
        found = (os.path.relpath(file, self.root) for file in self.root.rglob("*") if file.is_file())
        return set(found)

    def unfinished(self) -> int:
        return sum(".lgw-" in path for path in self.paths())


def folder(root: Path) -> Place:
    """A folder of this machine."""
    return _Folder(root)


@dataclass
class _Ftp(_Folder):
    user: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def options(self, **changes: Any) -> PlaceOptions:
        login = {"user": self.user, "password": {"env": "FTP_TEST_PASSWORD"}}
        given = {"host": "127.0.0.1", "root": str(self.root), "login": login, **self.settings, **changes}
        return ADAPTERS["ftp"].options.model_validate(given)

    def put(self, path: str, data: bytes) -> None:
        """As another user would, in folders that both may write."""
        super().put(path, data)
        for folder in (self.root / path).parents:
            if folder.is_relative_to(self.root):
                folder.chmod(0o777)


def ftp(server: FtpServer, name: str, **settings: Any) -> Place:
    """A folder of an FTP server."""
    root = server.root / name
    root.mkdir()
    root.chmod(0o777)
    return _Ftp(
        root, kind="ftp", creates_only=False, user=server.user, settings={"port": server.port, **settings}
    )


@dataclass
class _Sftp(_Folder):
    server: SshServer | None = None

    def options(self, **changes: Any) -> PlaceOptions:
        assert self.server is not None
        given = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "root": str(self.root),
            "login": {"user": self.server.user, "key": {"file": self.server.key}},
            "host_key": self.server.fingerprints["ed25519"],
            **changes,
        }
        return ADAPTERS["sftp"].options.model_validate(given)


def sftp(server: SshServer, name: str) -> Place:
    """A folder of an SFTP server."""
    root = server.root / name
    root.mkdir()
    return _Sftp(root, kind="sftp", server=server)


@dataclass
class _Bucket:
    store: ObjectStore
    prefix: str
    creates_only: bool
    connections: int = 4
    kind: str = "s3"
    has_folders: bool = False

    @property
    def percent_in_names(self) -> bool:
        return self.store.percent_in_names

    def options(self, **changes: Any) -> PlaceOptions:
        keys = {"access_key": {"env": "STORE_TEST_KEY"}, "secret_key": {"env": "STORE_TEST_SECRET"}}
        given = {
            "bucket": object_stores.BUCKET,
            "endpoint_url": self.store.url,
            "prefix": self.prefix,
            "credentials": keys,
            "part_size": PART_SIZE,
            "connections": self.connections,
            **changes,
        }
        return ADAPTERS["s3"].options.model_validate(given)

    def put(self, path: str, data: bytes) -> None:
        self.store.client.put_object(Bucket=object_stores.BUCKET, Key=f"{self.prefix}/{path}", Body=data)

    def get(self, path: str) -> bytes | None:
        try:
            answer = self.store.client.get_object(Bucket=object_stores.BUCKET, Key=f"{self.prefix}/{path}")
        except self.store.client.exceptions.NoSuchKey:
            return None
        with answer["Body"] as body:
            return bytes(body.read())

    def remove_folder(self, folder: str) -> None:
        for path in self.paths():
            if path.startswith(f"{folder}/"):
                self.store.client.delete_object(Bucket=object_stores.BUCKET, Key=f"{self.prefix}/{path}")

    def paths(self) -> set[str]:
        asked = {"Bucket": object_stores.BUCKET, "Prefix": f"{self.prefix}/"}
        found = self.store.client.list_objects_v2(**asked).get("Contents", ())
        return {item["Key"].removeprefix(f"{self.prefix}/") for item in found}

    def unfinished(self) -> int:
        return self.store.unfinished_under(f"{self.prefix}/")


def bucket(store: ObjectStore, name: str, *, creates_only: bool, connections: int = 4) -> Place:
    """A prefix of a bucket."""
    return _Bucket(store, name, creates_only, connections)
