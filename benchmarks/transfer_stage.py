"""The places that ``transfer.py`` measures against: real servers on loopback, with files of known content in memory.

The files of FTP and SFTP lie on a file system in memory, so that nobody's figure is the disk's. The servers stay on
one core; whoever starts clients puts them on another.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from object_sink import BUCKET

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.servers.ftp_servers import PASSWORD, FtpServer  # noqa: E402 - found by the line above
from tests.support.servers.process import free_port, running  # noqa: E402
from tests.support.servers.sshd import SshServer, sshd  # noqa: E402
from tests.support.servers.vsftpd import vsftpd  # noqa: E402

LARGE, SMALL, NAMES = "large.dat", "small", "names"
SMALL_SIZE = 16 * 1024
MEBI = 1 << 20
KEYS = {"BENCHMARK_KEY": "benchmark", "BENCHMARK_SECRET": "benchmark-secret", "BENCHMARK_FTP": PASSWORD}
PACKAGES = {
    "curl": "curl",
    "openssl": "openssl",
    "lftp": "lftp",
    "vsftpd": "vsftpd",
    "sshd": "openssh-server",
    "sftp": "openssh-client",
}


def missing_programs() -> list[str]:
    """Debian packages that are needed and not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return sorted({package for name, package in PACKAGES.items() if shutil.which(name, path=path) is None})


def rclone_program() -> str:
    """The rclone of the project's extra ``test``."""
    return str(Path(sys.prefix) / "bin" / "rclone")


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How much work the rows are made of."""

    size: int
    files: int
    names: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that is running. ``memory`` is for what clients write, ``disk`` for the gateway's own state."""

    memory: Path
    disk: Path
    amounts: Amounts
    ftp: FtpServer
    ssh: SshServer
    sink: str
    rclone_config: Path
    digest: str
    small_digests: dict[str, str] = field(repr=False)

    @property
    def root(self) -> Path:
        """Where the files of FTP and SFTP are."""
        return self.ftp.root

    def endpoint(self, kind: str) -> dict[str, Any]:
        """The place as endpoints.yaml would say it, with nothing but defaults."""
        if kind == "ftp":
            login = {"user": self.ftp.user, "password": {"env": "BENCHMARK_FTP"}}
            return {"host": "127.0.0.1", "port": self.ftp.port, "tls": "none", "login": login}
        if kind == "sftp":
            login = {"user": self.ssh.user, "key": {"file": str(self.ssh.key)}}
            place = {"host": "127.0.0.1", "port": self.ssh.port, "root": str(self.root)}
            return {**place, "login": login, "host_key": self.ssh.fingerprints["ed25519"]}
        keys = {"access_key": {"env": "BENCHMARK_KEY"}, "secret_key": {"env": "BENCHMARK_SECRET"}}
        return {"bucket": BUCKET, "endpoint_url": self.sink, "credentials": keys}

    def told(self) -> dict[str, Any]:
        """What the sink has received."""
        with urllib.request.urlopen(f"{self.sink}/-/told") as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def forget(self) -> None:
        """Empty the sink."""
        urllib.request.urlopen(urllib.request.Request(f"{self.sink}/-/forget", method="POST")).close()


@contextmanager
def stage(memory: Path, disk: Path, amounts: Amounts, *, core: int) -> Iterator[Stage]:
    """Start the servers on one core, and lay out the files."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})  # what is started from here stays there
    with ExitStack() as stack:
        ftp = stack.enter_context(vsftpd(memory / "ftp"))
        ssh = stack.enter_context(sshd(memory / "ssh"))
        port = free_port()
        command = [sys.executable, str(ROOT / "benchmarks/object_sink.py"), str(port), str(amounts.names)]
        stack.enter_context(running(command, port=port, log=disk / "sink.log"))
        os.sched_setaffinity(0, everywhere)
        digest = _write_large(ftp.root / LARGE, amounts.size)
        small = _write_small(ftp.root / SMALL, amounts.files)
        _write_names(ftp.root / NAMES, amounts.names)
        address = f"http://127.0.0.1:{port}"
        yield Stage(
            memory=memory,
            disk=disk,
            amounts=amounts,
            ftp=ftp,
            ssh=ssh,
            sink=address,
            rclone_config=_write_rclone(disk / "rclone.conf", ftp, ssh, address),
            digest=digest,
            small_digests=small,
        )


def _write_large(path: Path, size: int) -> str:
    """Bytes that do not repeat within a chunk of anybody's, and that nobody can compress."""
    block = random.Random(20270104).randbytes(8 * MEBI)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, len(block)):
            part = (start.to_bytes(8, "big") + block[8:])[: size - start]
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _write_small(folder: Path, files: int) -> dict[str, str]:
    folder.mkdir()
    source = random.Random(1788)
    digests = {}
    for number in range(files):
        content = source.randbytes(SMALL_SIZE)
        name = f"001o001_{number:06d}.csv"
        (folder / name).write_bytes(content)
        digests[name] = hashlib.sha256(content).hexdigest()
    return digests


def _write_names(folder: Path, names: int) -> None:
    folder.mkdir()
    for number in range(names):
        (folder / f"001o001_20270104_{number:06d}.csv").touch()


def _write_rclone(path: Path, ftp: FtpServer, ssh: SshServer, sink: str) -> Path:
    obscure = subprocess.run(
        [rclone_program(), "obscure", PASSWORD], check=True, capture_output=True, text=True
    )
    path.write_text(
        f"[ftp]\ntype = ftp\nhost = 127.0.0.1\nport = {ftp.port}\nuser = {ftp.user}\npass = {obscure.stdout}\n"
        f"[sftp]\ntype = sftp\nhost = 127.0.0.1\nport = {ssh.port}\nuser = {ssh.user}\nkey_file = {ssh.key}\n"
        f"[s3]\ntype = s3\nprovider = Other\naccess_key_id = {KEYS['BENCHMARK_KEY']}\n"
        f"secret_access_key = {KEYS['BENCHMARK_SECRET']}\nendpoint = {sink}\nregion = ap-northeast-1\n"
        "force_path_style = true\nno_check_bucket = true\nlist_version = 2\n"
    )
    return path


def files_of(folder: Path) -> dict[str, str]:
    """Names and digests of the files of a folder."""
    return {path.name: sha256_of(path) for path in folder.iterdir()}


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
