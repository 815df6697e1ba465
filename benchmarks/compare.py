"""Two deliveries of 400-byte records compared by key, beside reading both once; and whether shadows delay deliveries.

``python benchmarks/compare.py --records 2000000``; ``--latency`` for the second; README.md says how to read the result.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import resident_records
from convert import MEBI, watched
from resident_records import LEGACY_NAME, STANDARD_NAME, RecordFiles

if TYPE_CHECKING:
    from gateway.formats import Form

KEY, RENAMED = "宛名番号", "氏名"
EVERY_CHANGED, EVERY_LOST = 500, 1000
BYTES, RECORDS = "reading the bytes of both", "reading the records of both"


def forms() -> tuple[Form, Form]:
    """The two layouts as forms."""
    from gateway.formats import Form, Layout  # noqa: PLC0415 - loaded in the measured process alone

    legacy = Layout.model_validate(resident_records.legacy_layout() | {"name": LEGACY_NAME})
    standard = Layout.model_validate(resident_records.standard_layout() | {"name": STANDARD_NAME})
    return Form(layout=legacy), Form(layout=standard)


def write_changed(source: Path, target: Path, *, everything: bool) -> dict[str, int]:
    """The CSV in another order (its halves exchanged), without some records and with others changed."""
    counts = {"changed": 0, "only_old": 0}
    with source.open(encoding="utf-8") as lines:
        head, *rows = lines
    middle = len(rows) // 2
    column = head.rstrip("\n").split(",").index(RENAMED)
    with target.open("w", encoding="utf-8") as out:
        out.write(head)
        for number, row in enumerate((*rows[middle:], *rows[:middle])):
            if number % EVERY_LOST == 3:
                counts["only_old"] += 1
            elif everything or number % EVERY_CHANGED == 7:
                counts["changed"] += 1
                cells = row.split(",")
                cells[column] = "変更　後"
                out.write(",".join(cells))
            else:
                out.write(row)
    return counts


def read_bytes(files: dict[str, Path]) -> None:
    """Both files, byte for byte."""
    for path in files.values():
        with path.open("rb") as stream:
            while stream.read(MEBI):
                pass


def read_records(files: dict[str, Path]) -> None:
    """Both files, every item of every record read as its canonical value once, and counted."""
    import duckdb  # noqa: PLC0415 - loaded in the measured process alone

    from gateway.comparison.sides import lines  # noqa: PLC0415 - likewise
    from gateway.formats.canonical import canonical_converter  # noqa: PLC0415 - likewise

    legacy, _ = forms()
    names = [column.name for column in resident_records.columns()]
    canonical_converter(legacy, names).convert(files["old"], files["old"].with_suffix(".read"))
    columns = [f"c{index}" for index in range(len(names))]
    with duckdb.connect(":memory:") as engine:
        engine.execute(
            f"SELECT {', '.join(f'max({one})' for one in columns)} FROM {lines([files['new']], columns, skip=1)}"
        )
        engine.fetchall()


def compare(files: dict[str, Path], *, normalised: bool) -> dict[str, object]:
    """The comparison itself."""
    from gateway.comparison import Normaliser, Side, Task, paired  # noqa: PLC0415 - likewise
    from gateway.comparison import compare as compare_sides  # noqa: PLC0415 - likewise

    legacy, standard = forms()
    steps = {
        "カナ": (Normaliser(kind="width"),),
        RENAMED: (Normaliser(kind="padding"),),
        "生年月日": (Normaliser(kind="date"),),
    }
    rules = paired(
        legacy.layout, standard.layout, key=[KEY], totals=["所得額"], normalise=steps if normalised else {}
    )
    with tempfile.TemporaryDirectory(dir=files["old"].parent) as folder:
        task = Task(
            old=Side(name="old", form=legacy, paths=(files["old"],)),
            new=Side(name="new", form=standard, paths=(files["new"],)),
            rules=rules,
            today=date(2027, 1, 4),
            secret=b"benchmark",
        )
        found = compare_sides(task, Path(folder))
    return {"changed": found.changed, "only_old": found.only_old, "only_new": found.only_new}


WORK: dict[str, Callable[[dict[str, Path]], object]] = {
    BYTES: read_bytes,
    RECORDS: read_records,
    "comparing, no normalisers": lambda files: compare(files, normalised=False),
    "comparing, three normalisers": lambda files: compare(files, normalised=True),
}


def work(name: str, files: dict[str, Path]) -> None:
    """One contender in this process, kernels compiled before the clock starts."""
    from gateway.formats.fast.readiness import WORTH_WAITING, kernels_ready  # noqa: PLC0415 - likewise

    kernels_ready(size=WORTH_WAITING)
    began, worked = time.perf_counter(), time.process_time()
    found = WORK[name](files)
    print(
        json.dumps(
            {"clock": time.perf_counter() - began, "processor": time.process_time() - worked, "found": found}
        )
    )


def measured(name: str, files: dict[str, Path]) -> dict[str, Any]:
    """One run in a process of its own, with its peak of resident memory."""
    command = [
        sys.executable,
        __file__,
        "--work",
        name,
        "--files",
        json.dumps({key: str(path) for key, path in files.items()}),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    resident = watched(process.pid)
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{name} failed with {process.returncode}")
    found: dict[str, Any] = json.loads(said)
    return found | {"resident": resident}


def run(options: argparse.Namespace) -> int:
    """Every contender so often; 1 if a count was wrong or memory was over 1 GiB."""
    wrong = 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        made = RecordFiles(Path(folder))
        made.write(options.records)
        made.characters.unlink()
        files = {"old": made.legacy, "new": Path(folder) / "new.csv"}
        expected = write_changed(made.standard, files["new"], everything=options.everything)
        made.standard.unlink()
        print(
            f"2 x {options.records:,} records; {expected}; {options.runs} runs each; {os.cpu_count()} cores\n"
        )
        print(
            "| work | seconds median (min to max) | of processor | to reading records | to bytes | peak RSS MiB |"
        )
        print("|---|---|---|---|---|---|")
        base: dict[str, float] = {}
        for name in WORK:
            runs = [measured(name, files) for _ in range(options.runs)]
            clocks = [float(one["clock"]) for one in runs]
            middle, most = statistics.median(clocks), max(int(one["resident"]) for one in runs)
            base[name] = middle
            ratios = [
                middle / base[key]
                for key in ("reading the records of both", "reading the bytes of both")
                if key in base
            ]
            ratios = ratios if len(ratios) == 2 else [float("nan"), 1.0]
            print(
                f"| {name} | {middle:.2f} ({min(clocks):.2f} to {max(clocks):.2f}) "
                f"| {statistics.median(float(one['processor']) for one in runs):.2f} "
                f"| {ratios[0]:.2f} | {ratios[1]:.1f} | {most / MEBI:.0f} |"
            )
            counts = [one["found"] for one in runs if one["found"]]
            if any(found != expected | {"only_new": 0} for found in counts) or most > 1024 * MEBI:
                print(f"WRONG: {counts}, {most / MEBI:.0f} MiB")
                wrong = 1
    return wrong


LATENCY_ROUTE = """
from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}}
to: {system: old, legacy: {endpoint: there, path: "{name}", layout: fixed}}
%s
convert: fixed-to-csv
schedule: {every: 1s}
after: delete
"""
SHADOW = 'shadow: {endpoint: beside, path: "{stem}.csv", layout: csv}'


def write_city(root: Path, *, shadow: bool) -> Path:
    """A city with one route between two folders."""
    files = {
        "gateway.yaml": f"gateway: {{name: benchmark, state_dir: {root}/state}}\nvendors: {{v: {{}}}}\n",
        "systems.yaml": "systems: {old: {vendor: v, standard_from: never}}\n",
        "endpoints.yaml": "endpoints:\n"
        + "".join(
            f"  {name}: {{adapter: local, root: {root}/{name}}}\n" for name in ("here", "there", "beside")
        ),
        "layouts/fixed.yaml": "records: fixed\nlength: 20\nencoding: cp932\nitems:\n"
        "  - {name: 番号, type: text, length: 8, width: half, key: true}\n  - {name: 氏名, type: text, length: 12}\n",
        "layouts/csv.yaml": "records: csv\nitems:\n"
        "  - {name: 番号, type: X, length: 8, key: true}\n  - {name: 氏名, type: N, length: 6}\n",
        "mappings/fixed-to-csv.yaml": "from: fixed\nto: csv\nitems:\n"
        "  - {from: 番号, to: 番号}\n  - {from: 氏名, to: 氏名}\n",
        "routes/v/r.yaml": LATENCY_ROUTE % (SHADOW if shadow else ""),
    }
    for name, text in files.items():
        path = root / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("here", "there", "beside"):
        (root / name).mkdir()
    return root / "config"


class Seconds(logging.Handler):
    """Keeps how long each delivery took, from its admission to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[float] = []
        self._news = asyncio.Event()

    async def all_of(self, count: int) -> None:
        """Wait for so many."""
        while len(self.found) < count:
            await self._news.wait()
            self._news.clear()

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(self.format(record))
        if line["event"] == "file_carried":
            self.found.append(line["seconds"])
            self._news.set()


