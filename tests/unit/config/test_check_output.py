"""What ``check`` prints: for people at a terminal, for scripts, for code scanning and for GitHub."""

import json
import os
import pty
import subprocess
import sys

import jsonschema
import pytest
from click.testing import CliRunner
from written_city import FILES, ROUTE, changed, write_city

from gateway.cli import main

RED, YELLOW = "\x1b[31m", "\x1b[33m"

_REGION = {
    "required": ["startLine"],
    "properties": {"startLine": {"minimum": 1}, "startColumn": {"minimum": 1}},
}
_PLACE = {
    "required": ["artifactLocation"],
    "properties": {"artifactLocation": {"required": ["uri"]}, "region": _REGION},
}
_RESULT = {
    "required": ["message", "ruleId", "level", "locations"],
    "properties": {
        "message": {"required": ["text"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": {"minItems": 1, "items": {"properties": {"physicalLocation": _PLACE}}},
    },
}
SARIF_2_1_0 = {
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {"rules": {"items": {"required": ["id"]}}},
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"items": _RESULT},
                },
            }
        },
    },
}
"""What the published schema requires of the parts that are written here (OASIS SARIF 2.1.0, chapter 3)."""


@pytest.fixture
def check(tmp_path):
    def check(changes, *words):
        write_city(tmp_path / "city", changes)
        return CliRunner().invoke(main, ["--config", str(tmp_path / "city"), "check", *words])

    return check


BROKEN = changed(ROUTE, "every: 10m", "every: ten") | changed("gateway.yaml", "vendor-a:", "vendor-x:")


def test_a_correct_configuration_ends_with_0_and_no_fault(check):
    done = check({})
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "2 routes accepted, 0 rejected; 0 errors, 0 warnings\n"


def test_errors_and_warnings_are_told_apart(check):
    done = check(BROKEN)
    assert done.exit_code == 2
    assert done.stdout == "1 routes accepted, 1 rejected; 1 errors, 1 warnings\n"
    first, second = (line for line in done.stderr.splitlines() if not line.startswith(" "))
    assert first.startswith("gateway.yaml:5:1: warning: no vendor has the folder routes/vendor-a")
    assert second.startswith(f"{ROUTE}:25:19: every is not a duration; write a number with its unit")


def test_each_fault_has_its_line_and_a_caret_below_the_place(check):
    shown = check(changed(ROUTE, "every: 10m", "every: ten")).stderr
    assert shown.split("\n")[1:] == ["    schedule: {every: ten}", "                      ^", ""]


def test_a_warning_alone_ends_with_0(check):
    assert check(changed("gateway.yaml", "vendor-a:", "vendor-x:")).exit_code == 0


def at_a_terminal(city):
    """What a person sees: the command's output where it talks to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gateway", "--config", str(city), "check"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while chunk := read(ours):
        shown += chunk
    os.close(ours)
    process.wait()
    return shown.decode().replace("\r\n", "\n")


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side has closed
        return b""


def test_at_a_terminal_a_caret_points_at_the_fault(tmp_path):
    city = write_city(tmp_path, changed("systems.yaml", '"001"', "1"))
    shown = at_a_terminal(city)
    assert f"{RED}systems.yaml:2:46: business_id must be a text; put it in quotes" in shown
    before, caret = (
        shown.split("business_id: 1,")[0].splitlines()[-1],
        shown.rsplit("^", 1)[0].splitlines()[-1],
    )
    wide = sum(ord(character) > 0x2E80 for character in before)
    plain = before.split("m", 1)[1]
    assert len(caret.split("m", 1)[1]) == len(plain) + wide + len("business_id: ")


def test_json_is_one_document_in_both_ways_of_asking(check):
    short, long = check(BROKEN, "--json"), check(BROKEN, "--format", "json")
    assert short.stdout == long.stdout
    document = json.loads(short.stdout)
    assert document["rejected"] == ["juki-to-linkage-master"]
    assert [(fault["line"], fault["severity"]) for fault in document["faults"]] == [
        (5, "warning"),
        (25, "error"),
    ]


def test_two_formats_at_once_are_wrong_use(check):
    done = check({}, "--json", "--format", "sarif")
    assert done.exit_code == 2
    assert "--json and --format sarif exclude one another" in done.stderr


def test_sarif_has_what_its_schema_requires(check, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = check(BROKEN, "--format", "sarif")
    log = json.loads(done.stdout)
    jsonschema.validate(log, SARIF_2_1_0)
    (run,) = log["runs"]
    assert {result["ruleId"] for result in run["results"]} <= {
        rule["id"] for rule in run["tool"]["driver"]["rules"]
    }
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"city/{ROUTE}"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (25, 19)
    assert done.exit_code == 2


def test_sarif_of_a_correct_configuration_has_no_result(check):
    log = json.loads(check({}, "--format", "sarif").stdout)
    jsonschema.validate(log, SARIF_2_1_0)
    assert log["runs"][0]["results"] == []


def test_sarif_names_files_as_addresses(check, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = check({"routes/vendor-b/介護 １.yaml": FILES[ROUTE]}, "--format", "sarif")
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in json.loads(done.stdout)["runs"][0]["results"]
    }
    assert "city/routes/vendor-b/%E4%BB%8B%E8%AD%B7%20%EF%BC%91.yaml" in uris


def test_github_gets_one_annotation_for_each_fault(check, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = check(BROKEN | changed("endpoints.yaml", "root: /srv/renkei", "root: 100%"), "--format", "github")
    annotations = done.stdout.splitlines()
    assert annotations[0].startswith("::error file=city/endpoints.yaml,line=25,col=12::root must be")
    assert annotations[1].startswith("::warning file=city/gateway.yaml,line=5,col=1::no vendor")
    assert annotations[2].startswith(f"::error file=city/{ROUTE},line=25,col=19::every is not a duration")
    assert annotations[3].endswith("2 errors, 1 warnings")
    assert done.exit_code == 2


def test_no_secret_that_was_written_by_mistake_is_in_any_format(check):
    wrong = changed("endpoints.yaml", "password: {env: MAINFRAME_PASSWORD}", "password: himitsu")
    for format_ in ("text", "json", "sarif", "github"):
        done = check(wrong, "--format", format_)
        assert done.exit_code == 2
        assert "himitsu" not in done.output
