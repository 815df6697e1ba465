"""``purge``: erase what has had its time now, and show what was erased when."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import as_json, city_of, local, print_json, print_table, words_of
from gateway.evidence.keeping import Keeping, Stock
from gateway.journal import Erasure, Journal
from gateway.logs.log import handler_for, open_log
from gateway.reaching.places import Places
from gateway.stores.originals import kept_files
from gateway.times.clock import SystemClock

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option(
    "--report", is_flag=True, help="Erase nothing; show what was erased, and what each store holds."
)
@click.option("--since", type=DAY, help="Show erasures from this day on; absent: all.")
@as_json
@click.pass_obj
def purge(directory: Path, *, report: bool, since: datetime | None, as_json: bool) -> None:
    """Erase what has had its time (retention), as the gateway does each hour.

    That is: kept files, sheets, reports, results of rehearsals, backups, what was written to shadow places, and rows of
    the journal.
    Every erasure leaves a row of proof in the journal. Exit code 1 if something that is due could not be erased.
    """
    city = city_of(directory, quiet=True)
    clock, zone = SystemClock(), city.installation.zone
    quiet = handler_for(stream="stderr")
    log = open_log(
        quiet,
        gateway=city.installation.gateway.name,
        level="error",
        text=True,
        clock=clock,
        zone=zone,
        language=city.installation.console.language,
    )

    async def work(journal: Journal) -> tuple[list[Erasure], list[Stock]]:
        stores = {} if report else kept_files(city.installation)
        async with Places(city.endpoints, clock=clock, report=log, zone=zone) as places:
            keeping = Keeping(city, stores, journal=journal, clock=clock, report=log, reach=places.reach)
            if not report:
                await keeping.erase()
            first = since.replace(tzinfo=zone) if since else datetime.min.replace(tzinfo=UTC)
            return await journal.evidence.erasures(first), await keeping.stock()

    erased, stock = with_journal(city, work, write=not report)
    if as_json:
        print_json({"erased": erased, "stores": [asdict(one) for one in stock]})
    else:
        rows = [
            (local(one.at, city), one.store, str(one.files), str(one.bytes), local(one.until, city))
            for one in erased
        ]
        w = words_of(city)
        print_table([w[key] for key in ("erased_at", "store", "files", "bytes", "used_before")], rows)
        held = [(one.store, str(one.files), str(one.stored), str(one.due)) for one in stock]
        print_table([w[key] for key in ("store", "files", "on_disk", "due")], held)
