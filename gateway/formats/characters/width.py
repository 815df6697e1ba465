"""Half-width to full-width and back: letters, digits, signs, blank, kana. No Unicode normalisation.

Half-width kana with a voicing mark become one full-width character and come back as two. What has no counterpart is
an error, and so is a text that the way back would not give again (a lone full-width mark after カ).
Facts: the Unicode block Halfwidth and Fullwidth Forms (FF00-FFEF) and its compatibility decompositions.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.formats.faults import BadValueError

_KANA_HALF = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_KANA_FULL = (
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソ"
    "タチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
)
_VOICED = dict(
    zip(
        "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ",
        [f"{kana}ﾞ" for kana in "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎｳ"],
        strict=True,
    )
)
_HALF_VOICED = dict(zip("パピプペポ", [f"{kana}ﾟ" for kana in "ﾊﾋﾌﾍﾎ"], strict=True))
_TO_HALF = (
    {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
    | {"\u3000": " ", "￥": "¥", "￣": "‾", "￠": "¢", "￡": "£", "￢": "¬", "￤": "¦"}
    | dict(zip(_KANA_FULL, _KANA_HALF, strict=True))
    | _VOICED
    | _HALF_VOICED
)
WITH_HALVES = tuple(_TO_HALF)
"""The full-width characters that have a half-width counterpart."""
_TO_FULL = {half: full for full, half in _TO_HALF.items()}


def to_full(text: str) -> str:
    """The full-width text; raises ``BadValueError``."""
    return _proved(_full(text), text, _half)


def to_half(text: str) -> str:
    """The half-width text; raises ``BadValueError``."""
    return _proved(_half(text), text, _full)


def wide_pairs() -> dict[str, str]:
    """Every half-width character, or kana with its voicing mark, with its full-width counterpart."""
    return dict(_TO_FULL)


def half_of(character: str) -> str:
    """The half-width counterpart of one full-width character, or nothing; not for the marks ゛ and ゜ alone."""
    return "" if character in "゛゜" else _TO_HALF.get(character, "")


def _full(text: str) -> str:
    full: list[str] = []
    at = 0
    while at < len(text):
        size = 2 if text[at : at + 2] in _TO_FULL else 1
        full.append(_counterpart(_TO_FULL, text[at : at + size], "full"))
        at += size
    return "".join(full)


def _half(text: str) -> str:
    return "".join(_counterpart(_TO_HALF, character, "half") for character in text)


def _counterpart(table: dict[str, str], character: str, width: str) -> str:
    found = table.get(character)
    if found is None:
        raise BadValueError("width", f"a character has no {width}-width counterpart")
    return found


def _proved(changed: str, text: str, back: Callable[[str], str]) -> str:
    if back(changed) != text:
        raise BadValueError("width", "the change of width would not come back as it was")
    return changed
