"""The JSON Schemas and the reference pages say what the models do."""

from pathlib import Path

import jsonschema
import pytest
from written_city import FILES, ROUTE, write_city

from gateway.load.document import parse
from gateway.reference import KINDS, json_schema, write_reference

PROJECT = Path(__file__).parents[3]
FILES_OF = {
    "gateway": "gateway.yaml",
    "systems": "systems.yaml",
    "endpoints": "endpoints.yaml",
    "route": "routes/*/*.yaml",
    "layout": "layouts/*.yaml",
    "copybook": "layouts/*.cpy.yaml",
    "mapping": "mappings/*.yaml",
    "profile": "profiles/*.yaml",
}


def faults(kind, text):
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    return [error.message for error in validator.iter_errors(parse(text, file="a.yaml").data)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_one(kind):
    jsonschema.Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_finds_no_fault_in_what_check_accepts(kind, tmp_path):
    paths = [
        path
        for home in (PROJECT / "config", write_city(tmp_path))
        for path in home.glob(FILES_OF[kind])
        if kind == "copybook" or not path.name.endswith(".cpy.yaml")
    ]
    assert paths
    assert {
        path.name: found for path in paths if (found := faults(kind, path.read_text(encoding="utf-8")))
    } == {}


@pytest.mark.parametrize(
    "text",
    [
        "after: {move_to: done/{name}}",
        "after: delete",
        "schedule: {watch: true, poll: 5s}",
        "convert: juki-to-master",
    ],
)
def test_an_editor_knows_the_short_forms(text):
    key = text.split(":")[0]
    lines = [line for line in FILES[ROUTE].splitlines() if not line.startswith(f"{key}:")]
    quoted = text.replace("done/{name}", '"done/{name}"')
    assert faults("route", "\n".join([*lines, quoted])) == []


def test_an_editor_finds_a_misspelt_key():
    assert faults("route", FILES[ROUTE].replace("shedule", "x").replace("schedule:", "shedule:")) != []


def test_an_editor_offers_no_name_for_a_route():
    assert not {"name", "vendor"} & json_schema("route")["properties"].keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained(kind):
    schema = json_schema(kind)
    for name, model in [(kind, schema), *schema.get("$defs", {}).items()]:
        if name != "FromEnvironment":
            unexplained = [
                key for key, value in model.get("properties", {}).items() if not value.get("description")
            ]
            assert unexplained == [], name


def test_the_committed_reference_is_current(tmp_path):
    """Otherwise run: python -m gateway.reference docs/reference."""
    committed = PROJECT / "docs" / "reference"
    for path in write_reference(tmp_path):
        name = path.relative_to(tmp_path)
        assert (committed / name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), name
