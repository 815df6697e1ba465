"""Reports of comparisons for people and machines: counts, and keyed digests in place of values.

One folder a series, mode 0700, files 0600: the series' secret, and for each comparison a JSON document and a page. The
secret goes with the last report, and after that no digest can be told from another.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from gateway.comparison.outcome import Outcome
from gateway.comparison.page import page
from gateway.comparison.task import Subject
from gateway.formats.ondisk import created, opened
from gateway.sealing import PLAIN, Sealing, on_disk

SECRET = "series.key"  # noqa: S105 - the file's name
EXPIRING = "values-expire"
_SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Series:
    """The reports of one series. ``name`` is a route's, or another of the same form."""

    def __init__(self, root: Path, name: str, sealing: Sealing = PLAIN) -> None:
        if not _SAFE.fullmatch(name):
            raise ValueError("a series' name has small letters, digits and single hyphens")
        self.folder = root / name
        self._sealing = sealing

    def secret(self) -> bytes:
        """What keys are digested with; made when first asked for."""
        path = self.folder / SECRET
        if not on_disk(self._sealing.at(path)).exists():
            self._make_secret(path)
        with opened(self._sealing.at(path)) as file:
            return file.read()

    def _make_secret(self, path: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._sealing.new(self.folder / f".{secrets.token_hex(8)}")
        with created(fresh) as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(on_disk(fresh), on_disk(self._sealing.new(path)))
        fresh.unlink()

    def write(self, subject: Subject, outcome: Outcome) -> Path:
        """Write both documents; gives the path of the JSON one, beside which the page is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = f"{re.sub('[^0-9A-Za-z-]', '-', subject.slot)}-{subject.at:%Y%m%dT%H%M%S%f}"
        path = self.folder / f"{stem}.json"
        document = {"subject": asdict(subject), **asdict(outcome)}
        text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
        for target, content in ((path, text), (path.with_suffix(".html"), page(subject, outcome))):
            with created(target) as file:
                file.write(content.encode())
        return path

    def reports(self) -> list[Path]:
        """The JSON documents, oldest first."""
        return sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)

    def remove(self, report: Path) -> None:
        """Remove a report, and with the last one the secret."""
        report.unlink(missing_ok=True)
        report.with_suffix(".html").unlink(missing_ok=True)
        if not self.reports():
            self.erase()

    def erase(self) -> None:
        """Remove the whole series with its secret."""
        shutil.rmtree(self.folder, ignore_errors=True)


class ExpiringValues:
    """Files of values that people asked for, each with the last day on which it may be there."""

    def __init__(self, root: Path) -> None:
        self._folder = root / EXPIRING

    def add(self, path: Path, expires: date) -> None:
        """Remember a file before it is written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry = self._folder / f"{secrets.token_hex(8)}.json"
        with created(entry) as file:
            file.write(json.dumps({"path": str(path.absolute()), "expires": expires.isoformat()}).encode())

    def purge(self, today: date) -> list[Path]:
        """Remove the files whose last day is over; gives those that were there."""
        removed = []
        for entry in self._folder.glob("*.json"):
            noted = json.loads(entry.read_text(encoding="utf-8"))
            path = Path(noted["path"])
            if date.fromisoformat(noted["expires"]) < today:
                removed += [path] if path.exists() else []
                path.unlink(missing_ok=True)
                entry.unlink()
        return removed


def _plain(value: object) -> str:
    return (
        value.isoformat()
        if isinstance(value, date)
        else f"{value:f}"
        if isinstance(value, Decimal)
        else str(value)
    )
