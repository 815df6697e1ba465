"""The JSON Schemas and the reference pages say what the models do."""

import re
from pathlib import Path

import jsonschema
import pytest
from written_city import FILES, ROUTE, write_city

from gateway.load.document import parse
from gateway.reference import (
    KINDS,
    OTHERS,
    json_schema,
    language,
    page,
    reached,
    write_reference,
)
from gateway.reference.patterns import texts

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
    "tolerances": "tolerances/*.yaml",
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
        "compare: {key: 宛名番号, normalise: {氏名: padding, カナ: [width, {codes: sex}]}}",
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


def texts_of_the_models():
    yield from texts()
    for kind, about in KINDS.items():
        yield about.title
        schema = json_schema(kind)
        for _, model in [(kind, schema), *reached(schema)]:
            yield model.get("description", "")
            yield from (value.get("description", "") for value in model.get("properties", {}).values())


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_of_the_models_lacks_its_translation(code):
    """Add what is told here to gateway/reference/<language>.tsv: the English text, a tab, the translation."""
    table = language(code).table
    plain = {" ".join(text.split()).removesuffix(".") for text in texts_of_the_models()} - {""}
    assert sorted(plain - table.keys()) == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_every_literal(code):
    literals = re.compile(r"``[^`]+``|\{[^}]+\}|https?:\S+")
    changed = {
        text: said
        for text, said in language(code).table.items()
        if sorted(literals.findall(text)) != sorted(literals.findall(said))
    }
    assert changed == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_page_of_another_language_has_the_same_keys(code):
    key = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
    for kind in KINDS:
        assert key.findall(page(kind, language(code))) == key.findall(page(kind))


def test_a_text_without_translation_stands_in_english():
    assert language("ja").say("A text that was never written.") == "A text that was never written."


SAMPLES = ("config", "deploy/compose/city", "deploy/kubernetes/city")


def schema_comments():
    return [
        (path, re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8")))
        for folder in SAMPLES
        for path in sorted((PROJECT / folder).rglob("*.yaml"))
    ]


@pytest.mark.parametrize(("path", "comment"), schema_comments(), ids=lambda one: getattr(one, "stem", ""))
def test_every_sample_tells_editors_its_schema(path, comment):
    assert comment is not None
    schema = (path.parent / comment[1]).resolve()
    folder = {"layouts": "layout", "mappings": "mapping", "profiles": "profile"}
    of_operators = path.stem if path.stem in ("gateway", "systems", "endpoints") else "route"
    kind = folder.get(path.parent.name, of_operators)
    assert schema == PROJECT / f"docs/reference/schema/{kind}.json"
