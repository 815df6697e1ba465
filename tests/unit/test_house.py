"""Facts about the house around the code: what the documents say is what is there."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.cli import COMMANDS
from gateway.reference import lifecycle_diagram

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
GUIDES = (ROOT / "docs/getting-started.md", ROOT / "docs/getting-started.ja.md")
PAGES = (*READMES, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CHANGELOG.md")

ALLOWED = {
    "gateway", "adapters", "config", "deploy", "tests", "pyproject.toml", "Dockerfile",
    "README.md", "README.ja.md", "CHANGELOG.md", "Makefile", "benchmarks", "docs",
}  # fmt: skip


def ignored_names():
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return [line.rstrip("/") for line in lines]


def is_ours(name):
    return name != ".git" and not any(fnmatch(name, pattern) for pattern in ignored_names())


def project_files():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if is_ours(name)]
        yield from (Path(folder) / name for name in files if is_ours(name))


def source_files():
    return [path for path in project_files() if path.suffix == ".py"]


def text_of(path):
    return path.read_text(encoding="utf-8")


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(path), flags=re.DOTALL | re.MULTILINE)


def test_the_top_level_holds_only_what_the_architecture_allows():
    top = {path.name for path in ROOT.iterdir() if is_ours(path.name) and not path.name.startswith(".")}
    assert top <= ALLOWED


def test_no_file_names_a_package_registry_or_a_folder_of_a_developers_machine():
    # Written in parts, so that this file may be looked at as well.
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("deb", "debian", "org"),
            ("docker", "io"),
            ("ghcr", "io"),
        )
    ]
    folders = [f"/{name}/" for name in ("home", "root", "Users", "work")]
    forbidden = re.compile("|".join(map(re.escape, (*hosts, *folders))))
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [(str(path.relative_to(ROOT)), match.group()) for match in forbidden.finditer(text)]
    assert found == []


TABLES = {"gateway/events.py"}
"""Files that hold a table of the product's texts, read by looking up and not from top to bottom."""


def test_source_files_are_under_400_lines():
    lengths = {str(path.relative_to(ROOT)): text_of(path).count("\n") for path in source_files()}
    assert {name: lines for name, lines in lengths.items() if lines >= 400 and name not in TABLES} == {}


def test_functions_are_under_60_lines():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in source_files()
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 >= 60
    ]
    assert long == []


def declared():
    extras = PROJECT["project"]["optional-dependencies"]
    listed = [*PROJECT["project"]["dependencies"], *(one for extra in extras.values() for one in extra)]
    own = PROJECT["project"]["name"]
    found = (re.fullmatch(r"([\w.-]+(?:\[[\w,-]+\])?)(.*)", one).groups() for one in listed)
    return {name: range_ for name, range_ in found if not name.startswith(own)}


def test_each_dependency_has_its_range_reason_and_licence_in_the_list():
    rows = re.findall(
        r"^\| (\S+) \| (>=\S+) \| (.+) \| (.+) \|$", text_of(ROOT / "docs/dependencies.md"), re.MULTILINE
    )
    assert {name: range_ for name, range_, _, _ in rows} == declared()


def test_the_wheels_that_the_closed_network_needs_are_those_of_the_build():
    (build,) = PROJECT["build-system"]["requires"]
    assert f"'{build}'" in text_of(ROOT / "docs/dependencies.md")


def commands(path):
    text = text_of(path)
    ours = re.findall(r"\blinkage-gateway ([a-z]+)", text)
    make = re.findall(
        r"\bmake ([a-z]+(?: ARGS=[-\w]+)?)", "\n".join(re.findall(r"`[^`]+`|^make .*$", text, re.MULTILINE))
    )
    return set(ours), set(make)


