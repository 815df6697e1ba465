"""``sheet``: the bad items of a held file, for staff to correct."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.carrying.defects import sheet_of
from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, city_of, print_json, stop_with
from gateway.cli.speaking import say
from gateway.errors import GatewayError
from gateway.evidence.correcting import bad_items_of
from gateway.journal import Journal, Transfer
from gateway.lifecycle import State
from gateway.sheets import write_private


@click.command()
@click.argument("transfer")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The sheet, .xlsx or .csv; only its owner may read it.",
)
@as_json
@click.pass_obj
def sheet(directory: Path, transfer: str, *, out: Path, as_json: bool) -> None:
    """Write the bad items of a held file into a sheet that staff can correct: 訂正値 is for the right value.

    The sheet holds values of the file: personal data. Then: release TRANSFER --corrected SHEET. At most a hundred
    faults are listed; what is left shows when the corrected file is looked at again.
    """
    city = city_of(directory, quiet=True)
    if out.suffix.lower() not in (".xlsx", ".csv"):
        stop_with("--out must end in .xlsx or .csv", WRONG)

    async def find(journal: Journal) -> Transfer:
        found = await journal.find(transfer)
        if found is None or found.state is not State.HELD:
            stop_with(f"no file is held as {transfer}; see linkage-gateway held", FAILED)
        return found

    found = with_journal(city, find, write=False)
    try:
        items = bad_items_of(city, found)
    except GatewayError as error:
        stop_with(error, FAILED)
    write_private(out, sheet_of(found.id, items, "csv" if out.suffix.lower() == ".csv" else "xlsx"))
    if as_json:
        print_json({"transfer_id": found.id, "sheet": out, "items": len(items)})
    else:
        say(f"{out}: {len(items)} items of {found.entry.path}")
