"""The routes of a chaos run: every kind of place with every other, both conversions, consumers that take files away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.city import CSV, FIXED, MAPPING

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
    """One route: from which place to which, what becomes of the file, and who takes it away."""

    name: str
    source: str
    target: str
    after: str = "delete"
    form: str = "as it came"  # or "to csv", "to fixed"
    collected: bool = False
    ordered: bool = False
    """Its files are numbered and changes: none may be seen at its destination before those before it."""

    @property
    def suffix(self) -> str:
        """What the names of its sources end with."""
        return ".csv" if self.form == "to fixed" else ".dat"

    def described(self) -> dict[str, Any]:
        """For the checker: values only."""
        return asdict(self) | {"suffix": self.suffix}


def all_routes() -> list[Route]:
    """About three dozen routes."""
    pairs = list(product(KINDS, TARGETS))
    plain = [
        Route(name=f"p{number:02}", source=source, target=target, after=AFTER[number % 3])
        for number, (source, target) in enumerate(pairs)
    ]
    ways = [("ftp", "store"), ("sftp", "store"), ("folder", "sftp"), ("store", "ftp")]
    up = [Route(name=f"u{n}", source=a, target=b, form="to csv") for n, (a, b) in enumerate(ways)]
    down = [Route(name=f"d{n}", source=b, target=a, form="to fixed") for n, (a, b) in enumerate(ways)]
    taken = [Route(name=f"c{n}", source="folder", target=to, collected=True) for n, to in enumerate(TARGETS)]
    return plain + up + down + taken


def ordered_routes() -> list[Route]:
    """Numbered changes, between hosts and folders in turn."""
    ways = [("ftp", "sftp"), ("sftp", "ftp"), ("folder", "ftp"), ("ftp", "folder")]
    return [Route(name=f"s{n}", source=a, target=b, ordered=True) for n, (a, b) in enumerate(ways)]


def write_city(config: Path, state: Path, routes: list[Route], endpoints: dict[str, dict[str, Any]]) -> None:
    """The configuration folder."""
    _write(
        config / "gateway.yaml",
        {
            "gateway": {"name": "chaos", "state_dir": str(state), "drain": "20s"},
            "console": {"listen": "127.0.0.1:0"},
            "limits": {"spool": "8GiB"},
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
    for folder, text in (("layouts/fixed", FIXED), ("layouts/csv", CSV), ("mappings/fixed-to-csv", MAPPING)):
        _write(config / f"{folder}.yaml", yaml.safe_load(text))
    for route in routes:
        _write(config / f"routes/v/{route.name}.yaml", _route(route))


def _route(route: Route) -> dict[str, Any]:
    source = {"endpoint": route.source, "path": f"{route.name}/in/*{route.suffix}", "ready": "at-once"}
    target = {"endpoint": route.target, "path": f"{route.name}/out/{{stem}}{{revision}}{{suffix}}"}
    if route.collected:
        target |= {"taken": {"by": "removed", "within": "30m"}}
    text: dict[str, Any] = {"schedule": {"every": "1s"}, "after": route.after, "retry": RETRY}
    if route.ordered:
        source |= {"path": f"{route.name}/in/F{{seq:06}}.dat", "content": "differential"}
        text["order"] = {"by": "sequence"}
    if route.form == "as it came":
        return text | {"from": _end("old", "legacy", source), "to": _end("old", "legacy", target)}
    fixed, csv = ("from", "to") if route.form == "to csv" else ("to", "from")
    ends = {"from": source, "to": target}
    ends["to"] |= {"path": f"{route.name}/out/{{stem}}{{revision}}.out"}
    text[fixed] = _end("old", "legacy", ends[fixed] | {"layout": "fixed"})
    text[csv] = _end("new", "standard", ends[csv] | {"layout": "csv"})
    return text | {"convert": "fixed-to-csv"}


def _end(system: str, format_: str, place: dict[str, Any]) -> dict[str, Any]:
    return {"system": system, format_: place}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
