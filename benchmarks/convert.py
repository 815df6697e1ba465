"""The speed of the format engine beside its peers: 400-byte records in IBM 939 to CSV of 17 columns, and back.

``python benchmarks/convert.py --records 1000000``; README.md says how to read the result. Each contender runs in a
process of its own on one core; what the gateway makes is compared with the generator's files, byte by byte.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import platform
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import resident_records
import yaml
from resident_records import LEGACY_NAME, LENGTH, STANDARD_NAME, RecordFiles

TO_CSV, TO_LEGACY = "legacy to CSV", "CSV to legacy"
MEBI = 1 << 20
WARM_UP = 2000
SAMPLED = 10
"""Milliseconds between two looks at a process's memory."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to do the work: a command, or a function of this file that runs warm in its own process."""

    name: str
    direction: str
    source: str
    command: tuple[str, ...] = ()
    expected: str = ""
    """The file that the result must equal; empty: one that no other makes to the byte (runs of shifts joined)."""
    prints: bool = False
    """The command's output is the result."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds on the clock and on the processor of each run, the peak resident bytes, whether the result was right."""

    name: str
    direction: str
    runs: list[tuple[float, float]] = field(default_factory=list)
    resident: int = 0
    correct: bool | None = True
    """None: not compared."""

    def speeds(self, size: int, *, processor: bool = False) -> tuple[float, float, float]:
        """MB (10^6 bytes of legacy records) a second: median, lowest, highest."""
        found = [size / run[processor] / 1e6 for run in self.runs]
        return statistics.median(found), min(found), max(found)


def gateway_converter(direction: str) -> Callable[[Path, Path], object]:
    """Our engine in this process, compiled."""
    from gateway.formats import Form, Layout, Mapping, compile_conversion  # noqa: PLC0415 - peers run without it

    legacy = Form(layout=Layout.model_validate(resident_records.legacy_layout() | {"name": LEGACY_NAME}))
    standard = Form(
        layout=Layout.model_validate(resident_records.standard_layout() | {"name": STANDARD_NAME})
    )
    mapping = Mapping.model_validate(resident_records.mapping() | {"name": "resident"})
    ends = (legacy, standard) if direction == TO_CSV else (standard, legacy)
    converter = compile_conversion(*ends, mapping)
    return converter.convert


def peer(name: str) -> Callable[[Path, Path], object]:
    """A peer written in Python."""
    import conversion_peers  # noqa: PLC0415 - the gateway runs without it

    found: Callable[[Path, Path], object] = getattr(conversion_peers, name)
    return found


def work(name: str, direction: str, source: Path, target: Path, runs: int) -> list[tuple[float, float]]:
    """Run one contender warm in this process."""
    convert = gateway_converter(direction) if name == "gateway" else peer(name)
    warm = RecordFiles(Path(tempfile.mkdtemp(dir=target.parent)))
    warm.write(WARM_UP)
    convert(warm.legacy if direction == TO_CSV else warm.standard, target)
    shutil.rmtree(warm.legacy.parent)
    return [timed(partial(convert, source, target)) for _ in range(runs)]


