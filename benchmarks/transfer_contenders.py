"""Who takes part in a row of ``transfer.py``, and what the rows share: places, and how peers are called."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from object_sink import CHECKED
from transfer_stage import SMALL_SIZE, Stage, rclone_program

from adapters.names import TEMPORARY_PREFIX

Check = Callable[[Any, str, bool], str]
"""Of what the gateway told (None for a peer), of the target and of ``checked``: what is wrong, or nothing."""

ALGORITHM = ("-o", "Ciphers=aes128-gcm@openssh.com")
MOST_PRINTED = 100
"""Bytes of the line that ``DIGEST`` prints, at most."""
TUNED_SFTP = ("--sftp-disable-hashcheck", "--sftp-chunk-size", "255Ki", "--sftp-concurrency", "64")
TUNED_S3 = ("--s3-chunk-size", "64Mi", "--s3-disable-checksum", "--ignore-checksum")
TUNED_MANY = ("--transfers", "16", "--checkers", "16", "--s3-no-head", "--ignore-checksum")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """The gateway (``job``) or a peer (``command``, in which ``{into}`` is where the result goes)."""

    name: str
    job: dict[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    stdin: str = ""
    prints: bool = False
    """The command's output is the result."""
    both_cores: bool = False


DIGEST = ("openssl", "dgst", "-sha256", "-r")
"""The quickest that was found to take a digest beside a peer: coreutils' sha256sum is four times as slow."""


def digested(name: str, command: tuple[str, ...]) -> Contender:
    """A peer whose output goes into a digest on the other core; the digest is its result."""
    piped = ("bash", "-o", "pipefail", "-c", f"{shlex.join(command)} | {shlex.join(DIGEST)}")
    return Contender(name=f"{name}, SHA-256 beside it", command=piped, prints=True, both_cores=True)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the goals: ``amount`` of ``unit``, done by everybody in turn."""

    name: str
    unit: str
    amount: float
    contenders: tuple[Contender, ...]
    goal: float
    against: str
    """The peer that the goal is stated against; ``best`` is whoever was quickest."""
    into: Callable[[int, bool], str]
    """Where a run puts its result, by its number and whether it is the checked one."""
    wrong: Check


class Work:
    """What the rows share: the stage, and the peers' beginnings of commands."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.large_mb = stage.amounts.size / 1e6
        self.size = f"{stage.amounts.size >> 20} MiB"
        self.many = f"{stage.amounts.files:,} x {SMALL_SIZE >> 10} KiB"
        self.url = f"ftp://{stage.ftp.user}:{{}}@127.0.0.1:{stage.ftp.port}"

    def place(self, kind: str, **more: Any) -> dict[str, Any]:
        return {"adapter": kind, **self.stage.endpoint(kind), **more}

    def rclone(self, *words: str) -> tuple[str, ...]:
        return (rclone_program(), "--config", str(self.stage.rclone_config), *words)

    def sftp(self, *more: str) -> tuple[str, ...]:
        ssh = self.stage.ssh
        known = (
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
        )
        login = ("-i", str(ssh.key), "-o", "IdentitiesOnly=yes", "-P", str(ssh.port))
        return ("sftp", "-q", *known, *login, *more, "-b", "-", f"{ssh.user}@127.0.0.1")

    def remote(self, name: str) -> str:
        return f"sftp:{self.stage.root / name}"

    def aws(self, *words: str, both_cores: bool = False) -> tuple[Contender, ...]:
        """aws-cli is a peer where it is installed."""
        if shutil.which("aws") is None:
            return ()
        command = ("aws", "--endpoint-url", self.stage.sink, *words)
        return (Contender(name="aws-cli", command=command, both_cores=both_cores),)

    def sink_wrong(self, told: Any, into: str, expected: dict[str, tuple[int, str]], *, checked: bool) -> str:
        """What of the sink's objects is not as expected, by key below ``into``; a gateway's word is heard too.

        The gateway's own note of who owns the route is no file that was sent.
        """
        found = {key: value for key, value in self.stage.told()["objects"].items() if key.startswith(into)}
        names = {key.removeprefix(into): tuple(value) for key, value in found.items()}
        names = {name: value for name, value in names.items() if not name.startswith(TEMPORARY_PREFIX)}
        wanted = {name: (size, digest if checked else "") for name, (size, digest) in expected.items()}
        if names != wanted:
            return f"the sink has {len(names)} objects that are not the {len(wanted)} that were sent"
        if isinstance(told, dict):
            return _journal_wrong(told, {name: digest for name, (_, digest) in expected.items()})
        return ""


def _journal_wrong(told: dict[str, Any], digests: dict[str, str]) -> str:
    if told["error"] or told["states"] != ["settled"]:
        return f"the journal ended with {told['states']} {told['error']}"
    same = sorted(told["digests"].values()) == sorted(digests.values())
    return "" if same else "the journal's digests are not those of the files"


def printed_digest(path: Path) -> str:
    """The digest that a peer printed, if it printed one."""
    return path.read_text()[:64] if path.stat().st_size < MOST_PRINTED else ""


def prefix(run: int, *, checked: bool) -> str:
    return f"{CHECKED if checked else ''}run-{run}/"
