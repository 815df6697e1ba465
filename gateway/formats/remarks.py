"""What stands in the remarks at the top of a table: its version, and who approved it.

A table decides what becomes of people's names and codes, so one that nobody answers for is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gateway.formats.faults import FormatFault

STATED = ("version", "approved by")


def about(lines: Iterable[str]) -> dict[str, str]:
    """Every ``# key: value`` of a table, keys in lower case."""
    return dict(_remark(line) for line in lines if line.startswith("#") and ":" in line)


def _remark(line: str) -> tuple[str, str]:
    key, _, value = line.lstrip("# ").partition(":")
    return key.strip().lower(), value.strip()


def unstated(model: Literal["table", "lookup"], name: str, remarks: dict[str, str]) -> list[FormatFault]:
    """A fault for each thing that a table must state and does not."""
    return [
        FormatFault(model=model, name=name, location=(1, key), message=f"state it at the top: `# {key}: ...`")
        for key in STATED
        if not remarks.get(key)
    ]
