"""JSON Schemas for editors and reference pages for people, both from the models that read the files.

``python -m gateway.reference docs/reference`` writes them anew; a test sees that the committed ones are current.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from adapters import ADAPTERS
from gateway import naming
from gateway.config import Copybook, Dated, Endpoint, Installation, Route, Systems, Variant
from gateway.config.words import Name, Written
from gateway.formats import CsvProfile, Layout, Mapping

Schema = dict[str, Any]

_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_SHORT_FORMS: dict[tuple[str, str], Schema] = {
    ("SftpEndpoint", "host_key"): {"type": "string"},
    ("Item", "type"): {"const": 9},
}
"""What validators of adapters and formats accept besides what their models' schemas say."""
_FROM_ENVIRONMENT: Schema = {
    "type": "object",
    "description": "Taken from the environment when the configuration is read; the default where it is not set.",
    "properties": {"env": {"type": "string"}, "default": {}},
    "required": ["env", "default"],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file: where it stands, its model, and whether the environment may fill in values."""

    title: str
    files: str
    model: type[BaseModel]
    substitutes: bool = False


def _endpoint_of(kind: str) -> type[BaseModel]:
    """The keys of one kind of place: the common ones and its adapter's own."""
    unmade = {"options", "variants"}
    common = {name: field for name, field in Endpoint.model_fields.items() if name not in unmade}
    own = {
        name: field for name, field in ADAPTERS[kind].options.model_fields.items() if name != "connections"
    }
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in {**common, **own}.items()}
    fields["variants"] = (
        tuple[_variant_of(kind, own), ...],  # type: ignore[misc]
        Field(default=(), description=Endpoint.model_fields["variants"].description),
    )
    fields["adapter"] = (Literal[kind], Field(description=common["adapter"].description))
    doc = f"A place of adapter {kind}. {(ADAPTERS[kind].options.__doc__ or '').strip()}"
    return create_model(f"{kind.capitalize()}Endpoint", __base__=Written, __doc__=doc, **fields)


def _variant_of(kind: str, own: dict[str, FieldInfo]) -> type[BaseModel]:
    """The keys of one kind of place that may change with time; each may be left out."""
    fields: dict[str, Any] = {
        name: (field.annotation, Field(default=None, description=field.description))
        for name, field in own.items()
    }
    return create_model(f"{kind.capitalize()}Variant", __base__=Dated, __doc__=Variant.__doc__, **fields)


def _endpoints() -> type[BaseModel]:
    union = reduce(or_, (_endpoint_of(kind) for kind in ADAPTERS))
    places: Any = Annotated[union, Field(discriminator="adapter")]
    fields: dict[str, Any] = {"endpoints": (dict[Name, places], Field(description="Places by name."))}
    return create_model(
        "Endpoints", __base__=Written, __doc__="``endpoints.yaml``: places by name.", **fields
    )


KINDS: dict[str, Kind] = {
    "gateway": Kind(title="The installation", files="gateway.yaml", model=Installation, substitutes=True),
    "systems": Kind(title="Systems, waves and freezes", files="systems.yaml", model=Systems),
    "endpoints": Kind(title="Places", files="endpoints.yaml", model=_endpoints(), substitutes=True),
    "route": Kind(title="Routes", files="routes/<vendor>/<route>.yaml", model=Route),
    "layout": Kind(title="Record layouts", files="layouts/<layout>.yaml", model=Layout),
    "copybook": Kind(
        title="Record layouts as COBOL copybooks", files="layouts/<layout>.cpy.yaml", model=Copybook
    ),
    "mapping": Kind(title="Mappings", files="mappings/<mapping>.yaml", model=Mapping),
    "profile": Kind(title="CSV profiles", files="profiles/<profile>.yaml", model=CsvProfile),
}
"""Every kind of file that people write in YAML."""


