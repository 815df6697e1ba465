"""Faults in the formats of other tools: SARIF for code scanning, workflow commands for GitHub. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.load import Fault

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    "error": "Keeps what it concerns from running.",
    "warning": "Keeps nothing from running.",
}


def sarif(faults: Iterable[Fault], directory: Path) -> dict[str, Any]:
    """Faults as a SARIF log, version 2.1.0 (OASIS). ``directory`` is the configuration's folder."""
    rules = [{"id": rule_id(name), "shortDescription": {"text": text}} for name, text in _RULES.items()]
    driver = {"name": "linkage-gateway", "version": version("linkage-gateway"), "rules": rules}
    results = [_result(fault, directory) for fault in faults]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def rule_id(severity: str) -> str:
    """The name under which other tools know faults of a severity."""
    return f"configuration-{severity}"


def _result(fault: Fault, directory: Path) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": fault.line, "startColumn": fault.column}
    if fault.source:
        region["snippet"] = {"text": fault.source}
    place = {"artifactLocation": {"uri": quote(_path(fault, directory))}, "region": region}
    return {
        "ruleId": rule_id(fault.severity),
        "level": str(fault.severity),
        "message": {"text": fault.message},
        "locations": [{"physicalLocation": place}],
    }


def github_lines(faults: Iterable[Fault], directory: Path) -> Iterator[str]:
    """Faults as workflow commands (``::error file=...``), which GitHub shows beside the lines that they concern."""
    for fault in faults:
        place = f"file={_property(_path(fault, directory))},line={fault.line},col={fault.column}"
        yield f"::{fault.severity} {place}::{_escaped(fault.message)}"


def _path(fault: Fault, directory: Path) -> str:
    """The file as seen from where the command was started."""
    path = Path(os.path.normpath(directory / fault.file))
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
