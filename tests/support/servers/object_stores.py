"""Object stores that have nothing in common but the protocol.

moto and LocalBucket enforce conditional creation and take any signature; rclone and nanio check signatures and ignore
the condition without a word.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.support.servers.process import Service, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKET = "conformance"
REGION = "ap-northeast-1"
ACCESS_KEY, SECRET_KEY = "store-test-key", "store-test-secret"


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """A running store with one bucket, and a client of boto3's own to look into it."""

    url: str
    client: Any
    service: Service | None = None
    percent_in_names: bool = True
    unfinished: Path | None = None  # where its uploads are, if it does not list them

    def unfinished_under(self, prefix: str) -> int:
        """How many uploads below a prefix are begun and not finished."""
        if self.unfinished is not None:
            keys = [json.loads(file.read_text())["key"] for file in self.unfinished.glob("*/upload.json")]
        else:
            try:
                listed = self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
            except self.client.exceptions.NoSuchUpload:  # rclone's way to say that there never was one
                return 0
            keys = [upload["Key"] for upload in listed]
        return sum(key.startswith(prefix) for key in keys)


@contextmanager
def moto_store(folder: Path) -> Iterator[ObjectStore]:
    """moto, in a process of its own: enforces conditional creation, accepts any signature."""
    port = free_port()
    command = [_installed("moto_server"), "--host", "127.0.0.1", "--port", str(port)]
    with running(command, port=port, log=folder / "moto.log") as service:
        yield replace(_with_bucket(f"http://127.0.0.1:{port}"), service=service)


@contextmanager
def nanio_store(folder: Path) -> Iterator[ObjectStore]:
    """nanio: checks signatures and the time of requests, ignores conditional creation without a word."""
    settings = folder / "nanio.toml"
    settings.write_text(f'[[users]]\naccess_key = "{ACCESS_KEY}"\nsecret_key = "{SECRET_KEY}"\n')
    port = free_port()
    command = [_installed("nanio"), "serve", "--options", str(settings), "--data-dir", str(folder / "data")]
    address = ["--host", "127.0.0.1", "--port", str(port), "--region", REGION, "--no-access-log"]
    with running([*command, *address], port=port, log=folder / "nanio.log"):
        # It decodes names once too often before it compares signatures.
        yield replace(_with_bucket(f"http://127.0.0.1:{port}"), percent_in_names=False)


@contextmanager
def localbucket_store(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[ObjectStore]:
    """LocalBucket: enforces conditional creation, accepts any signature. What else it can do: see ``whole_bodies``."""
    port = free_port()
    program = [sys.executable, str(Path(__file__).with_name("whole_bodies.py"))]
    command = [*program, str(folder / "data"), "--port", str(port)]
    log = folder / "localbucket.log"
    with running(command, port=port, log=log, environment=environment) as service:
        yield replace(
            _with_bucket(f"http://127.0.0.1:{port}"),
            service=service,
            unfinished=folder / "data" / ".localbucket-uploads",
        )


@contextmanager
def rclone_store(folder: Path) -> Iterator[ObjectStore]:
    """rclone: checks signatures, ignores conditional creation without a word."""
    root = folder / "root"
    root.mkdir(parents=True)
    port = free_port()
    address = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    command = [
        _installed("rclone"),
        "--config",
        str(folder / "rclone.conf"),
        "serve",
        "s3",
        *address,
        str(root),
    ]
    with running(command, port=port, log=folder / "rclone.log") as service:
        yield replace(_with_bucket(f"http://127.0.0.1:{port}"), service=service)


def _installed(program: str) -> str:
    found = Path(sys.prefix) / "bin" / program
    if not found.exists():
        pytest.fail(f"{program} is not installed: it is part of the extra 'test'")
    return str(found)


def _with_bucket(url: str) -> ObjectStore:
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return ObjectStore(url=url, client=client)
