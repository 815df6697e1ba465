"""Says what became of every file of a chaos run; exit code 1 if anything is wrong.

    python -m tests.chaos.checker RECORDS

It knows nothing of the gateway, and reads neither its journal nor its logs: only what the senders wrote down
(``sent.jsonl``), what consumers took away (``taken.jsonl``), the places themselves (``places.json``), and, to compare
with all that, the sheet that the command ``ledger`` printed (``ledger.json``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER = "番号,氏名,金額\n"


def expected(form: str, rows: list[list[Any]], content: bytes, split: int = 0) -> list[bytes]:
    """What a file must be at its destination, in parts of ``split`` rows; rows are number, name and amount."""
    if form not in ("to csv", "to fixed"):
        return [content]
    written = csv_of if form == "to csv" else fixed_of
    size = split or len(rows)
    return [written(rows[start : start + size]) for start in range(0, len(rows), size)]


Table = dict[str, list[Any]]


def applied(files: list[tuple[str, bytes]]) -> tuple[Table, list[str]]:
    """The rows that files of changes leave, taken in by their names, and what cannot be done of them."""
    table: Table = {}
    wrong = []
    for path, data in sorted(files):
        for row in csv.DictReader(io.StringIO(data.decode())):
            kind, number = row["区分"], row["番号"]
            if (kind == "1") == (number in table):
                wrong.append(f"{path}: {kind} of {number}")
            if kind == "3":
                table.pop(number, None)
            else:
                table[number] = [number, row["氏名"], int(row["金額"])]
    return table, wrong


def csv_of(rows: list[list[Any]]) -> bytes:
    """The standardized form of these rows."""
    return (HEADER + "".join(f"{number},{name},{amount}\n" for number, name, amount in rows)).encode()


def fixed_of(rows: list[list[Any]]) -> bytes:
    """The legacy form: number in 5 digits, name in 10 bytes of CP932, amount zoned in 5."""
    return b"".join(
        number.encode() + name.encode("cp932").ljust(10) + f"{amount:05}".encode()
        for number, name, amount in rows
    )


class Place:
    """The files of a folder of this machine, or of a bucket, by path."""

    def __init__(self, where: dict[str, str]) -> None:
        self._where = where
        self._client = None
        if "url" in where:
            import boto3  # noqa: PLC0415 - only where a bucket is to be read

            self._client = boto3.client(
                "s3",
                endpoint_url=where["url"],
                region_name="ap-northeast-1",
                aws_access_key_id="checker",
                aws_secret_access_key="checker",
            )

    def files(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Every file below a folder, unfinished ones too: its path and its bytes."""
        if self._client is None:
            root = Path(self._where["folder"])
            for path in sorted((root / folder).rglob("*")):
                if path.is_file():
                    yield str(path.relative_to(root)), path.read_bytes()
            return
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._where["bucket"], Prefix=f"{folder}/"
        )
        for key in [one["Key"] for page in pages for one in page.get("Contents", ())]:
            yield key, self._client.get_object(Bucket=self._where["bucket"], Key=key)["Body"].read()


