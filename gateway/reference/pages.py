"""Reference pages for people, in every language, from the models that read the files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway import naming
from gateway.reference.catalogue import events_page
from gateway.reference.language import ENGLISH, OTHERS, Language, language
from gateway.reference.lines import line_schema
from gateway.reference.patterns import TITLE, patterns_page
from gateway.reference.schemas import KINDS, Schema, json_schema, target_of

_NAMES = {"string": "text", "integer": "number", "number": "number"}
_GENERATED = "<!-- Made by `linkage-gateway reference docs/reference`; do not edit. -->"


def write_reference(directory: Path) -> tuple[Path, ...]:
    """Write all pages in every language and all schemas into a folder, and say which."""
    texts = {f"schema/{kind}.json": schema_text(kind) for kind in KINDS}
    texts |= {"schema/events.json": _json(line_schema())} | _texts(ENGLISH)
    for code in OTHERS:
        texts |= {f"{code}/{name}": text for name, text in _texts(language(code)).items()}
    for name, text in texts.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return tuple(directory / name for name in texts)


def schema_text(kind: str) -> str:
    """The JSON Schema of one kind of file, as it is written."""
    return _json(json_schema(kind))


def _json(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _texts(spoken: Language) -> dict[str, str]:
    pages = {f"{kind}.md": page(kind, spoken) for kind in KINDS}
    pages |= {"events.md": events_page(spoken, _GENERATED), "patterns.md": patterns_page(spoken, _GENERATED)}
    return {"README.md": _index(spoken), "names.md": _names(spoken), **pages}


def page(kind: str, spoken: Language = ENGLISH) -> str:
    """The reference page of one kind of file, in Markdown."""
    schema = json_schema(kind)
    writer = _Writer(spoken)
    lines = [f"# {spoken.say(KINDS[kind].title)}", "", f"`{KINDS[kind].files}`", "", _GENERATED, ""]
    lines += writer.section(schema)
    for name, definition in reached(schema):
        lines += [f"## {name}", "", *writer.section(definition)]
    return "\n".join(lines)


def _index(spoken: Language) -> str:
    say = spoken.say
    home = "" if spoken is ENGLISH else "../"
    rows = [
        f"| [{say(kind.title)}]({name}.md) | `{kind.files}` | [{say('schema')}]({home}schema/{name}.json) |"
        for name, kind in KINDS.items()
    ]
    head = [f"| {say('what')} | {say('file')} | {say('JSON Schema')} |", "|---|---|---|"]
    others = [f"[{name}]({link})" for name, link in _other_languages(spoken).items()]
    title, names = f"# {say('Configuration reference')}", f"[{say('Templates in names')}](names.md)"
    patterns = f"[{say(TITLE)}](patterns.md)"
    events = f"[{say('Events and alarms')}](events.md), [{say('schema')}]({home}schema/events.json)"
    return "\n".join(
        [title, "", _GENERATED, "", *others, "", *head, *rows, "", names, "", patterns, "", events, ""]
    )


def _other_languages(spoken: Language) -> dict[str, str]:
    return {"日本語": "ja/README.md"} if spoken is ENGLISH else {"English": "../README.md"}


def _names(spoken: Language) -> str:
    """The page on templates: what the module that reads them says of them."""
    title = f"# {spoken.say('Templates in names')}"
    blocks = (naming.__doc__ or "").strip().split("\n\n")
    said = [_table(block, spoken) if block.startswith("|") else spoken.say(block) for block in blocks]
    return "\n\n".join([title, _GENERATED, *(one.replace("``", "`") for one in said)]) + "\n"


def _table(block: str, spoken: Language) -> str:
    return "\n".join(
        _cells(tuple(_cell(cell, spoken) for cell in _written(line))) for line in block.splitlines()
    )


def _written(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _cell(text: str, spoken: Language) -> str:
    """A cell in a language. Lines, dashes and literals are the same in each."""
    return text if re.fullmatch(r"-+|(``[^`]+`` ?)+", text) else spoken.say(text)


def reached(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The models in the order in which a reader meets them."""
    definitions = schema.get("$defs", {})
    seen: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        named = [name for name in _references(waiting.pop(0)) if name not in seen]
        seen |= dict.fromkeys(named)
        waiting += [definitions[name] for name in named]
    return ((name, definitions[name]) for name in seen)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield target_of(value)
        for key, inner in value.items():
            if key not in ("$defs", "discriminator"):
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


@dataclass(frozen=True)
class _Writer:
    """Writes models as tables in a language."""

    spoken: Language

    def section(self, schema: Schema) -> list[str]:
        """A model: what it is, and a row for each key."""
        say = self.spoken.say
        intro = say(str(schema.get("description", ""))).replace("``", "`")
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {}).items()
        rows = [self._row(key, value, required=key in required) for key, value in properties]
        return [
            intro,
            "",
            f"| {say('key')} | {say('value')} | {say('default')} | |",
            "|---|---|---|---|",
            *rows,
            "",
        ]

    def _row(self, key: str, value: Schema, *, required: bool) -> str:
        default = f"**{self.spoken.say('required')}**" if required else _default(value.get("default"))
        described = self.spoken.say(str(value.get("description", ""))).replace("``", "`")
        return _cells((f"`{key}`", self._kind(value), default, described))

    def _kind(self, value: Schema) -> str:
        """What may stand there, in a few words."""
        if "$ref" in value:
            name = target_of(value)
            return f"[{name}](#{name.lower()})"
        for key in ("anyOf", "oneOf"):
            if key in value:
                told = (one for one in value[key] if one.get("type") != "null" and not _is_environment(one))
                return f" {self.spoken.say('or')} ".join(dict.fromkeys(map(self._kind, told)))
        if "enum" in value or "const" in value:
            return " ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
        return self._plain_kind(value)

    def _plain_kind(self, value: Schema) -> str:
        say = self.spoken.say
        if "examples" in value:
            return " ".join(f"`{one}`" for one in value["examples"])
        match value.get("type"):
            case "array":
                return f"{say('list')}: {self._kind(value.get('items', value.get('prefixItems', [{}])[0]))}"
            case "object":
                named = [value.get("additionalProperties", {}), *value.get("patternProperties", {}).values()]
                return f"{say('name')}: {self._kind(named[-1])}"
            case "boolean":
                return "`true` `false`"
        return say(_NAMES.get(str(value.get("type")), "any"))


def _is_environment(value: Schema) -> bool:
    return "$ref" in value and target_of(value) == "FromEnvironment"


def _cells(cells: tuple[str, ...]) -> str:
    safe = [cell.replace("|", r"\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(safe)} |"


def _default(value: Any) -> str:
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value}`"
