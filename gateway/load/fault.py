"""One thing that is wrong in what people wrote, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from unicodedata import east_asian_width

Location = tuple[str | int, ...]
"""Keys and list positions that lead to a value, as in pydantic's ``loc``."""


class Severity(StrEnum):
    """What a fault means."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """A fault in a file. ``line`` and ``column`` count from 1; ``file`` is relative to the configuration's folder.

    ``message`` says what is wrong and, after a semicolon, what to write instead. It never holds a secret.
    """

    file: str
    line: int
    column: int
    message: str
    severity: Severity = Severity.ERROR
    source: str = field(default="", compare=False, repr=False)
    """The line as written, without anything that may be a secret."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    @property
    def excerpt(self) -> str:
        """The line and a caret below the place, for a terminal where wide characters take two columns."""
        before = self.source[: self.column - 1]
        width = sum(2 if east_asian_width(character) in "WF" else 1 for character in before)
        return f"{self.source}\n{' ' * width}^" if self.source else ""


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A fault whose place is known by its location in a document, not yet by line and column."""

    at: Location
    message: str
    severity: Severity = Severity.ERROR
    key: bool = False
    """Points to the key instead of the value."""


def cannot_be_checked(error: Exception) -> str:
    """What is said of a file on which this program stumbles: it is out of use, and every other one is read."""
    return f"the file cannot be checked ({type(error).__name__}), by a fault of this program; report it"
