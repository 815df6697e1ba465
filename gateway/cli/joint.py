"""Commands in a folder of several municipalities: for each of them in turn, or for the one that is named."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from gateway.cli.output import WRONG, print_faults, print_json, print_table, stop_with
from gateway.cli.speaking import language, spoken
from gateway.console.words import words
from gateway.load.municipalities import home, is_joint, misplaced, names
from gateway.spelling import instead

EACH = ("check", "status", "held", "alarms", "doctor")
"""What is asked of every municipality in turn where none is named."""

WITHOUT = ("run", "demo", "reference", "password")
"""What needs no single municipality."""

STATES = ("running", "waiting", "paused", "rejected")

_HELP = {"-h", "--help"}


def chosen_home(directory: Path, name: str) -> Path:
    """The configuration's folder of one municipality; ends with exit code 2 if there is none of that name."""
    if not is_joint(directory):
        stop_with(f"{directory} holds no municipalities/; leave --municipality out", WRONG)
    known = names(directory)
    if name not in known:
        stop_with(f"there is no municipality {name}; {instead(name, known)}", WRONG)
    return home(directory, name)


def together(
    directory: Path, name: str, command: click.Command, rest: list[str]
) -> tuple[click.Command, list[str]]:
    """What to run for a command that names no municipality, and its arguments."""
    if name in WITHOUT or not _HELP.isdisjoint(rest):
        return command, rest
    call = _for_each(directory, command, rest) if name in EACH else _ask_for_one(directory, name)
    return click.Command(name, callback=call), []


def _ask_for_one(directory: Path, name: str) -> Callable[[], None]:
    def call() -> None:
        known = ", ".join(names(directory)) or "none yet"
        stop_with(
            f"{directory} holds several municipalities ({known}); name one: --municipality NAME {name}", WRONG
        )

    return call


def _for_each(directory: Path, command: click.Command, rest: Sequence[str]) -> Callable[[], None]:
    def call() -> None:
        wrong = misplaced(directory)
        print_faults(wrong)
        codes = [WRONG] if wrong else [0]
        documents: dict[str, Any] = {}
        if command.name == "status" and not rest:
            _summarise(directory, command)
        for name in names(directory):
            code, document = _one(home(directory, name), command, rest)
            codes.append(code)
            documents[name] = document
        if _is_of_machines(rest):
            print_json(_merged(documents))
        raise SystemExit(max(codes))

    return call


def _summarise(directory: Path, command: click.Command) -> None:
    """A line for each municipality, before what its routes do."""
    found = {}
    for name in names(directory):
        with redirect_stderr(io.StringIO()):  # it is told again below
            _, found[name] = _one(home(directory, name), command, ["--json"])
    w = words(language() or "ja")
    print_table([w[key] for key in SUMMARY], [summary(name, rows) for name, rows in found.items()])


SUMMARY = ("municipality", *STATES, "pending", "held", "overdue", "next_cutover")


def summary(name: str, rows: Any) -> tuple[str, ...]:
    """How the routes of a municipality stand, in numbers; ``rows`` of ``status --json`` are no list if it failed."""
    if not isinstance(rows, list):
        return (name, spoken("its configuration cannot be used; see check"), *[""] * (len(SUMMARY) - 2))
    states = [str(sum(row["state"] == state for row in rows)) for state in STATES]
    counts = [str(sum(row[key] or 0 for row in rows)) for key in ("pending", "held")]
    late = str(sum(row["overdue_since"] is not None for row in rows))
    cutovers = [row["next_cutover"] for row in rows if row["next_cutover"]]
    return (name, *states, *counts, late, min(cutovers, default="")[:10])


def _one(folder: Path, command: click.Command, rest: Sequence[str]) -> tuple[int, Any]:
    """The exit code of a command for one municipality, and its document where one is asked for."""
    if not _is_of_machines(rest):
        for err in {False, not (sys.stdout.isatty() and sys.stderr.isatty())}:
            click.secho(f"── {folder.name}", bold=True, err=err)
        return _code(folder, command, rest), None
    written = io.StringIO()
    with redirect_stdout(written):
        code = _code(folder, command, rest)
    return code, json.loads(written.getvalue() or "null")


def _code(folder: Path, command: click.Command, rest: Sequence[str]) -> int:
    try:
        command.main(args=list(rest), prog_name=f"linkage-gateway {command.name}", obj=folder)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _is_of_machines(rest: Sequence[str]) -> bool:
    """Whether a document is asked for, and not lines."""
    return bool({"--json", "--format=json", "--format=sarif"} & set(rest)) or any(
        pair in (("--format", "json"), ("--format", "sarif")) for pair in pairwise(rest)
    )


def _merged(documents: dict[str, Any]) -> Any:
    """One document: a SARIF log with a run for each, or what each says by its name."""
    logs = [one for one in documents.values() if isinstance(one, dict) and "runs" in one and "$schema" in one]
    if logs and len(logs) == len(documents):
        return {**logs[0], "runs": [run for log in logs for run in log["runs"]]}
    return {"municipalities": documents}