def test_both_readmes_mention_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_a_readme_mentions_every_command_and_no_other(readme):
    assert commands(readme)[0] == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_make_knows_every_target_that_a_page_mentions(page):
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert {one.split()[0] for one in commands(page)[1]} <= targets


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_a_readme_shows_a_route_of_the_sample_city_as_it_is(readme):
    (route,) = blocks(readme, "yaml")
    (linked,) = re.findall(r"\((config/routes/\S+\.yaml)\)", text_of(readme))
    assert text_of(ROOT / linked).endswith(route)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_a_readme_shows_the_demo_with_the_routes_of_the_sample_city(readme):
    shown = set(re.findall(r"^│ ([\w-]+) ", text_of(readme), re.MULTILINE))
    assert shown == {path.stem for path in (ROOT / "config/routes").rglob("*.yaml")}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_page_of_states_is_current():
    assert text_of(ROOT / "docs/lifecycle.md") == lifecycle_diagram.page()


def test_the_architecture_page_names_every_layer_of_the_contract():
    (contract,) = (
        one for one in PROJECT["tool"]["importlinter"]["contracts"] if one.get("containers") == ["gateway"]
    )
    layered = set(re.findall(r"\w+", " ".join(contract["layers"]))) - {"__main__"}
    rows = re.findall(
        r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", text_of(ROOT / "docs/architecture.md"), re.MULTILINE
    )
    named = {name.removeprefix("gateway.") for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    assert named == layered | {"adapters"}


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_is_drawn_for_dark_screens_too_and_loads_nothing(picture):
    text = text_of(picture)
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme: dark" in text
    assert re.findall(r"(?:href|src|@import)", text) == []


def test_both_guides_give_the_same_files_and_commands():
    english, japanese = ([blocks(guide, language) for language in ("yaml", "sh")] for guide in GUIDES)
    uncommented = [[re.sub(r" +#.*", "", one) for one in group] for group in english]
    assert uncommented == [[re.sub(r" +#.*", "", one) for one in group] for group in japanese]


def gateway(city, *arguments):
    command = [sys.executable, "-m", "gateway", "--config", str(city), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_first_route_of_the_guide_works_as_it_says(tmp_path):
    names = re.findall(r"^`city/(\S+)`$", text_of(GUIDES[0]), re.MULTILINE)
    places = {name: tmp_path / name for name in ("in", "out")}
    for folder in places.values():
        folder.mkdir()
    for name, content in zip(names, blocks(GUIDES[0], "yaml"), strict=True):
        path = tmp_path / "city" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("/srv/renkei", str(tmp_path)), encoding="utf-8")

    checked = gateway(tmp_path / "city", "check")
    assert (checked.returncode, checked.stderr) == (0, "")

    (places["in"] / "FURIKAE_1.txt").write_bytes("00000001見本太郎0100\r\n".encode("cp932"))
    assert gateway(tmp_path / "city", "once").returncode == 0
    assert (
        places["out"] / "FURIKAE_1.csv"
    ).read_bytes() == "番号,氏名,金額\n00000001,見本太郎,100\n".encode()
    assert [path.name for path in (places["in"] / "archive").iterdir()] == ["FURIKAE_1.txt"]

    (places["in"] / "FURIKAE_2.txt").write_bytes("00000001見本太郎02X0\r\n".encode("cp932"))
    held = gateway(tmp_path / "city", "once")
    assert held.returncode == 1
    assert "held" in held.stdout
    assert "02X0" not in held.stdout + held.stderr


def test_help_of_make_lists_every_target():
    shown = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT)], capture_output=True, text=True, check=True
    )
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text_of(ROOT / "Makefile"), re.MULTILINE)
    assert re.findall(r"^make ([a-z]+)", shown.stdout, re.MULTILINE) == phony.split()


@pytest.mark.parametrize("script", [".ci/run", ".ci/debian-packages"])
def test_a_script_can_be_run_and_stops_at_its_first_error(script):
    assert os.access(ROOT / script, os.X_OK)
    assert "\nset -euo pipefail\n" in text_of(ROOT / script)


@pytest.mark.parametrize(("listed", "goals"), [("", "test"), ("all.zip", "audit test")])
def test_what_runs_each_change_audits_dependencies_where_it_has_a_list_of_weaknesses(tmp_path, listed, goals):
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$@"\n')
    make.chmod(0o700)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "ADVISORIES": listed}
    run = subprocess.run([ROOT / ".ci/run"], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == goals
