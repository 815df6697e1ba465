"""The rows of ``transfer.py``: each is one piece of work, the gateway's way to do it, and how its peers do it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from object_sink import BUCKET, LISTED, listed_name
from transfer_contenders import (
    ALGORITHM,
    TUNED_MANY,
    TUNED_S3,
    TUNED_SFTP,
    Contender,
    Row,
    Work,
    digested,
    prefix,
    printed_digest,
)
from transfer_stage import KEYS, LARGE, NAMES, SMALL, SMALL_SIZE, Stage, files_of, sha256_of


def rows(stage: Stage) -> Iterator[Row]:
    """All of them."""
    yield from Gets(stage).rows()
    yield from Puts(stage).rows()
    yield from Jobs(stage).rows()
    yield from Listings(stage).rows()


class Gets(Work):
    """From FTP and SFTP."""

    def rows(self) -> Iterator[Row]:
        yield self._ftp()
        yield self._sftp()
        yield self._many()

    def _row(self, kind: str, contenders: tuple[Contender, ...], goal: float, against: str) -> Row:
        return Row(
            name=f"{kind} get, {self.size}",
            unit="MB/s",
            amount=self.large_mb,
            contenders=contenders,
            goal=goal,
            against=against,
            into=lambda _run, checked: str(self.stage.memory / "got.dat") if checked else "/dev/null",
            wrong=self._wrong,
        )

    def _wrong(self, told: Any, into: str, checked: bool) -> str:  # noqa: FBT001 - a row's form of a check
        """A gateway says what it read: the digest, or how many bytes. A peer's result is looked at when checked."""
        if told is not None:
            return (
                "" if told in (self.stage.digest, self.stage.amounts.size) else "the bytes are not the file's"
            )
        if checked and self.stage.digest not in (sha256_of(Path(into)), printed_digest(Path(into))):
            return "the bytes are not the file's"
        return ""

    def _gateway(self, kind: str) -> tuple[Contender, ...]:
        job = {"work": "read", "place": self.place(kind), "path": LARGE, "digest": False}
        return (
            Contender(name="gateway, SHA-256 beside it", job=job | {"digest": True}, both_cores=True),
            Contender(name="gateway, adapter alone", job=job),
        )

    def _ftp(self) -> Row:
        url = f"{self.url.format(KEYS['BENCHMARK_FTP'])}/{LARGE}"
        peers = (
            digested("curl", ("curl", "-sS", url)),
            Contender(name="curl", command=("curl", "-sS", "-o", "{into}", url)),
            Contender(
                name="lftp", command=("lftp", "-c", f"set ssl:verify-certificate no; cat {url}"), prints=True
            ),
            Contender(name="rclone", command=self.rclone("cat", f"ftp:{LARGE}"), prints=True),
        )
        return self._row("FTP", (*self._gateway("ftp"), *peers), 1.0, "curl, SHA-256 beside it")

    def _sftp(self) -> Row:
        get = f"get {self.stage.root / LARGE} {{into}}\n"
        cat = self.rclone("cat", self.remote(LARGE))
        peers = (
            Contender(name="OpenSSH", command=self.sftp(), stdin=get),
            Contender(name="OpenSSH, AES-GCM", command=self.sftp(*ALGORITHM), stdin=get),
            Contender(name="rclone", command=cat, prints=True),
            Contender(name="rclone, tuned", command=(*cat, *TUNED_SFTP), prints=True),
            digested("rclone, tuned", (*cat, *TUNED_SFTP)),
        )
        return self._row("SFTP", (*self._gateway("sftp"), *peers), 1.0, "rclone, tuned")

    def _many(self) -> Row:
        place = self.place("sftp", connections=4)
        job = {"work": "read_many", "place": place, "pattern": f"{SMALL}/*", "at_once": 4}
        get = f"get {self.stage.root / SMALL}/* {{into}}\n"
        # With its hash check rclone starts a program on the server for each file: ten files a second.
        copy = self.rclone("copy", self.remote(SMALL), "{into}")
        return Row(
            name=f"SFTP get, {self.many}",
            unit="files/s",
            amount=self.stage.amounts.files,
            contenders=(
                Contender(name="gateway, 4 connections", job=job),
                Contender(name="OpenSSH", command=self.sftp(), stdin=get),
                Contender(name="OpenSSH, AES-GCM", command=self.sftp(*ALGORITHM), stdin=get),
                Contender(name="rclone, no hash check", command=(*copy, *TUNED_SFTP)),
            ),
            goal=1.0,
            against="OpenSSH",
            into=self._folder,
            wrong=lambda _told, into, _checked: (
                ""
                if files_of(Path(into)) == self.stage.small_digests
                else "the files are not those of the server"
            ),
        )

    def _folder(self, run: int, checked: bool) -> str:  # noqa: FBT001 - a row's form of a target
        into = self.stage.memory / f"got-{run}-{checked}"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        return str(into)


