"""The words of the field as values, shared by every module of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Format(StrEnum):
    """The language that an end of a route speaks at an instant."""

    LEGACY = "legacy"
    STANDARD = "standard"


class Phase(StrEnum):
    """Where a route stands in the migration (現行・過渡期・標準化後)."""

    CURRENT = "current"
    TRANSITION = "transition"
    STANDARD = "standard"


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One line for people, in both of their languages; ``facts`` are for machines."""

    text: str
    text_ja: str
    facts: Mapping[str, object] = field(default_factory=dict)


FORMATS_JA = {Format.LEGACY: "現行形式", Format.STANDARD: "標準形式"}

StandardFrom = datetime | Literal["always", "never"]
"""The instant from which a system speaks the standardized format; a datetime carries its offset."""
