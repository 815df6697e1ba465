"""A town with a route for each way in which files go, whose files at rest are encrypted, and what lies on its disk."""

import asyncio
import hashlib
from datetime import timedelta

from gateway.carrying.streaming import WORTH_IT
from gateway.errors import Reason
from gateway.evidence.shadowing import shadow_all
from gateway.sealing import sealing_of
from gateway.stores.originals import KeptFiles
from tests.integration.test_canaries import AMOUNT, NAMES, NUMBER, found
from tests.integration.test_clear_errors import record
from tests.integration.test_diverting import DIVERTING
from tests.integration.test_shadowing import ROUTE as SHADOWING
from tests.integration.test_substitutions import REDUCTION
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

GOOD = record(NUMBER, NAMES[0], AMOUNT.encode())
BAD = record(NUMBER, NAMES[1], b"3X415")
QUICK = timedelta(seconds=5)
PASSING = """
from: {system: old, legacy: {endpoint: here, path: "p/*.dat", ready: at-once, layout: fixed}}
to: {system: old, legacy: {endpoint: there, path: "p/{name}", layout: fixed}}
schedule: {every: 1s}
after: delete
"""


def place(text, name):
    """The route with folders of its own at both ends."""
    return text.replace('path: "', f'path: "{name}/')


def town_of_everything(root, *ids):
    """A town with a route for each way in which files go; with ``ids`` it encrypts, the first key being the newest."""
    town = Town(root)
    encrypt(town, *ids)
    reducing = "characters: [reduce]\nunmapped: table\n"
    town.write("characters/reduce.csv", REDUCTION)
    for name, text in (("fixed", FIXED), ("reduced", FIXED + reducing), ("csv", CSV)):
        town.write(f"layouts/{name}.yaml", text)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write("mappings/reduced-to-csv.yaml", MAPPING.replace("from: fixed", "from: reduced"))
    town.endpoints(f"beside: {{adapter: local, owner_object: false, root: {root / 'beside'}}}\n")
    reduced = """
    from: {system: new, standard: {endpoint: here, path: "reduce/*.csv", ready: at-once, layout: csv}}
    to: {system: old, legacy: {endpoint: there, path: "reduce/{seq:04}.dat", layout: reduced}}
    convert: reduced-to-csv
    schedule: {every: 1s}
    """
    routes = {
        "held": place(CONVERTING, "held"),
        "divert": place(DIVERTING, "divert"),
        "split": place(CONVERTING, "split") + "limits: {records_per_file: 2}\n",
        "passing": PASSING,
        "reduce": reduced,
        "shadow": SHADOWING.replace('path: "*.dat"', 'path: "shadow/*.dat"').replace(
            '"{name}"', '"shadow/{name}"'
        ),
    }
    for name, text in routes.items():
        town.write(f"routes/v/{name}.yaml", text)
    for folder in ("held", "divert", "split", "p", "reduce", "shadow"):
        (town.here / folder).mkdir(exist_ok=True)
        (town.there / folder).mkdir(exist_ok=True)
    (root / "beside/trial").mkdir(parents=True, exist_ok=True)
    return town


def encrypt(town, *ids):
    path = town.root / "config/gateway.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("encryption:")]
    path.write_text("\n".join([*lines, town.encryption(*ids) if ids else ""]) + "\n")


def put_everything(town, people=((NUMBER, NAMES[0], AMOUNT), ("00002", NAMES[1], "27182"))):
    """Files for every route; the records of bad ones cannot be converted."""
    records = [record(number, name, amount.encode()) for number, name, amount in people]
    rows = "".join(f"{number},{name},{amount.lstrip('0') or '0'}\n" for number, name, amount in people)
    (town.here / "held/a.dat").write_bytes(GOOD + BAD)
    (town.here / "divert/a.dat").write_bytes(b"".join(records) + BAD)
    (town.here / "split/a.dat").write_bytes(b"".join(records) * 2)
    (town.here / "p/large.dat").write_bytes(b"".join(records) * (WORTH_IT // 20))
    (town.here / "p/small.dat").write_bytes(b"".join(records))
    (town.here / "reduce/a.csv").write_text(f"番号,氏名,金額\n{rows}00009,𠮷田,5\n", encoding="utf-8")
    (town.here / "shadow/a.dat").write_bytes(b"".join(records))


async def carry(town):
    """One run of every route, with shadows; everything that is kept is compressed."""
    async with town.gateway() as gateway:
        names = list(gateway.city.routes)
        await gateway.once(names, patience=QUICK)
        journey = gateway._journeys["shadow"]
        await shadow_all(journey, journey.route.shadow)
        await gateway._keeping.pack(asyncio.Event())


def lying(town, least=10):
    """What of the canaries lies below the state folder, by file."""
    paths = [path for path in (town.root / "state").rglob("*") if path.is_file()]
    assert len(paths) >= least
    return {str(path.relative_to(town.root)): hits for path in paths if (hits := found(path.read_bytes()))}


async def everything_is_whole(town):
    """Every kept file reads as it was kept, and what was held goes on."""
    city = town.load()
    state, sealing = city.installation.gateway.state_dir, sealing_of(city.installation)
    async with town.gateway() as gateway:
        kept = await gateway.journal.evidence.all()
        assert len(kept) > 5
        for one in kept:
            digest = hashlib.sha256()
            async for chunk in KeptFiles(state / one.store, sealing).open(one.sha256):
                digest.update(chunk)
            assert digest.hexdigest() == one.sha256
        for held in await gateway.journal.open_transfers():
            await gateway.journal.released(held, who="田中", why="もう一度")
        await gateway.once(["held", "divert"], patience=QUICK)
        opened = await gateway.journal.open_transfers()
    assert {one.reason for one in opened} == {Reason.BAD_RECORDS}