class Puts(Work):
    """To SFTP and S3; everyone may use both cores, as the gateway does for its digest."""

    def rows(self) -> Iterator[Row]:
        yield self._sftp()
        yield self._s3()
        yield self._s3_many()

    def _job(self, kind: str) -> Contender:
        job = {
            "work": "write",
            "place": self.place(kind),
            "source": str(self.stage.root / LARGE),
            "size": self.stage.amounts.size,
        }
        return Contender(name="gateway, SHA-256 beside it", job=job, both_cores=True)

    def _sftp(self) -> Row:
        put = f"put {self.stage.root / LARGE} {self.stage.root}/{{into}}\n"
        copy = self.rclone("copyto", str(self.stage.root / LARGE), self.remote("{into}"))
        peers = (
            Contender(name="OpenSSH", command=self.sftp(), stdin=put, both_cores=True),
            Contender(name="OpenSSH, AES-GCM", command=self.sftp(*ALGORITHM), stdin=put, both_cores=True),
            Contender(name="rclone", command=copy, both_cores=True),
            Contender(name="rclone, tuned", command=(*copy, *TUNED_SFTP), both_cores=True),
        )
        return Row(
            name=f"SFTP put, {self.size}",
            unit="MB/s",
            amount=self.large_mb,
            contenders=(self._job("sftp"), *peers),
            goal=0.7,
            against="rclone, tuned",
            into=lambda run, checked: f"put-{run}-{checked}.dat",
            wrong=self._sftp_wrong,
        )

    def _sftp_wrong(self, _told: Any, into: str, checked: bool) -> str:  # noqa: FBT001 - a row's form of a check
        path = self.stage.root / into
        size = path.stat().st_size
        digest = sha256_of(path) if checked else self.stage.digest
        path.unlink()
        right = size == self.stage.amounts.size and digest == self.stage.digest
        return "" if right else "the server has other bytes"

    def _s3(self) -> Row:
        source, target = str(self.stage.root / LARGE), f"s3:{BUCKET}/{{into}}"
        copy = self.rclone("copyto", source, target)
        upload = ("s3", "cp", "--only-show-errors", source, f"s3://{BUCKET}/{{into}}")
        expected = {LARGE: (self.stage.amounts.size, self.stage.digest)}
        return Row(
            name=f"S3 put, {self.size}",
            unit="MB/s",
            amount=self.large_mb,
            contenders=(
                self._job("s3"),
                Contender(name="rclone", command=copy, both_cores=True),
                Contender(name="rclone, tuned", command=(*copy, *TUNED_S3), both_cores=True),
                *self.aws(*upload, both_cores=True),
            ),
            goal=1.5,
            against="rclone, tuned",
            into=lambda run, checked: f"{prefix(run, checked=checked)}{LARGE}",
            wrong=lambda _told, into, checked: self.sink_wrong(
                None, into.removesuffix(LARGE), expected, checked=checked
            ),
        )

    def _s3_many(self) -> Row:
        source = str(self.stage.root / SMALL)
        job = {"place": self.place("s3"), "folder": source, "at_once": 4}
        copy = self.rclone("copy", source, f"s3:{BUCKET}/{{into}}")
        expected = {name: (SMALL_SIZE, digest) for name, digest in self.stage.small_digests.items()}
        return Row(
            name=f"S3 put, {self.many}",
            unit="files/s",
            amount=self.stage.amounts.files,
            contenders=(
                Contender(name="gateway, adapter alone", job=job | {"work": "write_many"}, both_cores=True),
                Contender(name="boto3 alone, 4 threads", job=job | {"work": "boto3_alone"}, both_cores=True),
                Contender(name="rclone", command=copy, both_cores=True),
                Contender(name="rclone, tuned", command=(*copy, *TUNED_MANY), both_cores=True),
            ),
            goal=1.0,
            against="boto3 alone, 4 threads",
            into=lambda run, checked: prefix(run, checked=checked),
            wrong=lambda _told, into, checked: self.sink_wrong(None, into, expected, checked=checked),
        )


