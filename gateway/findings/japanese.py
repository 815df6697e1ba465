"""What was found of a held file, what to do about it, and what commands say, in Japanese. Pure.

The code, the journal and the log have one English text; people who read Japanese get it from here. A text that a
place's own software wrote (a reply of a host, say) stays as it is within the Japanese sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from gateway.errors import Reason
from gateway.findings.commands import COMMANDS
from gateway.findings.defects import DEFECTS
from gateway.findings.refusals import REFUSALS
from gateway.findings.sheets import SHEETS
from gateway.findings.wordings import SAYINGS
from gateway.formats.rules import RULES

_FIELD = re.compile(r"\{(\w+)\}")
_REASONS = frozenset(Reason)
_WHOLE = {"(record)": "レコード全体", "(file)": "ファイル全体"}
_SAID = frozenset(
    {"answer", "doing", "key", "kind", "node", "other", "owner", "side", "what", "where", "why"}
)
"""Facts that are texts of the gateway themselves; others are names and numbers."""
_BAD = re.compile(
    r"record (?P<record>\d+), item (?P<item>.+?), offset (?P<offset>\d+): .+ \((?P<rule>[\w-]+)\)"
    r"(?:; (?P<more>\d+) more)?",
    re.DOTALL,
)
"""A bad record, as ``gateway.carrying.production`` says it."""


@lru_cache(1024)
def in_japanese(text: str) -> str:
    """A text for people in Japanese; the text itself where nothing is known of it."""
    reason, colon, rest = text.partition(": ")
    if colon and reason in _REASONS:
        return f"{reason}：{in_japanese(rest)}"
    found = _BAD.fullmatch(text)
    if found is not None and found["rule"] in RULES:
        more = f"（ほか {found['more']} 件）" if found["more"] else ""
        item = _WHOLE.get(found["item"], f"項目 {found['item']}")
        where = f"{found['record']} 件目のレコード、{item}、位置 {found['offset']}"
        return f"{where}：{RULES[found['rule']].text_ja}（{found['rule']}）{more}"
    for pattern, japanese in _PATTERNS:
        if found := pattern.fullmatch(text):
            return _filled(japanese, found.groupdict())
    return text


def _filled(japanese: str, facts: Mapping[str, str]) -> str:
    told = {name: in_japanese(fact) if name in _SAID else fact for name, fact in facts.items()}
    return _FIELD.sub(lambda one: told[one[1]], japanese)


def _pattern(english: str) -> re.Pattern[str]:
    """What a text looks like whose facts stand in braces; the last fact takes as much as it can."""
    parts = _FIELD.split(english)
    facts = dict.fromkeys(parts[1::2])
    assert len(facts) == len(parts) // 2, "each fact stands once"
    written = (f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile("".join(written), re.DOTALL)


def _compiled() -> Iterator[tuple[re.Pattern[str], str]]:
    for english, japanese in (*SAYINGS, *COMMANDS, *REFUSALS, *SHEETS, *DEFECTS):
        yield _pattern(english), japanese


_PATTERNS = tuple(_compiled())
