"""A small city for tests: a configuration folder out of a few words, on folders of the test's own."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import ClassVar
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.app import Around, Gateway, Result
from gateway.load import City, load
from gateway.logs.log import StructuredLog, open_log
from gateway.sealing.identity import text_of
from gateway.times.clock import SystemClock

QUICK = timedelta(seconds=20)

FIXED = """
title: 見本
records: fixed
length: 20
encoding: cp932
items:
  - {name: 番号, type: text, length: 5, width: half, key: true}
  - {name: 氏名, type: text, length: 10}
  - {name: 金額, type: zoned, digits: 5}
"""


CSV = """
title: 見本（標準）
records: csv
items:
  - {id: "00100001", name: 番号, type: X, length: 5, key: true}
  - {id: "00100002", name: 氏名, type: N, length: 5}
  - {id: "00100003", name: 金額, type: S9, length: 5}
"""
MAPPING = """
from: fixed
to: csv
items:
  - {from: 番号, to: "00100001"}
  - {from: 氏名, to: "00100002"}
  - {from: 金額, to: "00100003"}
"""
CONVERTING = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
to:
  system: new
  standard: {endpoint: there, path: "{seq:04}.csv", layout: csv}
convert: fixed-to-csv
schedule: {every: 1s}
after: delete
"""
"""A route that converts the one layout into the other."""


class Lines(logging.Handler):
    """Keeps log lines for a test to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
        self._news.set()

    def events(self, name: str) -> list[dict[str, object]]:
        return [line for line in map(json.loads, self.lines) if line["event"] == name]

    async def seen(self, name: str, count: int = 1) -> list[dict[str, object]]:
        """Wait until the event was logged so often."""
        async with asyncio.timeout(30):
            while len(self.events(name)) < count:
                self._news.clear()
                await self._news.wait()
        return self.events(name)


@dataclass
class Town:
    """A configuration folder under ``root``, with two local endpoints ``here`` and ``there``."""

    root: Path
    log: Lines = field(default_factory=Lines)
    new_journal: ClassVar[Callable[[], str] | None] = None
    """Gives the address of an empty journal; absent: each town has a file."""
    is_shared: ClassVar[bool] = False
    """Whether each town's gateway is one of several nodes that may share its routes."""
    encrypted: ClassVar[bool] = False
    """Whether towns encrypt their files at rest."""

    def __post_init__(self) -> None:
        for name in ("here", "there", "config/routes/v", "config/layouts", "config/mappings"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.write(
            "gateway.yaml",
            f"""
            gateway: {{name: test, state_dir: {self.root / "state"}, drain: 10s}}
            console: {{listen: "127.0.0.1:0"}}
            limits: {{spool: 1GiB}}
            vendors: {{v: {{}}}}
            {f'journal: {{url: "{Town.new_journal()}"}}' if Town.new_journal else ""}
            {"cluster: {node: a, lease: 30s}" if Town.is_shared else ""}
            {self.encryption("first") if Town.encrypted else ""}
            """,
        )
        self.write(
            "systems.yaml",
            """
            systems:
              old: {vendor: v, standard_from: never}
              new: {vendor: v, standard_from: always}
            """,
        )
        self.endpoints("")

    @property
    def here(self) -> Path:
        return self.root / "here"

    @property
    def there(self) -> Path:
        return self.root / "there"

    def write(self, path: str, text: str) -> None:
        file = self.root / "config" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")

    def read_in(self, language: str) -> None:
        """Write ``console.language``."""
        file = self.root / "config/gateway.yaml"
        file.write_text(file.read_text().replace("console: {", f"console: {{language: {language}, "))

    def encryption(self, *ids: str) -> str:
        """The line of ``gateway.yaml`` by which files at rest are encrypted, with keys of these ids."""
        keys = ", ".join(f"{{id: {one}, key: {{file: {self.key(one)}}}}}" for one in ids)
        return f"encryption: {{keys: [{keys}]}}"

    def key(self, name: str) -> Path:
        """The file of a key; made when it is asked for first."""
        file = self.root / f"{name}.key"
        if not file.exists():
            file.write_text(text_of(X25519PrivateKey.generate()) + "\n")
            file.chmod(0o600)
        return file

    def endpoints(self, more: str) -> None:
        local = f"""
            endpoints:
              here: {{adapter: local, owner_object: false, root: {self.here}}}
              there: {{adapter: local, owner_object: false, root: {self.there}}}
        """
        self.write("endpoints.yaml", dedent(local) + indent(dedent(more), "  "))

    def route(self, name: str = "r", *, source: str = "", to: str = "", rest: str = "") -> None:
        """A route between two legacy ends; the arguments add keys to its places and to itself."""
        text = f"""
        from:
          system: old
          legacy: {{endpoint: here, path: "*.dat", ready: at-once{", " + source if source else ""}}}
        to:
          system: old
          legacy: {{endpoint: there, path: "{{stem}}{{revision}}{{suffix}}"{", " + to if to else ""}}}
        schedule: {{every: 1s}}
        """
        self.write(f"routes/v/{name}.yaml", dedent(text) + dedent(rest))

    def load(self) -> City:
        city = load(self.root / "config")
        assert not city.errors, "\n".join(str(fault) for fault in city.errors)
        return city

    def report(self) -> StructuredLog:
        return open_log(
            self.log,
            gateway="test",
            level="debug",
            text=False,
            clock=SystemClock(),
            zone=ZoneInfo("Asia/Tokyo"),
        )

    def gateway(self, around: Around | None = None) -> Gateway:
        return Gateway(self.load(), clock=SystemClock(), report=self.report(), around=around)

    async def once(self, route: str = "r", *, around: Around | None = None) -> Result:
        """Start a gateway, run one route once, stop it."""
        async with self.gateway(around) as gateway:
            return (await gateway.once([route], patience=QUICK))[0]

    def spooled(self) -> list[str]:
        return sorted(
            str(p.relative_to(self.root / "state/spool")) for p in (self.root / "state/spool").rglob("*")
        )

    def arrived(self) -> dict[str, bytes]:
        """Everything at the destination, names of unfinished files included."""
        files = (path for path in self.there.rglob("*") if path.is_file())
        return {str(path.relative_to(self.there)): path.read_bytes() for path in files}


class Silent:
    """A reporter for processes whose log nobody reads."""

    def emit(self, event: object, **fields: object) -> None:
        pass

    def bound(self, **fields: object) -> Silent:
        return self