def timed(job: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and on the processor."""
    began, worked = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - began, time.process_time() - worked


def pinned(core: int) -> Callable[[], None]:
    """For a child process: stay on one core."""
    return partial(os.sched_setaffinity, 0, {core})


def run_pinned(command: list[str], core: int, *, out: Path | None = None) -> tuple[tuple[float, float], int]:
    """Seconds, on the clock and on the processor, and peak resident bytes of a command; its output goes to ``out``."""
    with (out or Path(os.devnull)).open("wb") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=stream, preexec_fn=pinned(core))  # noqa: PLW1509 - no threads here
        resident = watched(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    return (seconds, usage.ru_utime + usage.ru_stime), resident


def watched(pid: int) -> int:
    """Peak resident bytes of a process, once it has ended.

    Not from ``wait4``: there the memory of this process before ``exec`` counts as the command's.
    """
    resident = 0
    ended = select.poll()
    descriptor = os.pidfd_open(pid)
    ended.register(descriptor, select.POLLIN)
    while not ended.poll(SAMPLED):
        resident = max(resident, high_water(pid))
    os.close(descriptor)
    return resident


def high_water(pid: int) -> int:
    """Peak resident bytes of a running process so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    kibi = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(kibi) * 1024


class Benchmark:
    """One run over files in a folder of its own."""

    def __init__(self, folder: Path, *, records: int, runs: int, core: int) -> None:
        self.folder, self.records, self.runs, self.core = folder, records, runs, core
        self.files = RecordFiles(folder)
        self.utf8 = folder / "characters.txt"
        self.city = folder / "city"

    @property
    def size(self) -> int:
        """Bytes of legacy records."""
        return self.records * LENGTH

    def prepare(self) -> None:
        """Write the files and a configuration folder for the command line."""
        self.files.write(self.records)
        run_pinned(
            ["uconv", "-f", "ibm-939", "-t", "utf-8", str(self.files.characters)], self.core, out=self.utf8
        )
        written = {
            f"layouts/{LEGACY_NAME}.yaml": resident_records.legacy_layout(),
            f"layouts/{STANDARD_NAME}.yaml": resident_records.standard_layout(),
            "mappings/resident.yaml": resident_records.mapping(),
            "endpoints.yaml": {"endpoints": {}},
            "systems.yaml": {"systems": {}},
            "gateway.yaml": {"gateway": {"name": "benchmark", "timezone": "Asia/Tokyo", "state_dir": "var"}},
        }
        for name, content in written.items():
            path = self.city / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")

    def contenders(self) -> Iterator[Contender]:
        """Everyone, in both directions."""
        for direction, source, expected in (
            (TO_CSV, self.files.legacy, self.files.standard),
            (TO_LEGACY, self.files.standard, self.files.legacy),
        ):
            ends = partial(Contender, direction=direction, source=str(source), expected=str(expected))
            yield ends(name="gateway, warm")
            yield ends(name="gateway, command line with proof", command=self._command(direction, source))
            yield ends(name="Python loop")
            if direction == TO_CSV:
                yield ends(name="numpy by columns")
            yield from self._converters(direction)

    def _converters(self, direction: str) -> Iterator[Contender]:
        """The converters of characters."""
        for program, legacy, utf8 in (
            ("iconv", "IBM939", "UTF-8"),
            ("iconv", "IBM1399", "UTF-8"),
            ("uconv", "ibm-939", "utf-8"),
        ):
            codes = (legacy, utf8) if direction == TO_CSV else (utf8, legacy)
            source = str(self.files.characters if direction == TO_CSV else self.utf8)
            name = f"{'ICU ' if program == 'uconv' else ''}{program} {legacy}, characters only"
            command = (program, "-f", codes[0], "-t", codes[1], source)
            expected = str(self.utf8) if direction == TO_CSV else ""
            yield Contender(
                name=name, direction=direction, source=source, command=command, expected=expected, prints=True
            )

    def _command(self, direction: str, source: Path) -> tuple[str, ...]:
        layouts = (LEGACY_NAME, STANDARD_NAME) if direction == TO_CSV else (STANDARD_NAME, LEGACY_NAME)
        program = (sys.executable, "-m", "gateway", "--config", str(self.city), "convert", str(source))
        return (*program, "--layout", layouts[0], "--to", layouts[1], "--output", str(self.folder / "made"))

    def measure(self, contender: Contender) -> Measured:
        """Every run of one contender."""
        made = self.folder / "made"
        made.unlink(missing_ok=True)
        found = self._command_runs(contender, made) if contender.command else self._warm_runs(contender, made)
        correct = filecmp.cmp(made, contender.expected, shallow=False) if contender.expected else None
        made.unlink(missing_ok=True)
        return Measured(
            name=contender.name,
            direction=contender.direction,
            runs=found[0],
            resident=found[1],
            correct=correct,
        )

    def _command_runs(self, contender: Contender, made: Path) -> tuple[list[tuple[float, float]], int]:
        seconds, resident = [], 0
        for _ in range(self.runs):
            made.unlink(missing_ok=True)
            out = made if contender.prints else None
            took, memory = run_pinned(list(contender.command), self.core, out=out)
            seconds.append(took)
            resident = max(resident, memory)
        return seconds, resident

    def _warm_runs(self, contender: Contender, made: Path) -> tuple[list[tuple[float, float]], int]:
        names = {
            ("Python loop", TO_CSV): "loop_to_csv",
            ("Python loop", TO_LEGACY): "loop_to_legacy",
            ("numpy by columns", TO_CSV): "numpy_to_csv",
        }
        name = names.get((contender.name, contender.direction), "gateway")
        command = [sys.executable, __file__, "--work", name, contender.direction, contender.source, str(made)]
        told = self.folder / "seconds.json"
        _, resident = run_pinned([*command, "--runs", str(self.runs)], self.core, out=told)
        return [(clock, processor) for clock, processor in json.loads(told.read_text())], resident


def versions() -> dict[str, str]:
    """What took part."""

    def first_line(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "iconv": first_line("iconv", "--version"),
        "uconv": first_line("uconv", "--version"),
        "processor": next(
            (
                line.split(":")[1].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if "model name" in line
            ),
            platform.machine(),
        ),
    }


def table(measured: list[Measured], size: int) -> Iterator[str]:
    """The result in Markdown. Ratios are to ICU's characters-only speed in the same direction."""
    yield (
        "| direction | contender | MB/s median (min to max) | ratio to ICU | MB per second of processor | ratio to ICU "
        "| records/s of processor | peak RSS MiB | result |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    icu = {one.direction: one for one in measured if one.name.startswith("ICU")}
    for one in measured:
        median, low, high = one.speeds(size)
        work, _, _ = one.speeds(size, processor=True)
        peer = icu.get(one.direction)
        clock = f"{median / peer.speeds(size)[0]:.2f}" if peer else "-"
        ratio = f"{work / peer.speeds(size, processor=True)[0]:.2f}" if peer else "-"
        result = {True: "as expected", False: "WRONG", None: "not compared"}[one.correct]
        yield (
            f"| {one.direction} | {one.name} | {median:.1f} ({low:.1f} to {high:.1f}) | {clock} | {work:.1f} | {ratio} "
            f"| {work * 1e6 / LENGTH:,.0f} | {one.resident / MEBI:.0f} | {result} |"
        )


def compare(options: argparse.Namespace) -> int:
    """Everyone side by side; 1 if a result was wrong."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        benchmark = Benchmark(Path(folder), records=options.records, runs=options.runs, core=options.core)
        benchmark.prepare()
        wanted = [one for one in benchmark.contenders() if any(word in one.name for word in options.only)]
        measured = [benchmark.measure(one) for one in wanted]
    found = versions()
    print(f"{options.records:,} records of {LENGTH} bytes, {options.runs} runs each, one core.")
    print("; ".join(f"{name} {version}" for name, version in found.items()) + "\n")
    print("\n".join(table(measured, benchmark.size)))
    if options.json:
        content = {
            "records": options.records,
            "versions": found,
            "measured": [asdict(one) for one in measured],
        }
        options.json.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0 if all(one.correct is not False for one in measured) else 1


def _write_large(path: Path, size: int) -> int:
    """A legacy file of about that many bytes, one chunk over and over; gives the number of records."""
    raw, _, _ = RecordFiles(path.parent).chunk(0, resident_records.CHUNK)
    times = max(1, size // len(raw))
    with path.open("wb") as stream:
        for _ in range(times):
            stream.write(raw)
    return times * resident_records.CHUNK


def memory(options: argparse.Namespace) -> int:
    """The engine over a large file, both ways; 1 if it took more than 256 MiB."""
    most = 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source, middle, back = (Path(folder) / name for name in ("large.dat", "large.csv", "back.dat"))
        room = shutil.disk_usage(folder).free
        records = _write_large(source, min(options.memory, room // 5))
        for direction, read, made in ((TO_CSV, source, middle), (TO_LEGACY, middle, back)):
            command = [
                sys.executable,
                __file__,
                "--work",
                "gateway",
                direction,
                str(read),
                str(made),
                "--runs",
                "1",
            ]
            seconds, resident = run_pinned(command, options.core)
            most = max(most, resident)
            print(f"{direction}: {records:,} records, {read.stat().st_size:,} bytes read, {seconds[0]:,.0f} s, "
                  f"peak RSS {resident / MEBI:.1f} MiB", flush=True)  # fmt: skip
        same = filecmp.cmp(source, back, shallow=False)
        print(f"back again: {'byte-identical' if same else 'DIFFERENT'}")
    return 0 if same and most < 256 * MEBI else 1


def _bytes(text: str) -> int:
    units = {"MiB": MEBI, "GiB": MEBI * 1024, "GB": 10**9}
    unit = next((unit for unit in units if text.endswith(unit)), "")
    return int(float(text.removesuffix(unit)) * units.get(unit, 1))


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="The speed of the format engine beside its peers.")
    parser.add_argument("--records", type=int, default=1_000_000, help="records in each file")
    parser.add_argument("--runs", type=int, default=5, help="runs of each contender")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to stay on")
    parser.add_argument("--only", nargs="+", default=[""], help="contenders with one of these in their names")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument(
        "--folder", type=Path, help="where to put the files; absent: the usual temporary folder"
    )
    parser.add_argument(
        "--memory", type=_bytes, nargs="?", const=_bytes("10GB"), help="only measure memory; size, 10GB"
    )
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        name, direction, source, target = options.work
        print(json.dumps(work(name, direction, Path(source), Path(target), options.runs)))
        return 0
    if shutil.which("uconv") is None:
        raise SystemExit("uconv is missing: apt-get install icu-devtools")
    return memory(options) if options.memory else compare(options)


if __name__ == "__main__":
    sys.exit(main())
