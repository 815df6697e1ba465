"""``compare``: what old and new deliveries of a route differ in, or two files by hand."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    chosen,
    city_of,
    print_json,
    print_table,
    stop_with,
    words_of,
)
from gateway.cli.speaking import say, spoken
from gateway.comparison import (
    ExpiringValues,
    Normaliser,
    NotCompared,
    Outcome,
    RuleFault,
    Rules,
    Series,
    Side,
    Subject,
    Task,
    paired,
)
from gateway.comparison import compare as compare_sides
from gateway.comparison.outcome import GroupTotals
from gateway.config.comparing import WORDS
from gateway.evidence.comparing import WORK, Comparing, Due, sweep, work_folder
from gateway.evidence.drawers import REPORTS
from gateway.formats import Form
from gateway.formats.fast.readiness import WORTH_WAITING, kernels_ready
from gateway.journal import ComparisonRow, Journal
from gateway.load import City
from gateway.sealing import sealing_of
from gateway.spelling import instead
from gateway.stores.originals import kept_files
from gateway.times.clock import SystemClock

BY_HAND = "by-hand"
GENTLE = 19

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--slot", type=_DAY, help="Compare this business date, also if it was compared already.")
@click.option("--layout", help="By hand: WHAT is two files, OLD and NEW; the layout of both.")
@click.option("--layout-new", help="By hand: the layout of NEW, where it is another.")
@click.option("--profile", help="By hand: CSV profile; absent: the default one.")
@click.option("--key", multiple=True, help="By hand: item that identifies a record; may be given again.")
@click.option("--item", "items", multiple=True, help="By hand: compare this item; absent: every common one.")
@click.option("--normalise", multiple=True, help=f"By hand: ITEM={'|'.join(WORDS)}; may be given again.")
@click.option("--total", "totals", multiple=True, help="By hand: item whose sum stands in the report.")
@click.option(
    "--values", type=click.Path(path_type=Path), help="Write the values that differ: personal data."
)
@click.option("--expires", type=_DAY, help="With --values: the last day on which that file may be there.")
@click.option(
    "--erase", is_flag=True, help="Remove the route's reports, with what its digests were made with."
)
@click.option("--gently", is_flag=True, help="Take no time from other processes.")
@as_json
@click.pass_context
def compare(context: click.Context, /, what: Sequence[str], *, as_json: bool, **options: object) -> None:
    """Compare old and new deliveries of a ROUTE, or OLD and NEW by hand (with --layout).

    Exit 0 where they are equal, or equivalent: every difference is tolerated. Exit 1 where they differ, or where
    nothing could be compared. Reports hold no values; --values writes them, for their owner alone, until a day.
    """
    if options["gently"]:
        os.nice(GENTLE)
    values, expires = options["values"], options["expires"]
    if (values is None) != (expires is None):
        stop_with("--values and --expires belong together: say until when that file may be there", WRONG)
    city = city_of(context.obj, quiet=as_json)
    sweep(city, datetime.now(city.installation.zone))
    register = ExpiringValues(city.installation.gateway.state_dir / REPORTS)
    if isinstance(values, Path) and isinstance(expires, datetime):
        if not (options["layout"] or options["slot"]):
            stop_with("--values needs --slot: say of which day", WRONG)
        if values.exists():
            stop_with(f"{values} is there already; remove it, or name another file", WRONG)
        register.add(values, expires.date())
    if options["layout"]:
        _by_hand(city, what, options, as_json=as_json)
    else:
        _by_route(city, what, options, as_json=as_json)


def _by_route(city: City, what: Sequence[str], options: dict[str, object], *, as_json: bool) -> None:
    if len(what) != 1:
        stop_with("name one route; to compare two files by hand, give their --layout", WRONG)
    (name,) = chosen(what, city.routes, rejected=city.rejected)
    settings = city.routes[name].compare
    if options["erase"]:
        Series(city.installation.gateway.state_dir / REPORTS, name).erase()
        say(f"the reports of {name} and their key are removed")
        return
    if settings is None:
        stop_with(f"{name} compares nothing; add compare: to its file, with key:", WRONG)
    slot, values = options["slot"], options["values"]

    async def made(journal: Journal) -> list[ComparisonRow]:
        work = Comparing(city, journal, kept_files(city.installation)["originals"], SystemClock())
        if isinstance(slot, datetime):
            wanted: list[Due] = await work.of_day(name, slot.date())
        else:
            wanted = await work.due(name)
        path = values if isinstance(values, Path) else None
        if path is not None and len(wanted) > 1:
            stop_with(
                f"{name} has {len(wanted)} slots on that day, and values are written of one alone", WRONG
            )
        return [await work.compare(name, one, path) for one in wanted]

    rows = with_journal(city, made, write=True)
    if not rows and not isinstance(slot, datetime):
        rows = with_journal(city, lambda journal: journal.comparisons.latest(name, 1), write=False)
    _print_rows(words_of(city), rows, as_json=as_json)
    if not rows:
        stop_with(
            f"there is nothing to compare of {name} yet: it needs a delivery and an early file of one day",
            FAILED,
        )
    raise SystemExit(0 if all(row.clean for row in rows) else FAILED)


def _print_rows(w: Mapping[str, str], rows: Sequence[ComparisonRow], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(row) | {"clean": row.clean} for row in rows])
        return
    columns = (
        "slot",
        "verdict",
        "old",
        "new",
        "only_old",
        "only_new",
        "changed",
        "tolerated",
        "unexplained",
        "report",
    )
    cells = [
        (row.slot, w.get(f"v_{row.result}", row.result),
         *(str("-" if n is None else n) for n in (row.old_records, row.new_records)),
         *map(str, (row.only_old, row.only_new, row.changed, row.tolerated, row.unexplained)),
         row.report or spoken(row.detail))
        for row in rows
    ]  # fmt: skip
    if rows:
        print_table([w[key] for key in columns], cells)


def _by_hand(city: City, what: Sequence[str], options: dict[str, object], *, as_json: bool) -> None:
    if len(what) != 2 or not options["key"]:  # noqa: PLR2004 - old and new
        stop_with("give two files, OLD and NEW, and at least one --key", WRONG)
    state = city.installation.gateway.state_dir
    sides, rules = _sides(city, [Path(one) for one in what], options)
    series = Series(state / REPORTS, BY_HAND, sealing_of(city.installation))
    now = datetime.now(city.installation.zone)
    kernels_ready(size=WORTH_WAITING)
    with tempfile.TemporaryDirectory(dir=_room(city), prefix=WORK) as folder:
        values = options["values"]
        task = Task(
            old=sides[0],
            new=sides[1],
            rules=rules,
            today=now.date(),
            secret=series.secret(),
            values=values if isinstance(values, Path) else None,
        )
        try:
            outcome = compare_sides(task, Path(folder))
        except NotCompared as reason:
            stop_with(reason, FAILED)
    subject = Subject(
        title=f"手作業（{getpass.getuser()}）", slot=f"{now:%Y-%m-%d}", old=what[0], new=what[1], at=now
    )
    _print(words_of(city), outcome, series.write(subject, outcome), as_json=as_json)
    raise SystemExit(0 if outcome.verdict.clean else FAILED)


def _room(city: City) -> Path:
    folder = city.installation.gateway.state_dir / REPORTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return work_folder(city)


def _sides(city: City, files: Sequence[Path], options: dict[str, object]) -> tuple[tuple[Side, Side], Rules]:
    names = str(options["layout"]), str(options["layout_new"] or options["layout"])
    forms = [_form(city, name, options["profile"]) for name in names]
    for path in files:
        if not path.is_file():
            stop_with(f"there is no file {path}", WRONG)
    try:
        rules = paired(
            forms[0].layout,
            forms[1].layout,
            key=_texts(options["key"]),
            items=[(name, name) for name in _texts(options["items"])],
            normalise=_normalisers(_texts(options["normalise"])),
            totals=_texts(options["totals"]),
        )
    except RuleFault as fault:
        stop_with(str(fault), WRONG)
    old, new = (
        Side(name=str(path), form=form, paths=(path,)) for path, form in zip(files, forms, strict=True)
    )
    return (old, new), rules


def _texts(given: object) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, tuple) else ()


def _normalisers(written: Sequence[str]) -> dict[str, tuple[Normaliser, ...]]:
    found: dict[str, tuple[Normaliser, ...]] = {}
    for one in written:
        item, _, word = one.partition("=")
        kind = WORDS.get(word)
        if kind is None:
            stop_with(f"--normalise is ITEM=WORD, with one of {', '.join(WORDS)}", WRONG)
        found[item] = (*found.get(item, ()), Normaliser(kind=kind))
    return found


def _form(city: City, name: str, profile: object) -> Form:
    library = city.conversions.library
    for drawer, wanted in ((library.layouts, name), (library.profiles, profile)):
        if isinstance(wanted, str) and wanted not in drawer:
            stop_with(f"no usable {drawer.kind} {wanted}; {instead(wanted, drawer)}", WRONG)
    form = city.conversions.plain_form(name)
    if isinstance(profile, str) and form.layout.records == "csv":
        return Form(layout=form.layout, profile=library.profiles[profile], tables=form.tables)
    return form


def _print(w: Mapping[str, str], outcome: Outcome, report: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(outcome) | {"report": str(report), "clean": outcome.verdict.clean})
        return
    click.secho(w.get(f"v_{outcome.verdict}", str(outcome.verdict)), bold=True)
    old, new = outcome.old, outcome.new
    counted = (
        ("records", f"{old.records}", f"{new.records}"),
        ("unmatched", f"{outcome.only_old}", f"{outcome.only_new}"),
        ("repeated_keys", f"{old.duplicate_records}", f"{new.duplicate_records}"),
    )
    print_table(("", w["old"], w["new"]), [(w[key], *counts) for key, *counts in counted])
    differing = {
        "changed": outcome.changed,
        "tolerated": outcome.tolerated,
        "unexplained": outcome.unexplained,
    }
    print_table(("", w["records"]), [(w[key], str(count)) for key, count in differing.items()])
    rows = [(one.item, str(one.changed)) for one in outcome.items if one.changed]
    if rows:
        print_table((w["item"], w["changed"]), rows)
    totals = [row for one in outcome.totals for row in _totals(w, one)]
    if totals:
        print_table([w[key] for key in ("municipality", "sum_of", "old", "new", "verdict")], totals)
    say(f"report: {report.with_suffix('.html')}")


def _totals(w: Mapping[str, str], group: GroupTotals) -> Iterator[tuple[str, ...]]:
    """The control totals of both sides, and whether they agree; a side that a group lacks has none."""
    sums = [side.sums if side else {} for side in (group.old, group.new)]
    for item in dict.fromkeys((*sums[0], *sums[1])):
        old, new = (str(side[item]) if item in side else "-" for side in sums)
        yield (group.group or w["all"], item, old, new, w["v_equal" if old == new else "v_different"])
