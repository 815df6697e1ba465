"""The routes of a chaos run: every kind of place with every other, both conversions, consumers that take files away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.city import CSV, FIXED, MAPPING
from tests.support.states import CHANGES

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("folder", "ftp", "sftp", "store", "bucket")
"""A folder of the gateway's machine, vsftpd, OpenSSH, LocalBucket's object store and moto's."""

TARGETS = KINDS[:4]
"""moto is a source alone: it keeps what came of a body that was cut as if it were the whole object."""

AFTER = ("delete", "archive", "keep")
RETRY = {"fast": {"times": 3, "within": "3s"}, "slow": {"every": "2s"}}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route: from which place to which, what becomes of the file, and who takes it away.

    ``numbered``: its files carry numbers, and go in their order without a gap. ``split``: most records of a file at the
    destination. ``changes``: full files come, and what changed between them goes out.
    """

    name: str
    source: str
    target: str
    after: str = "delete"
    form: str = "as it came"  # or "to csv", "to fixed"
    collected: bool = False
    numbered: bool = False
    split: int = 0
    changes: bool = False

    @property
    def suffix(self) -> str:
        """What the names of its sources end with."""
        return ".csv" if self.form == "to fixed" else ".dat"

    def described(self) -> dict[str, Any]:
        """For the checker: values only."""
        return asdict(self) | {"suffix": self.suffix}


def all_routes() -> list[Route]:
    """Some four dozen routes."""
    pairs = list(product(KINDS, TARGETS))
    plain = [
        Route(name=f"p{number:02}", source=source, target=target, after=AFTER[number % 3])
        for number, (source, target) in enumerate(pairs)
    ]
    ways = [("ftp", "store"), ("sftp", "store"), ("folder", "sftp"), ("store", "ftp")]
    up = [Route(name=f"u{n}", source=a, target=b, form="to csv") for n, (a, b) in enumerate(ways)]
    down = [Route(name=f"d{n}", source=b, target=a, form="to fixed") for n, (a, b) in enumerate(ways)]
    taken = [Route(name=f"c{n}", source="folder", target=to, collected=True) for n, to in enumerate(TARGETS)]
    numbered = [
        Route(name=f"s{n}", source=a, target=b, numbered=True)
        for n, (a, b) in enumerate(
            [("folder", "store"), ("ftp", "sftp"), ("sftp", "ftp"), ("store", "folder")]
        )
    ]
    split = [
        Route(name="x0", source="folder", target="store", form="to csv", split=50),
        Route(name="x1", source="ftp", target="sftp", form="to csv", split=50),
        Route(name="x2", source="store", target="ftp", form="to fixed", split=50),
    ]
    changes = [
        Route(name=f"t{n}", source=a, target=b, form="to changes", changes=True)
        for n, (a, b) in enumerate(
            [("folder", "store"), ("ftp", "sftp"), ("sftp", "ftp"), ("bucket", "folder")]
        )
    ]
    return plain + up + down + taken + numbered + split + changes


def write_city(config: Path, state: Path, routes: list[Route], endpoints: dict[str, dict[str, Any]]) -> None:
    """The configuration folder."""
    _write(
        config / "gateway.yaml",
        {
            "gateway": {"name": "chaos", "state_dir": str(state), "drain": "20s"},
            "console": {"listen": "127.0.0.1:0"},
            "limits": {"spool": "8GiB", "transfers": 16},
            "vendors": {"v": {}},
        },
    )
    _write(
        config / "systems.yaml",
        {
            "systems": {
                "old": {"vendor": "v", "standard_from": "never"},
                "new": {"vendor": "v", "standard_from": "always"},
            }
        },
    )
    _write(config / "endpoints.yaml", {"endpoints": endpoints})
    written = {
        "layouts/fixed": FIXED,
        "layouts/csv": CSV,
        "layouts/changes": CHANGES,
        "mappings/fixed-to-csv": MAPPING,
        "mappings/fixed-to-changes": MAPPING.replace("to: csv", "to: changes"),
    }
    for folder, text in written.items():
        _write(config / f"{folder}.yaml", yaml.safe_load(text))
    for route in routes:
        _write(config / f"routes/v/{route.name}.yaml", _route(route))


def _route(route: Route) -> dict[str, Any]:
    source = {"endpoint": route.source, "path": f"{route.name}/in/*{route.suffix}", "ready": "at-once"}
    target = {"endpoint": route.target, "path": f"{route.name}/out/{{stem}}{{revision}}{{suffix}}"}
    if route.collected:
        target |= {"taken": {"by": "removed", "within": "30m"}}
    text: dict[str, Any] = {"schedule": {"every": "1s"}, "after": route.after, "retry": RETRY}
    if route.numbered:
        text["order"] = {"by": "sequence", "sequence": r"_(?P<seq>\d{6})\.", "on_gap": "hold"}
        source["content"] = target["content"] = "differential"
    if route.split:
        text["limits"] = {"records_per_file": route.split}
        target["path"] = f"{route.name}/out/{{stem}}{{revision}}_{{part:02}}.out"
    if route.changes:
        return text | _changes(route, source, target)
    if route.form == "as it came":
        return text | {"from": _end("old", "legacy", source), "to": _end("old", "legacy", target)}
    fixed, csv = ("from", "to") if route.form == "to csv" else ("to", "from")
    ends = {"from": source, "to": target}
    if not route.split:
        ends["to"] |= {"path": f"{route.name}/out/{{stem}}{{revision}}.out"}
    text[fixed] = _end("old", "legacy", ends[fixed] | {"layout": "fixed"})
    text[csv] = _end("new", "standard", ends[csv] | {"layout": "csv"})
    return text | {"convert": "fixed-to-csv"}


def _changes(route: Route, source: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    full = source | {"layout": "fixed", "content": "full"}
    told = target | {
        "path": f"{route.name}/out/{{seq:06}}.csv",
        "layout": "changes",
        "content": "differential",
    }
    return {
        "from": _end("old", "legacy", full),
        "to": _end("new", "standard", told),
        "convert": "fixed-to-changes",
        "delta": {"key": ["番号"], "shrink": "50%"},
    }


def _end(system: str, format_: str, place: dict[str, Any]) -> dict[str, Any]:
    return {"system": system, format_: place}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
