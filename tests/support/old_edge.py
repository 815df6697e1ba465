"""What the last Edge of Microsoft's own engine (EdgeHTML 18, called Edge 44) and the first of Chromium's (79) know.

``old_edge.txt`` lists what both know, without prefix, flag or reservation, by MDN's published compatibility data
(@mdn/browser-compat-data 8.1.9 of 12 November 2026, CC0-1.0): elements, properties, selectors, media features,
functions, names of DOM and JavaScript. ``unknown values`` are keywords, of properties that both know, that Edge 79
lacks, and five that EdgeHTML lacks; for most values the data do not tell when it learnt them. ``syntax`` is that of
ECMAScript 5, as the grammar calls it. Whatever else is not listed is unknown here. No such browser was at hand: this
is what they are said to know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from pathlib import Path

import tinycss2
import tree_sitter_javascript
from tree_sitter import Language, Parser

HARMLESS = {
    "property text-decoration-thickness": "lines below links are as thick as usual",
    "property text-underline-offset": "lines below links are as near as usual",
    "property font-variant-numeric": "digits of tables are as wide as their font has them",
    "property clip-path": "what is for screen readers alone is one pixel",
    "function inset": "as clip-path, where alone it stands",
    "property outline": "frames have square corners",
    "media prefers-color-scheme": "the page is light",
    "media prefers-reduced-motion": "what changed lights up for two seconds",
    "selector focus-visible": "where one clicked is framed as well",
    "selector placeholder": "the hint has the colour that this engine's own selector gives it",
    "selector -ms-input-placeholder": "is this engine's own, and nobody else's",
}
"""What may be used all the same, alone in its rule or declaration, and what these browsers show instead."""

_OPERATORS = frozenset(["?.", "??", "**", "**=", "??=", "&&=", "||=", "=>", "...", "`", "#"])

_PARSER = Parser(Language(tree_sitter_javascript.language()))


def _lists() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("old_edge.txt").read_text(encoding="utf-8")
    parts = re.split(r"^\[(.+)\]$", text, flags=re.MULTILINE)[1:]
    return {kind: frozenset(names.split()) for kind, names in zip(parts[::2], parts[1::2], strict=True)}


KNOWN = _lists()


def _unless_known(kind: str, name: str) -> Iterator[str]:
    if name not in KNOWN[kind] and f"{kind} {name}" not in HARMLESS:
        yield f"{kind} {name}"


def unknown_in_css(text: str) -> set[str]:
    """What a style sheet asks for that these browsers do not know, and that nothing stands in for."""
    return set(_in_rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)))


def unknown_in_declarations(text: str) -> set[str]:
    """The same for what stands in an attribute ``style``."""
    return set(
        _in_declarations(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True))
    )


def _in_rules(rules: list) -> Iterator[str]:
    for rule in rules:
        assert rule.type in ("qualified-rule", "at-rule"), f"{rule.source_line}: {rule}"
        if rule.type == "at-rule":
            yield from _in_at_rule(rule)
            continue
        yield from _in_selectors(rule.prelude)
        yield from _in_declarations(
            tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        )


def _in_at_rule(rule) -> Iterator[str]:
    yield from _unless_known("at-rule", rule.lower_at_keyword)
    if rule.lower_at_keyword == "media":
        written = tinycss2.serialize(rule.prelude)
        for feature in re.findall(r"\(\s*([a-z-]+)", written):
            yield from _unless_known("media", re.sub("^(min|max)-", "", feature))
        if re.search(r"[<>]", written):
            yield "media range"
    inner = tinycss2.parse_blocks_contents(rule.content or [], skip_comments=True, skip_whitespace=True)
    if rule.lower_at_keyword == "keyframes":
        inner = [one for one in inner if one.type == "qualified-rule"]
        for one in inner:
            yield from _in_declarations(
                tinycss2.parse_blocks_contents(one.content, skip_comments=True, skip_whitespace=True)
            )
        return
    yield from _in_rules(inner)


def _in_selectors(prelude: list) -> Iterator[str]:
    written = tinycss2.serialize(prelude)
    pseudos = re.findall(r"::?([a-z-]+)", re.sub(r'"[^"]*"', "", written))
    for name in pseudos:
        yield from _unless_known("selector", name)
    if "," in re.sub(r"\([^)]*\)", "", written) and any(f"selector {name}" in HARMLESS for name in pseudos):
        yield f"selector list {written.strip()}"
    if "&" in written:
        yield "selector nesting"


def _in_declarations(declarations: list) -> Iterator[str]:
    """Of several declarations of one property the last known one holds, unless it depends on a variable."""
    said: dict[str, list[tuple[set[str], bool]]] = {}
    display = ""
    for one in declarations:
        if one.type != "declaration":
            yield f"nested {one.type}"
            continue
        if one.lower_name == "display":
            display = tinycss2.serialize(one.value).strip()
        if not one.name.startswith("--"):
            said.setdefault(one.lower_name, []).append((set(_in_value(one)), _has_variables(one.value)))
    for name, tries in said.items():
        yield from _unless_known("property", name)
        if not any(not wrong for wrong, _ in tries) or any(wrong and late for wrong, late in tries):
            yield from (text for wrong, _ in tries for text in wrong)
        if name in ("gap", "row-gap", "column-gap") and display != "grid":
            yield f"{name} outside a grid"


def _in_value(declaration) -> Iterator[str]:
    for token in _tokens(declaration.value):
        if (
            token.type == "ident"
            and f"{declaration.lower_name}:{token.lower_value}" in KNOWN["unknown values"]
        ):
            yield f"{declaration.lower_name}: {token.lower_value}"
        if token.type == "function":
            yield from () if token.lower_name in _FUNCTIONS else _unless_known("function", token.lower_name)
            if token.lower_name.endswith("gradient"):
                yield from _in_gradient(token)


_FUNCTIONS = frozenset({"repeat", "minmax", "rgb", "rgba", "hsl", "hsla"})
"""Which the data have elsewhere: below ``grid-template-columns`` and ``color``."""


def _in_gradient(token) -> Iterator[str]:
    """A colour with two places (``red 0 6px``), which came after EdgeHTML."""
    places = 0
    for one in token.arguments:
        if one.type == "literal" and one.value == ",":
            places = 0
        places += one.type in ("dimension", "percentage", "number")
        if places == 2:
            yield f"{token.lower_name} with two places of a colour"


def _tokens(values: list) -> Iterator:
    for one in values:
        yield one
        for inside in ("arguments", "content"):
            yield from _tokens(getattr(one, inside, None) or [])


def _has_variables(values: list) -> bool:
    return any(one.type == "function" and one.lower_name == "var" for one in _tokens(values))


def unknown_in_script(text: str, *, own: Collection[str] = ()) -> set[str]:
    """What a script asks for that is no ECMAScript 5, or a name that these browsers do not know.

    ``own`` are names of what it is sent as JSON.
    """
    tree = _PARSER.parse(text.encode())
    found, declared, used = set(), set(), set()
    for node in _nodes(tree.root_node):
        found |= set(_in_syntax(node))
        name = node.text.decode() if node.type in ("identifier", "property_identifier") else ""
        if node.type == "property_identifier" and node.parent.type == "member_expression":
            used.add(("member", name))
        elif node.type == "property_identifier" or (node.type == "identifier" and _declares(node)):
            declared.add(name)
        elif node.type == "identifier":
            used.add(("global", name))
    known = {
        "global": KNOWN["global"] | declared,
        "member": KNOWN["member"] | KNOWN["global"] | declared | {*own},
    }
    return found | {f"{kind} {name}" for kind, name in used if name not in known[kind]}


def _in_syntax(node) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"no script at line {node.start_point[0] + 1}"
    if node.is_named and node.type not in KNOWN["syntax"] and not node.is_error:
        yield f"syntax {node.type}"
    if not node.is_named and node.type in _OPERATORS | {
        "let",
        "const",
        "class",
        "async",
        "await",
        "import",
        "export",
    }:
        yield f"syntax {node.type}"


def _declares(node) -> bool:
    around = node.parent
    return around.type == "formal_parameters" or (
        around.type in ("variable_declarator", "function_declaration", "function_expression", "catch_clause")
        and around.children[0 if around.type == "variable_declarator" else 1] == node
    )


def _nodes(node) -> Iterator:
    yield node
    for child in node.children:
        yield from _nodes(child)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found |= set(_unless_known("element", tag))
        self._inside = tag if tag in ("style", "script") and "src" not in given else ""
        if tag == "input":
            self.found |= set(_unless_known("input", given.get("type") or "text"))
        if given.get("style"):
            self.found |= unknown_in_declarations(given["style"] or "")
        self.found |= {f"attribute {name}" for name in given if name.startswith("on") or name == "popover"}

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found |= unknown_in_css(data)
        elif self._inside == "script":
            self.found |= unknown_in_script(data)


def unknown_in_page(text: str) -> set[str]:
    """What a page asks for: its elements, kinds of inputs, styles and scripts."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.found