@dataclass
class Found:
    """What is wrong, in words, by kind; and the figures."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    figures: Counter[str] = field(default_factory=Counter)

    def say(self, kind: str, what: str) -> None:
        self.faults[kind].append(what)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def check_route(
    route: dict[str, Any],
    sent: list[dict[str, Any]],
    taken: list[dict[str, Any]],
    places: dict[str, Place],
    found: Found,
) -> None:
    """Every file of one route: once at its destination or taken from there, and settled at its source."""
    if route["changes"]:
        check_changes(route, sent, places, found)
        return
    name, by_content = route["name"], {sha256: one for one in sent for sha256 in one["arrives"]}
    arrived = Counter(one["sha256"] for one in taken)
    for path, data in places[route["target"]].files(f"{name}/out"):
        sha256 = digest(data)
        if path.endswith(f"/.lgw-owner-{name}"):
            continue
        if sha256 not in by_content:
            found.say("strange", f"{name}: {path} ({len(data)} bytes) is nothing that was sent")
            continue
        if not path.rpartition("/")[2].startswith(by_content[sha256]["stem"]):
            found.say("strange", f"{name}: {path} has the content of {by_content[sha256]['path']}")
        arrived[sha256] += 1
    for sha256, one in by_content.items():
        if not arrived[sha256]:
            found.say("lost", f"{name}: {one['path']} is not at its destination")
        elif arrived[sha256] > 1:
            found.say("doubled", f"{name}: {one['path']} arrived {arrived[sha256]} times")
    count(route, sent, places, found)


def check_changes(
    route: dict[str, Any], sent: list[dict[str, Any]], places: dict[str, Place], found: Found
) -> None:
    """What its consumer makes of all files of changes, each taken in once, is the newest full file."""
    name, own = route["name"], f"/.lgw-owner-{route['name']}"
    there = [one for one in places[route["target"]].files(f"{name}/out") if not one[0].endswith(own)]
    table, wrong = applied(there)
    for what in wrong:
        found.say("doubled", f"{name}: {what} cannot be done")
    newest = {row[0]: row for row in sent[-1]["rows"]} if sent else {}
    if table != newest:
        found.say("lost", f"{name}: {len(there)} files of changes leave {len(table)} rows of {len(newest)}")
    count(route, sent, places, found)


def count(route: dict[str, Any], sent: list[dict[str, Any]], places: dict[str, Place], found: Found) -> None:
    """Count what was sent, and look at what is left of it."""
    found.figures["files"] += len(sent)
    found.figures["bytes"] += sum(one["bytes"] for one in sent)
    found.figures["records"] += sum(one["records"] or 0 for one in sent)
    check_source(route, sent, places, found)


def check_source(
    route: dict[str, Any], sent: list[dict[str, Any]], places: dict[str, Place], found: Found
) -> None:
    """The source was put away as its route says, and never before."""
    left = Counter(digest(data) for _, data in places[route["source"]].files(f"{route['name']}/in"))
    archived = Counter(
        digest(data) for _, data in places[route["source"]].files(f"{route['name']}/in/archive")
    )
    for one in sent:
        there, aside = left[one["sha256"]], archived[one["sha256"]]
        wanted = {"delete": (0, 0), "keep": (1, 0), "archive": (1, 1)}[route["after"]]
        if (there, aside) != wanted:
            found.say("unsettled", f"{route['name']}: {one['path']} is {there} times at its source")


def check_ledger(ledger: dict[str, Any], routes: list[dict[str, Any]], sent: Any, found: Found) -> None:
    """The gateway's own book says the same as the senders, in files, bytes and records."""
    if not ledger["balances"]:
        found.say("ledger", "it does not balance")
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in ledger["lines"]:
        for part in ("in", "delivered", "difference"):
            sums[line["route"], line["unit"]][part] += line[part]
    for route in routes:
        name, own = route["name"], sent[route["name"]]
        if route["changes"]:
            check_line_of_changes(name, len(own), sums[name, "files"], found)
            continue
        told = {"files": len(own), "bytes": sum(one["bytes"] for one in own)}
        if route["form"] != "as it came":
            told["records"] = sum(one["records"] for one in own)
        for unit, count in told.items():
            line = sums[name, unit]
            if (line["in"], line["delivered"], line["difference"]) != (count, count, 0):
                found.say("ledger", f"{name}: {count} {unit} were sent; the ledger has {dict(line)}")


def check_line_of_changes(name: str, count: int, line: Counter[str], found: Found) -> None:
    """Not every full file goes out: of several that wait only the newest does."""
    if (line["in"], line["difference"]) != (count, 0):
        found.say("ledger", f"{name}: {count} full files were sent; the ledger has {dict(line)}")


def check(records: Path) -> Found:
    """Look at everything."""
    plan = json.loads((records / "places.json").read_text(encoding="utf-8"))
    places = {name: Place(where) for name, where in plan["places"].items()}
    sent, taken, found = defaultdict(list), defaultdict(list), Found()
    for one in lines(records / "sent.jsonl"):
        sent[one["route"]].append(one)
    for one in lines(records / "taken.jsonl"):
        taken[one["route"]].append(one)
    for route in plan["routes"]:
        check_route(route, sent[route["name"]], taken[route["name"]], places, found)
    check_ledger(
        json.loads((records / "ledger.json").read_text(encoding="utf-8")), plan["routes"], sent, found
    )
    return found


def main(records: Path) -> int:
    found = check(records)
    kinds = ("lost", "doubled", "strange", "unsettled", "ledger")
    told = {**found.figures, **{kind: len(found.faults[kind]) for kind in kinds}}
    (records / "verdict.json").write_text(json.dumps(told), encoding="utf-8")
    for kind in kinds:
        for what in found.faults[kind][:20]:
            print(f"{kind}: {what}")  # noqa: T201 - a program of its own
    return int(any(found.faults[kind] for kind in kinds))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
