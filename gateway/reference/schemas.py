"""JSON Schemas for editors, from the models that read the files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from adapters import ADAPTERS
from adapters.written import Dated, Written
from gateway.config import Copybook, Endpoint, Installation, Register, Route, Systems, Variant
from gateway.config.words import Name
from gateway.formats import CsvProfile, Layout, Mapping

Schema = dict[str, Any]

_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_SHORT_FORMS: dict[tuple[str, str], Schema] = {
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
    "tolerances": Kind(
        title="Registers of tolerated differences", files="tolerances/<register>.yaml", model=Register
    ),
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
                value.setdefault("description", definitions[target_of(value)].get("description", ""))


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


def target_of(reference: Schema) -> str:
    """The name of the model that a reference leads to."""
    return str(reference["$ref"]).rsplit("/", 1)[-1]