def json_schema(kind: str) -> Schema:
    """The JSON Schema (2020-12) of one kind of file, for editors. Raises ``KeyError`` for an unknown kind."""
    wanted = KINDS[kind]
    schema = wanted.model.model_json_schema(by_alias=True)
    for key in [key for key, value in schema["properties"].items() if "x-unwritten" in value]:
        schema["properties"].pop(key)
        schema["required"].remove(key)
    for (name, key), form in _SHORT_FORMS.items():
        if name in schema.get("$defs", {}):
            properties = schema["$defs"][name]["properties"]
            properties[key] = _alternative(properties[key], form)
    _describe(schema)
    if wanted.substitutes:
        _allow_environment(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": wanted.files}


def _describe(schema: Schema) -> None:
    """Give a key the words of its model, which pydantic leaves out where they are the key's own."""
    definitions: Schema = schema.get("$defs", {})
    for model in [schema, *definitions.values()]:
        for value in model.get("properties", {}).values():
            if "$ref" in value:
                value.setdefault("description", definitions[_target(value)].get("description", ""))


def _allow_environment(schema: Schema) -> None:
    """Let every scalar be ``{env: NAME, default: VALUE}`` as well. Secrets and the adapter's name stay as they are."""
    definitions: Schema = schema.setdefault("$defs", {})
    for model in [schema, *(model for name, model in definitions.items() if name != "SecretRef")]:
        model["properties"] = {
            key: _or_environment(value) for key, value in model.get("properties", {}).items()
        }
    definitions["FromEnvironment"] = _FROM_ENVIRONMENT


def _or_environment(value: Schema) -> Schema:
    kinds = {one.get("type") for one in value.get("anyOf", [value])}
    if not kinds & _SCALARS or "const" in value:
        return value
    return _alternative(value, {"$ref": "#/$defs/FromEnvironment"})


def _alternative(value: Schema, other: Schema) -> Schema:
    shown: Schema = {key: value[key] for key in ("description", "default", "title") if key in value}
    inner = {key: value[key] for key in value if key not in shown}
    return {**shown, "anyOf": [*inner.get("anyOf", [inner]), other]}


def write_reference(directory: Path) -> tuple[Path, ...]:
    """Write all pages and schemas into a folder, and say which."""
    (directory / "schema").mkdir(parents=True, exist_ok=True)
    pages = {f"{kind}.md": page(kind) for kind in KINDS}
    schemas = {f"schema/{kind}.json": _json(json_schema(kind)) for kind in KINDS}
    written = {"README.md": _index(), "names.md": _names(), **pages, **schemas}
    for name, text in written.items():
        (directory / name).write_text(text, encoding="utf-8")
    return tuple(directory / name for name in written)


def _json(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _index() -> str:
    rows = [
        f"| [{kind.title}]({name}.md) | `{kind.files}` | [schema](schema/{name}.json) |"
        for name, kind in KINDS.items()
    ]
    table = ["| what | file | JSON Schema |", "|---|---|---|", *rows]
    return "\n".join(
        ["# Configuration reference", "", _GENERATED, "", *table, "", "[Templates in names](names.md)", ""]
    )


def _names() -> str:
    return "\n".join(
        ["# Templates in names", "", _GENERATED, "", (naming.__doc__ or "").replace("``", "`").strip(), ""]
    )


def page(kind: str) -> str:
    """The reference page of one kind of file, in Markdown."""
    schema = json_schema(kind)
    lines = [f"# {KINDS[kind].title}", "", f"`{KINDS[kind].files}`", "", _GENERATED, ""]
    lines += _section(schema)
    for name, definition in _reached(schema):
        lines += [f"## {name}", "", *_section(definition)]
    return "\n".join(lines)


def _reached(schema: Schema) -> Iterator[tuple[str, Schema]]:
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
            yield _target(value)
        for key, inner in value.items():
            if key not in ("$defs", "discriminator"):
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _target(reference: Schema) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[-1]


def _section(schema: Schema) -> list[str]:
    intro = str(schema.get("description", "")).replace("``", "`").strip()
    required = set(schema.get("required", ()))
    rows = [_row(key, value, required=key in required) for key, value in schema.get("properties", {}).items()]
    return [intro, "", "| key | value | default | |", "|---|---|---|---|", *rows, ""]


def _row(key: str, value: Schema, *, required: bool) -> str:
    default = "**required**" if required else _default(value.get("default"))
    cells = (f"`{key}`", _kind(value), default, str(value.get("description", "")))
    return _cells(cells)


def _cells(cells: tuple[str, ...]) -> str:
    safe = [cell.replace("|", r"\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(safe)} |"


def _default(value: Any) -> str:
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value}`"


def _kind(value: Schema) -> str:
    """What may stand there, in a few words."""
    if "$ref" in value:
        name = _target(value)
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf"):
        if key in value:
            kinds = dict.fromkeys(
                _kind(one) for one in value[key] if one.get("type") != "null" and not _is_environment(one)
            )
            return " or ".join(kinds)
    if "enum" in value or "const" in value:
        return " ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    return _plain_kind(value)


def _is_environment(value: Schema) -> bool:
    return "$ref" in value and _target(value) == "FromEnvironment"


def _plain_kind(value: Schema) -> str:
    if "examples" in value:
        return " ".join(f"`{one}`" for one in value["examples"])
    if value.get("type") == "array":
        return f"list: {_kind(value.get('items', value.get('prefixItems', [{}])[0]))}"
    if value.get("type") == "object":
        named = [value.get("additionalProperties", {}), *value.get("patternProperties", {}).values()]
        return f"name: {_kind(named[-1])}"
    return _NAMES.get(str(value.get("type")), "any")


_NAMES = {"string": "text", "integer": "number", "number": "number", "boolean": "`true` `false`"}
_GENERATED = "<!-- Made by `python -m gateway.reference docs/reference`; do not edit. -->"


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
