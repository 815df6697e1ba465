"""Elements of a drawing as text: every attribute and every text escaped. Pure."""

from __future__ import annotations

from html import escape
from unicodedata import east_asian_width

_HALF = 0.54
"""Width of a half-width character, in the size of its font."""


def tag(name: str, *children: str, **attributes: object) -> str:
    """An element. ``class_`` is class, ``_`` within a name is a hyphen; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def number(value: object) -> str:
    """A value of an attribute, numbers with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def text(x: float, y: float, words: str, **attributes: object) -> str:
    """A line of text whose baseline begins at a point."""
    return tag("text", escape(words, quote=False), x=x, y=y, **attributes)


def hint(words: str) -> str:
    """What a pointer over an element shows, and a screen reader says."""
    return tag("title", escape(words, quote=False))


def width(words: str, size: float) -> float:
    """About how wide a text is, in the units of ``size``."""
    return size * sum(1.0 if east_asian_width(one) in "WFA" else _HALF for one in words)


def fitted(words: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as has room, with an ellipsis."""
    if width(words, size) <= room:
        return words
    while words and width(words + "…", size) > room:
        words = words[:-1]
    return words + "…" if words else ""


def drawing(
    size: tuple[float, float], title: str, description: str, style: str, defs: str, *content: str
) -> str:
    """A whole picture. Nothing is loaded from elsewhere."""
    wide, high = size
    return (
        tag(
            "svg",
            hint(title),
            tag("desc", escape(description, quote=False)),
            tag("style", style),
            tag("defs", defs),
            tag("rect", class_="lg-paper", width=wide, height=high),
            *content,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(wide)} {number(high)}",
            width=wide,
            height=high,
            role="img",
            font_family="'Noto Sans JP','Noto Sans CJK JP','Yu Gothic UI','BIZ UDPGothic',Meiryo,system-ui,sans-serif",
        )
        + "\n"
    )
