"""``rebaseline``: the next full file of a route with delta begins anew."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from gateway.carrying.bridge import give_back
from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, chosen, city_of, print_json, stop_with
from gateway.cli.speaking import say
from gateway.errors import Reason, WrongUse
from gateway.formats.keyed import Keyed
from gateway.journal import HeldState, Journal, Transfer
from gateway.journal.audit import Act
from gateway.load import City
from gateway.sealing import sealing_of
from gateway.stores.originals import kept_files


@click.command()
@click.argument("route")
@click.option(
    "--before",
    "transfer",
    metavar="TRANSFER",
    help="Instead let the rows hold again that there were before this delivery: the consumer discarded it, and all "
    "that followed.",
)
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def rebaseline(directory: Path, route: str, *, transfer: str | None, reason: str, as_json: bool) -> None:
    """Let the next file of ROUTE, which must hold everything, be the one that differences begin with.

    It goes out as the route's ``delta.baseline`` says. Files that were held because nobody knew the rows before are
    released. Where full files are made of changes, the next file of changes must hold every row as a new one.
    """
    city = city_of(directory, quiet=True)
    chosen([route], city.routes, rejected=city.rejected)
    if city.routes[route].delta is None:
        stop_with(f"route {route} has no delta, so nothing of it stands on what was before", WRONG)

    if transfer is not None:
        _give_back(city, route, transfer, reason, as_json=as_json)
        return

    async def begin_anew(journal: Journal) -> Sequence[Transfer]:
        who = getpass.getuser()
        await journal.deltas.rebaseline(route, who=who, reason=reason)
        waiting = [one for one in await journal.open_transfers(route) if one.reason is Reason.BASE_MISSING]
        return [await journal.released(one, who=who, why=reason) for one in waiting]

    released = with_journal(city, begin_anew, write=True)
    if as_json:
        print_json({"route": route, "released": [one.id for one in released]})
        return
    say(f"the next full file of {route} begins anew")
    for one in released:
        say(f"{one.id} goes on at the next look of {route}")


def _give_back(city: City, route: str, transfer: str, reason: str, *, as_json: bool) -> None:
    """The rows before a delivery hold again."""
    act = Act(
        who=getpass.getuser(), act="discard", subject=route, reason=reason, detail={"transfer": transfer}
    )
    state_dir = city.installation.gateway.state_dir
    sealing = sealing_of(city.installation)

    async def back(journal: Journal) -> HeldState:
        state = await journal.deltas.of_transfer(transfer)
        if state is None or state.series.route != route:
            raise WrongUse(f"{transfer} is no delivery of {route} whose rows hold or held")
        earlier = await journal.deltas.before(state)
        if earlier is None:
            raise WrongUse(f"the rows of {route} began with {transfer}; leave --before out to begin anew")
        keyed = await _keyed(city, journal, earlier)
        kept = kept_files(city.installation, sealing)
        with tempfile.TemporaryDirectory(dir=state_dir, prefix=".rebaseline-") as folder:
            return await give_back(
                journal, kept, keyed, earlier, fresh=lambda name: sealing.new(Path(folder) / name), act=act
            )

    now = with_journal(city, back, write=True)
    if as_json:
        print_json({"route": route, "holds": now.transfer, "rows": now.rows})
        return
    say(
        f"the {now.rows} rows of {now.transfer} hold again; the next full file of {route} is compared with them"
    )


async def _keyed(city: City, journal: Journal, state: HeldState) -> Keyed:
    """How the rows of a state are known, if its layout is still the one that it was made with."""
    route, found = city.routes[state.series.route], await journal.find(state.transfer)
    assert found is not None, "its delivery led to the state"
    for place in route.end(state.series.side).places(state.series.format):
        form = city.conversions.form(place, found.business_date)
        if form is not None and form.fingerprint == state.form:
            return city.conversions.keyed(route, place, found.business_date)
    raise WrongUse("the layout is another one than that of the rows before; leave --before out to begin anew")
