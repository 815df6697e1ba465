"""The ledger of substitutions: which character of which record was written as which other one, and nothing else."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from gateway.formats.ondisk import AnyFile, created

MOST_ROWS = 1_000_000
"""Rows of a ledger; those beyond are counted in its last line."""


class SubstitutionLedger:
    """Writes one CSV line a substitution: ``record,item,character,replaced_by,code``, characters as code points."""

    def __init__(self, out: TextIO) -> None:
        self.record = 0
        self._out, self._rows = out, 0
        out.write("record,item,character,replaced_by,code\n")

    def note(self, item: str, character: str, instead: str, code: bytes) -> None:
        """One character of the current record was written as ``instead``, whose code in the target is ``code``."""
        self._rows += 1
        if self._rows <= MOST_ROWS:
            cells = (
                str(self.record),
                _quoted(item),
                _points(character),
                _points(instead),
                code.hex().upper(),
            )
            self._out.write(",".join(cells) + "\n")

    def close(self) -> None:
        """Say how many rows there was no room for."""
        if self._rows > MOST_ROWS:
            self._out.write(f"0,(more),,,{self._rows - MOST_ROWS}\n")


class Losses(Counter[str]):
    """Declared losses of one run: ``item: kind`` to number of values; with ``ledger``, substitutions one by one."""

    ledger: SubstitutionLedger | None = None


@contextmanager
def ledger_at(path: AnyFile | None) -> Iterator[SubstitutionLedger | None]:
    """A ledger in a new or emptied file (mode 0600), removed if the body raises; None without a path."""
    if path is None:
        yield None
        return
    try:
        with created(path) as raw, io.TextIOWrapper(raw, encoding="utf-8") as out:
            ledger = SubstitutionLedger(out)
            yield ledger
            ledger.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _points(text: str) -> str:
    return " ".join(f"U+{ord(point):04X}" for point in text)


def _quoted(name: str) -> str:
    if not set(name) & set(',"\r\n'):
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
