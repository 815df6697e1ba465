"""The words of the page in its two languages, and how it writes instants, sizes and states."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache
from importlib import resources
from typing import Literal, get_args

from markupsafe import Markup

from gateway.findings import in_japanese

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def words(language: Language) -> dict[str, str]:
    """Every word by its key."""
    text = (resources.files("gateway.console") / "words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {key: japanese if language == "ja" else english for key, japanese, english in rows}


def detail_in(text: str, language: Language) -> str:
    """What a row of a file's history says beside its event: a reason or kind of error before what was found."""
    known = words(language)
    if (act := f"a_{text}") in known:
        return known[act]
    head, colon, rest = text.partition(": ")
    if language == "en" or not colon:
        return text if language == "en" else in_japanese(text)
    return f"{known.get(f'h_{head}', head)}: {in_japanese(rest)}"


def size(count: int | None) -> str:
    """Bytes as people read them."""
    if count is None:
        return ""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:  # noqa: PLR2004 - of a KiB
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def instant(at: datetime | None, zone: tzinfo, *, ago: bool = False) -> Markup:
    """An instant in the gateway's zone; with ``ago`` a script adds how long ago it was."""
    if at is None:
        return Markup("")
    local = at.astimezone(zone)
    marks = Markup(" data-ago") if ago else Markup("")
    return Markup('<time datetime="{}"{}>{}</time>').format(
        local.isoformat(timespec="seconds"), marks, local.strftime("%m-%d %H:%M:%S")
    )
