"""A held file of which nothing is to be sent: people end it, it is kept and counted, and whoever waits goes on."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.errors import InDoubt, Transient
from gateway.app import Around
from gateway.errors import Reason
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_status_page import opened
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

GOOD = record("00001", "山田太郎", b"00012")
BAD = record("00002", "鈴木花子", b"0X034")
CUT = GOOD + b"cut"
NUMBERED = CONVERTING.replace("layout: fixed}", "layout: fixed, content: differential}") + (
    r'order: {sequence: "_(?P<seq>\\d{4})\\."}' + "\n"
)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def put(town, **files):
    for stem, content in files.items():
        (town.here / f"{stem}.dat").write_bytes(content)


async def one_held(town):
    return next(one for one in (await town.once()).transfers if one.state is State.HELD)


def end(town, held, *more):
    return ran(town, "release", held.id, "--superseded", "--reason", "the source sent it anew", *more)


def shown(town):
    [one] = json.loads(ran(town, "held", "--json").stdout)
    return one


def typed(town, command):
    """A command as it was shown, with a reason in the place of the word that stands for it."""
    program, *words = ["because" if word == "TEXT" else word for word in command.split()]
    assert program == "linkage-gateway"
    return ran(town, *words)


def ledger(town):
    return json.loads(ran(town, "ledger", "--json").stdout)["lines"]


async def test_a_numbered_file_that_was_cut_makes_way_for_the_one_that_its_source_sends_in_its_place(town):
    town.write("routes/v/r.yaml", NUMBERED)
    put(town, a_0001=CUT, a_0002=GOOD)
    cut = await one_held(town)
    put(town, a_0001=GOOD)
    again = next(one for one in (await town.once()).transfers if one.reason is Reason.SEQUENCE)
    assert town.arrived() == {}, "nothing passes the one that is held"
    assert end(town, cut).returncode == 0
    assert ran(town, "release", again.id, "--reason", "this one is whole").returncode == 0
    await town.once()
    assert len(town.arrived()) == 2
    assert json.loads(ran(town, "held", "--json").stdout) == []


async def test_what_ends_unsent_is_counted_as_superseded_and_kept_and_its_source_is_put_away(town):
    put(town, a=GOOD + BAD)
    held = await one_held(town)
    assert end(town, held).returncode == 0
    (ended,) = (await town.once()).transfers
    assert (ended.id, ended.state, ended.outcome) == (held.id, State.SETTLED, "superseded")
    assert (town.arrived(), list(town.here.iterdir()), town.spooled()) == ({}, [], [])
    counted = next(line for line in ledger(town) if line["unit"] == "records")
    assert (counted["in"], counted["superseded"], counted["difference"]) == (2, 2, 0)
    (told,) = town.log.events("file_superseded")
    assert told["transfer_id"] == held.id
    [entry] = json.loads(ran(town, "audit", "--json").stdout)
    assert (entry["act"], entry["subject"], entry["reason"]) == (
        "supersede",
        held.id,
        "the source sent it anew",
    )


async def test_of_a_file_that_its_source_wrote_anew_the_new_one_is_left_there_and_delivered(town):
    put(town, a=GOOD + BAD)
    held = await one_held(town)
    assert end(town, held).returncode == 0
    put(town, a=GOOD)
    await town.once()
    assert len(town.arrived()) == 1
    assert list(town.here.iterdir()) == [], "the new one was put away once it was delivered"


async def test_a_file_whose_name_is_taken_gives_it_back_and_leaves_nothing_at_its_destination(town):
    town.route(to="exists: refuse")
    put(town, a=b"ours")
    (town.there / "a.dat").write_bytes(b"theirs")
    held = await one_held(town)
    assert held.reason is Reason.NAME_TAKEN
    assert end(town, held).returncode == 0
    (ended,) = (await town.once()).transfers
    assert ended.outcome == "superseded"
    assert town.arrived() == {"a.dat": b"theirs"}
    assert [path.name for path in town.there.iterdir()] == ["a.dat"]


def unreadable(name, adapter):
    """A source that lists its files, and gives none of them."""
    if name == "here":

        def read(_entry):
            raise Transient("the line fell")

        adapter.read = read
    return adapter


async def test_a_file_that_went_away_before_it_was_read_is_in_no_sum_once_people_have_seen_to_it(town):
    town.write("routes/v/r.yaml", NUMBERED)
    put(town, a_0002=GOOD)
    await town.once()
    put(town, a_0001=GOOD)
    (late,) = (await town.once(around=Around(adapter=unreadable))).transfers
    assert (late.held_from, late.sha256) == (State.ADMITTED, "")
    (town.here / "a_0001.dat").unlink()
    assert end(town, late).returncode == 0
    (gone,) = (await town.once()).transfers
    assert gone.state is State.WITHDRAWN
    assert [line["in"] for line in ledger(town) if line["unit"] == "files"] == [1]


def collected_at_once(town):
    """The consumer takes the file as soon as it is there, and the answer to its sender is lost."""

    def around(name, adapter):
        write = adapter.write

        async def write_and_lose(target, chunks):
            await write(target, chunks)
            (town.there / target.path).unlink()
            raise InDoubt("cut")

        adapter.write = write_and_lose
        return adapter

    return around


async def test_what_may_be_at_its_destination_cannot_be_ended_unsent(town):
    town.route(to="taken: {by: removed}")
    put(town, a=b"one")
    async with town.gateway(Around(adapter=collected_at_once(town))) as gateway:
        await gateway.once(["r"], patience=timedelta())
        (doubted,) = await gateway.journal.open_transfers()
        await gateway.journal.failed(doubted, kind="", message="", retry_at=doubted.admitted_at)
    held = await one_held(town)
    assert held.reason is Reason.PERHAPS_COLLECTED
    refused = end(town, held)
    assert (refused.returncode, "送信先に届いているか、その可能性があります" in refused.stderr) == (2, True)
    assert (await one_held(town)).id == held.id


async def test_ending_unsent_stands_alone(town):
    put(town, a=GOOD + BAD)
    held = await one_held(town)
    for other in ("--delivered", "--force-older"):
        refused = end(town, held, other)
        assert (refused.returncode, "それぞれ単独で指定してください" in refused.stderr) == (2, True)
    assert (await one_held(town)).reason is Reason.BAD_RECORDS


async def test_an_operator_ends_a_held_file_unsent_and_the_page_offers_it_only_where_nothing_of_it_was_sent(
    town,
):
    async with opened(town) as (gateway, page):
        put(town, a=GOOD + BAD)
        (run,) = await gateway.once(["r"], patience=timedelta(0))
        (file,) = run.transfers
        for path in ("/held", f"/transfers/{file.id}"):
            assert f"/act/supersede/{file.id}" in (await page.get(path))[1]
        assert (await page.act("supersede", file.id, who="田中", reason="再出力済み"))[0] == 303
        await gateway.once(["r"], patience=timedelta(0))
        ended = await gateway.journal.find(file.id)
        assert (ended.state, ended.outcome) == (State.SETTLED, "superseded")
        assert [one.act for one in await gateway.journal.audit.entries(9)] == ["supersede"]
        assert f"/act/supersede/{file.id}" not in (await page.get(f"/transfers/{file.id}"))[1]


async def test_held_shows_each_command_that_fits_as_it_is_typed_and_where_the_original_bytes_are(town):
    put(town, a=GOOD + BAD)
    held = await one_held(town)
    one, release = shown(town), f"linkage-gateway release {held.id}"
    assert one["commands"] == [
        f"linkage-gateway sheet {held.id} --out {held.id}.xlsx",
        f"{release} --corrected {held.id}.xlsx --reason TEXT",
        f"{release} --reason TEXT",
        f"{release} --superseded --reason TEXT",
    ]
    assert Path(one["original"]).read_bytes() == GOOD + BAD
    assert f"{release} --superseded --reason TEXT" in ran(town, "held").stdout.splitlines()
    assert typed(town, one["commands"][-1]).returncode == 0
    [run] = json.loads(ran(town, "once", "--json").stdout)
    assert [one["state"] for one in run["transfers"]] == ["superseded"], "and not that it was delivered"
    assert ran(town, "held", "--json").stdout == "[]\n"


async def test_held_offers_no_sheet_for_what_no_person_can_correct(town):
    put(town, a=CUT)
    held = await one_held(town)
    refused = ran(town, "sheet", held.id, "--out", str(town.root / "a.xlsx"))
    assert (refused.returncode, "項目の値ではないため" in refused.stderr) == (1, True)
    assert not (town.root / "a.xlsx").exists()
    ways = [command.partition(held.id)[2] for command in shown(town)["commands"]]
    assert ways == [" --reason TEXT", " --superseded --reason TEXT"]