class Jobs(Work):
    """From FTP and SFTP to S3, by the whole gateway."""

    def rows(self) -> Iterator[Row]:
        tuned = (*TUNED_SFTP, *TUNED_S3)
        yield self._large("FTP", "ftp", f"ftp:{LARGE}", 1.0, TUNED_S3)
        yield self._large("SFTP", "sftp", self.remote(LARGE), 1.2, tuned)
        yield self._many()

    def _job(self, kind: str, pattern: str) -> Contender:
        given = {"place": self.place(kind), "to": self.place("s3")}
        where = {"environment": "production", "zone": "on-prem"}
        ends = {name: place | where for name, place in given.items()}
        job = {"work": "carry", "pattern": pattern, "folder": str(self.stage.disk), **ends}
        return Contender(name="gateway, the whole job", job=job, both_cores=True)

    def _large(self, title: str, kind: str, source: str, goal: float, tuned: tuple[str, ...]) -> Row:
        copy = self.rclone("copyto", source, f"s3:{BUCKET}/{{into}}{LARGE}")
        return self._row(
            name=f"{title} to S3, {self.size}",
            unit="MB/s",
            amount=self.large_mb,
            job=self._job(kind, LARGE),
            peers=(copy, (*copy, *tuned)),
            goal=goal,
            against="rclone, tuned",
            expected={LARGE: (self.stage.amounts.size, self.stage.digest)},
        )

    def _many(self) -> Row:
        copy = self.rclone("copy", f"ftp:{SMALL}", f"s3:{BUCKET}/{{into}}")
        return self._row(
            name=f"FTP to S3, {self.many}",
            unit="files/s",
            amount=self.stage.amounts.files,
            job=self._job("ftp", f"{SMALL}/*.csv"),
            peers=(copy, (*copy, *TUNED_MANY)),
            goal=5.0,
            against="rclone",
            expected={name: (SMALL_SIZE, digest) for name, digest in self.stage.small_digests.items()},
        )

    def _row(
        self,
        *,
        job: Contender,
        peers: tuple[tuple[str, ...], tuple[str, ...]],
        expected: dict[str, tuple[int, str]],
        **more: Any,
    ) -> Row:
        default, tuned = peers
        return Row(
            contenders=(
                job,
                Contender(name="rclone", command=default, both_cores=True),
                Contender(name="rclone, tuned", command=tuned, both_cores=True),
            ),
            into=lambda run, checked: prefix(run, checked=checked),
            wrong=lambda told, into, checked: self.sink_wrong(told, into, expected, checked=checked),
            **more,
        )


class Listings(Work):
    """Many names in one folder."""

    def rows(self) -> Iterator[Row]:
        many = f"listing, {self.stage.amounts.names:,} names"
        url = self.url.format(KEYS["BENCHMARK_FTP"])
        ftp = (
            Contender(name="lftp", command=("lftp", "-c", f"open {url}; cls -1 {NAMES}/"), prints=True),
            Contender(name="rclone", command=self.rclone("lsf", f"ftp:{NAMES}"), prints=True),
        )
        yield self._row(f"FTP {many}", "ftp", f"{NAMES}/*", ftp, "best")
        folder = self.stage.root / NAMES
        sftp = (
            Contender(name="OpenSSH", command=self.sftp(), stdin=f"@ls -1 {folder}\n", prints=True),
            Contender(name="rclone", command=self.rclone("lsf", self.remote(NAMES)), prints=True),
        )
        yield self._row(f"SFTP {many}", "sftp", f"{NAMES}/*", sftp, "best")
        listed = f"s3:{BUCKET}/{LISTED.rstrip('/')}"
        aws = self.aws("s3", "ls", f"s3://{BUCKET}/{LISTED}")
        s3 = (
            Contender(name="rclone", command=self.rclone("lsf", listed), prints=True),
            *(Contender(name=one.name, command=one.command, prints=True) for one in aws),
        )
        yield self._row(f"S3 {many}", "s3", f"{LISTED}*", s3, "best")

    def _row(self, name: str, kind: str, pattern: str, peers: tuple[Contender, ...], against: str) -> Row:
        job = {"work": "scan", "place": self.place(kind), "pattern": pattern}
        # vsftpd lists minutes: peers take them as they are, and the gateway asks for seconds where a file may be new.
        seconds = Contender(name="gateway, times to the second", job={**job, "exact": True})
        exact = (seconds,) if kind == "ftp" else ()
        return Row(
            name=name,
            unit="names/s",
            amount=self.stage.amounts.names,
            contenders=(Contender(name="gateway", job=job), *exact, *peers),
            goal=1.0,
            against=against,
            into=lambda _run, _checked: str(self.stage.memory / "names.txt"),
            wrong=self._wrong,
        )

    def _wrong(self, told: Any, into: str, _checked: bool) -> str:  # noqa: FBT001 - a row's form of a check
        expected = {listed_name(number).removeprefix(LISTED) for number in range(self.stage.amounts.names)}
        if isinstance(told, int):
            return "" if told == len(expected) else f"{told} names were listed of {len(expected)}"
        lines = told if told is not None else Path(into).read_text().splitlines()
        found = {line.rpartition("/")[2].rpartition(" ")[2] for line in lines if line.strip()}
        wrong = f"{len(found)} names were listed, not the {len(expected)} of the place"
        return "" if found == expected else wrong