async def deliveries(files: int, *, shadow: str) -> list[float]:
    """Seconds of each delivery; ``shadow`` is none, written, or stalled."""
    from gateway.app import Around, Gateway  # noqa: PLC0415 - likewise
    from gateway.load import load  # noqa: PLC0415 - likewise
    from gateway.logs.log import open_log  # noqa: PLC0415 - likewise
    from gateway.times.clock import SystemClock  # noqa: PLC0415 - likewise

    async def stall(_target: object, _chunks: object) -> None:
        await asyncio.Event().wait()

    def around(name: str, adapter: Any) -> Any:
        if name == "beside" and shadow == "stalled":
            adapter.write = stall
        return adapter

    with tempfile.TemporaryDirectory() as folder:
        root, seen, stop = Path(folder), Seconds(), asyncio.Event()
        city = load(write_city(root, shadow=shadow != "none"))
        record = "00000001見本太郎".encode("cp932").ljust(20)
        log = open_log(
            seen, gateway="b", level="info", text=False, clock=SystemClock(), zone=ZoneInfo("Asia/Tokyo")
        )
        async with Gateway(city, clock=SystemClock(), report=log, around=Around(adapter=around)) as gateway:
            (root / "here/first.dat").write_bytes(record)
            await gateway.once(["r"], patience=timedelta(seconds=5))
            async with asyncio.timeout(300), asyncio.TaskGroup() as group:
                group.create_task(gateway.run(stop))
                for number in range(files):
                    (root / f"here/.{number}").write_bytes(record * 800)
                    (root / f"here/.{number}").rename(root / f"here/{number:05}.dat")
                await seen.all_of(files + 1)
                stop.set()
    return seen.found[1:]


def latency(options: argparse.Namespace) -> int:
    """Deliveries without a shadow, with one, and with one that stalls for ever, in turn."""
    took: dict[str, list[float]] = {"none": [], "written": [], "stalled": []}
    for _ in range(options.runs):
        for shadow in took:
            took[shadow] += asyncio.run(deliveries(options.latency, shadow=shadow))
    print(f"{options.runs} x {options.latency} files of 16,000 bytes, {datetime.now(UTC):%Y-%m-%d}\n")
    print("| shadow | seconds median | 95 of 100 within | most |\n|---|---|---|---|")
    for shadow, found in took.items():
        cut = statistics.quantiles(found, n=20)[-1]
        print(f"| {shadow} | {statistics.median(found):.3f} | {cut:.3f} | {max(found):.3f} |")
    return 0


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--everything", action="store_true", help="every record differs")
    parser.add_argument("--latency", type=int, default=0, help="files of each run instead")
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--work")
    parser.add_argument("--files", type=json.loads)
    options = parser.parse_args()
    if options.work:
        work(options.work, {key: Path(path) for key, path in options.files.items()})
        return 0
    return latency(options) if options.latency else run(options)


if __name__ == "__main__":
    raise SystemExit(main())
