"""The languages of the reference. English is in the models; the others are tables of what stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

OTHERS = ("ja",)
"""Every language besides English."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language: its two letters, and what the texts of the models are in it, without their last full stop."""

    code: str
    table: dict[str, str] = field(default_factory=dict, repr=False)
    stop: str = "."

    def say(self, text: str) -> str:
        """A text of the models in this language; in English where the table lacks it, which a test tells."""
        plain = " ".join(text.split())
        if not plain or self.code == "en":
            return plain
        said = self.table.get(plain.removesuffix("."))
        if said is None:
            return plain
        return said + (self.stop if plain.endswith(".") else "")


ENGLISH = Language(code="en")


@cache
def language(code: str) -> Language:
    """A language by its two letters, out of its table in this folder: a line each, a tab between the two texts."""
    if code == ENGLISH.code:
        return ENGLISH
    text = files(__package__).joinpath(f"{code}.tsv").read_text(encoding="utf-8")
    table = dict(line.split("\t") for line in text.splitlines() if line)
    return Language(code=code, table=table, stop="。")
