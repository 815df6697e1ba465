"""``new``: first versions of routes, layouts, mappings and character tables, with comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import get_args

import click

from gateway.cli.output import FAILED, WRONG, as_json, print_json, stop_with
from gateway.config import MayUse
from gateway.config.words import NAME_PATTERN
from gateway.formats import FormatFaults, Layout, Selectors, import_characters, import_copybook
from gateway.formats.layouts.layout import Encoding, Single
from gateway.load import City, load
from gateway.reference import create
from gateway.scaffold import RouteWish, mapping_text, propose, route_text
from gateway.spelling import instead


@click.group()
def new() -> None:
    """Write a first version of a route, a layout, a mapping or a character table, to be completed."""


_for_vendor = click.option(
    "--vendor",
    default="",
    help="Whose alone it is: it stands in the vendor's own folder, and goes with its bundle.",
)


@new.command()
@click.argument("name")
@click.option("--vendor", required=True, help="The vendor in whose folder the route stands.")
@click.option(
    "--from", "source", default="", help="System that files come from, by its name in systems.yaml."
)
@click.option("--to", default="", help="System that files go to, by its name in systems.yaml.")
@as_json
@click.pass_obj
def route(directory: Path, name: str, *, vendor: str, source: str, to: str, as_json: bool) -> None:
    """Write routes/VENDOR/NAME.yaml with the places that its systems need."""
    city = load(directory)
    for system in filter(None, (source, to)):
        _require("system", system, city.systems)
    entry = city.installation.vendors.get(vendor)
    folder = entry.routes.rstrip("/") if entry and entry.routes else f"routes/{_named(vendor)}"
    wish = RouteWish(name=_named(name), vendor=vendor, source=source, to=to)
    bounds = entry.may_use if entry else MayUse(endpoints=tuple(city.endpoints))
    text = route_text(wish, city.systems, bounds)
    _write(directory, directory / folder / f"{name}.yaml", text, kind="route", as_json=as_json)


@new.command()
@click.argument("name", default="")
@click.option(
    "--from",
    "copybook",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="COBOL copybook, in UTF-8 or CP932.",
)
@click.option(
    "--encoding",
    type=click.Choice(get_args(Encoding)),
    metavar="CODE",
    help=f"Character code of its text items ({', '.join(get_args(Encoding))}); absent: to be written in by hand.",
)
@click.option("--free", is_flag=True, help="The copybook is in free format, without columns.")
@_for_vendor
@as_json
@click.pass_obj
def layout(
    directory: Path,
    name: str,
    *,
    copybook: Path,
    encoding: str | None,
    free: bool,
    vendor: str,
    as_json: bool,
) -> None:
    """Write layouts/NAME.yaml out of a COBOL copybook. NAME is the copybook's, if none is given."""
    name = name or re.sub(r"[^a-z0-9]+", "-", copybook.stem.lower()).strip("-")
    try:
        text = import_copybook(_text(copybook), source=copybook.name, encoding=encoding or "", free=free)
    except FormatFaults as error:
        lines = [f"{copybook}:{fault.location[0]}:1: {fault.message}" for fault in error.faults]
        stop_with("\n".join(lines), FAILED)
    home = _home(load(directory), vendor) if vendor else directory
    _write(directory, home / "layouts" / f"{_named(name)}.yaml", text, kind="layout", as_json=as_json)
    if not encoding:
        click.echo("a copybook does not say its character code: write it after encoding:", err=True)


@new.command()
@click.argument("source")
@click.argument("target")
@click.option("--name", default="", help="Name of the mapping; absent: SOURCE-to-TARGET.")
@_for_vendor
@as_json
@click.pass_obj
def mapping(directory: Path, source: str, target: str, *, name: str, vendor: str, as_json: bool) -> None:
    """Write mappings/SOURCE-to-TARGET.yaml: sure pairs of items as lines, doubtful ones as comments."""
    city = load(directory)
    one, other = _layout(city, source, vendor), _layout(city, target, vendor)
    proposal = propose(one, other)
    home = _home(city, vendor) if vendor else directory
    path = home / "mappings" / f"{_named(name or f'{source}-to-{target}')}.yaml"
    sure = sum(not pair.doubts for pair in proposal.pairs)
    counted = {"sure": sure, "unsure": len(proposal.pairs) - sure, "unfilled": len(proposal.unfilled)}
    text = mapping_text(one, other, proposal)
    _write(directory, path, text, kind="mapping", as_json=as_json, counted=counted)


@new.command()
@click.argument("name")
@click.option(
    "--from",
    "published",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Published table: JSON as the project jef4j has it.",
)
@click.option(
    "--encoding", required=True, type=click.Choice(get_args(Encoding)), help="Character code that it is of."
)
@click.option(
    "--single",
    type=click.Choice(get_args(Single)),
    help="Variant of the single bytes that a table of single bytes is held against; absent: the usual one.",
)
@click.option(
    "--selectors",
    type=click.Choice(get_args(Selectors)),
    default="none",
    show_default=True,
    help="Collection of the variation selectors: Hanyo-Denshi, Adobe-Japan1, or none.",
)
@click.option("--version", required=True, help="Version that the table states.")
@click.option("--approved-by", required=True, help="Who answers for it.")
@as_json
@click.pass_obj
def characters(
    directory: Path,
    name: str,
    *,
    published: Path,
    encoding: Encoding,
    single: Single | None,
    selectors: Selectors,
    version: str,
    approved_by: str,
    as_json: bool,
) -> None:
    """Write characters/NAME.csv with what a published table has and ENCODING has not built in, or has otherwise."""
    try:
        found = import_characters(
            published.read_text("utf-8"),
            encoding=encoding,
            selectors=selectors,
            version=_line_of(version),
            approved_by=_line_of(approved_by),
            single=single,
            source=_line_of(published.name),
        )
    except ValueError as error:
        stop_with(f"{published}: {error}", FAILED)
    counted = {"codes": found.codes, "left_out": len(found.left_out)}
    path = directory / "characters" / f"{_named(name)}.csv"
    _write(directory, path, found.text, as_json=as_json, counted=counted)


def _line_of(text: str) -> str:
    """A text that fits into a remark of a table."""
    return " ".join(text.split())


def _layout(city: City, name: str, vendor: str) -> Layout:
    """A layout as the vendor's files call it."""
    layouts = city.conversions.library.layouts
    whole = layouts.own(vendor, name)
    if reason := layouts.why_not(whole, vendor):
        stop_with(reason, WRONG)
    found: Layout = layouts[whole]
    return found.model_copy(update={"name": name})


def _home(city: City, vendor: str) -> Path:
    """The folder of a vendor, for what it alone uses."""
    entry = city.installation.vendors.get(_named(vendor))
    return city.directory / (entry.routes if entry and entry.routes else f"routes/{vendor}")


def _require(kind: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        stop_with(f"unknown {kind} {name}; {instead(name, known)}", WRONG)


def _named(name: str) -> str:
    if not re.match(NAME_PATTERN, name):
        stop_with(f"{name} is no name; write a-z, 0-9 and single hyphens", WRONG)
    return name


def _text(copybook: Path) -> str:
    raw = copybook.read_bytes()
    for code in ("utf-8-sig", "cp932"):
        with suppress(UnicodeDecodeError):
            return raw.decode(code)
    raise click.UsageError(f"{copybook} is neither UTF-8 nor CP932; convert it first")


def _write(
    directory: Path,
    path: Path,
    text: str,
    *,
    as_json: bool,
    kind: str = "",
    counted: Mapping[str, int] | None = None,
) -> None:
    """Write a file that is not there yet, and say which."""
    if not create(path, text, kind=kind, directory=directory):
        stop_with(f"{path} is there already; give another name, or remove it", WRONG)
    if as_json:
        print_json({"written": str(path), **(counted or {})})
        return
    more = ", ".join(f"{number} {what}" for what, number in (counted or {}).items())
    click.echo(f"{path}{f': {more}' if more else ''}")
