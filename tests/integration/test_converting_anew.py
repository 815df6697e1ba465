"""What was converted stays as it was made, until a person has it converted anew."""

import json
from datetime import timedelta

import pytest

from gateway.app import Gateway
from gateway.errors import Reason
from gateway.journal import Reconversion
from gateway.journal.transactions import SqlJournal
from gateway.lifecycle import State
from gateway.times.clock import SystemClock
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_replaying import audited
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

GOOD = record("00001", "山田太郎", b"00012")
BAD = record("00001", "山田太郎", b"0001X")
RENAMED = CSV.replace("name: 金額", "name: 税額")


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


AWAY = """
endpoints:
  here: {adapter: local, owner_object: false, root: %s}
  there:
    {adapter: ftp, host: 127.0.0.1, port: 1, zone: on-prem, tls: none, owner_object: false,
     login: {user: u, password: {env: PW}}}
"""
"""The destination as a host on which nobody listens."""


@pytest.fixture
def away(town, monkeypatch):
    monkeypatch.setenv("PW", "secret")
    there = (town.root / "config/endpoints.yaml").read_text()
    town.write("endpoints.yaml", AWAY % town.here)
    return there


async def waits(town, content=GOOD):
    """A file was found; gives its transfer."""
    (town.here / "a.dat").write_bytes(content)
    await town.once()
    async with town.gateway() as gateway:
        [transfer] = await gateway.journal.open_transfers("r")
        return transfer


async def comes_back(town, there):
    """The destination is there again, and the next try is made, some hours later."""
    town.write("endpoints.yaml", there)
    clock = HandClock(SystemClock().now() + timedelta(hours=3))
    async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
        await gateway.once(["r"], patience=timedelta())


def head(town):
    [content] = town.arrived().values()
    return content.decode().splitlines()[0]


async def test_a_file_that_was_converted_goes_out_as_it_was_whatever_is_written_afterwards(town, away):
    transfer = await waits(town)
    assert transfer.state is State.CLAIMED, "its name is fixed"
    town.write("layouts/csv.yaml", RENAMED)
    await comes_back(town, away)
    assert head(town) == "番号,氏名,金額"


async def test_a_person_has_it_converted_anew_and_it_stands_in_the_audit_log(town, away):
    transfer = await waits(town)
    town.write("layouts/csv.yaml", RENAMED)
    shown = ran(town, "reconvert", "r", "--plan")
    assert (shown.returncode, transfer.id in shown.stdout) == (0, True)
    assert audited(town) == []
    done = ran(town, "reconvert", transfer.id, "--reason", "項目名の訂正", "--json")
    assert done.returncode == 0, done.stderr
    [row] = json.loads(done.stdout)
    assert row["was_made_with"]["target"] == "csv"
    await comes_back(town, away)
    assert head(town) == "番号,氏名,税額"
    assert audited(town) == [("reconvert", transfer.id, "項目名の訂正")]


async def test_a_file_that_could_not_be_converted_goes_on_with_the_mended_layout(town):
    held = await waits(town, BAD)
    assert held.state is State.HELD
    mended = FIXED.replace("{name: 金額, type: zoned, digits: 5}", "{name: 金額, type: text, length: 5}")
    assert mended != FIXED
    town.write("layouts/fixed.yaml", mended)
    town.write("layouts/csv.yaml", CSV.replace("type: S9", "type: X"))
    done = ran(town, "reconvert", "r", "--reason", "レイアウトの訂正")
    assert done.returncode == 0, done.stderr
    assert "保留 held (不正なレコード (bad_records))" in done.stdout
    await town.once()
    assert [*town.arrived().values()] == ["番号,氏名,金額\n00001,山田太郎,0001X\n".encode()]


async def test_what_is_at_its_end_is_not_converted_anew_and_the_way_to_send_it_again_is_named(town):
    (town.here / "a.dat").write_bytes(GOOD)
    [transfer] = (await town.once()).transfers
    done = ran(town, "reconvert", transfer.id, "--reason", "訂正")
    assert (done.returncode, "replay で再送してください" in done.stdout) == (1, True)
    assert ran(town, "reconvert", "r", "--reason", "訂正").returncode == 1, "nothing of the route waits"
    unknown = ran(town, "reconvert", "rr", "--reason", "訂正")
    assert (unknown.returncode, "r のことではありませんか" in unknown.stderr) == (2, True)
    assert ran(town, "reconvert", "r").returncode == 2, "nobody said why"


async def test_a_file_whose_name_is_not_fixed_yet_is_converted_anew_too(town, monkeypatch):
    """A person's word falls between the conversion and the claim."""
    (town.here / "a.dat").write_bytes(GOOD)
    converted = SqlJournal.converted

    async def interrupted(self, *given, **more):
        made = await converted(self, *given, **more)
        monkeypatch.undo()
        await self.reconvert(Reconversion(transfer=made.id, who="tanaka", reason="訂正"))
        return await self.find(made.id)

    monkeypatch.setattr(SqlJournal, "converted", interrupted)
    [transfer] = (await town.once()).transfers
    assert transfer.state is State.SETTLED
    async with town.gateway() as gateway:
        happened = [one.event for one in await gateway.journal.history(transfer.id)]
    assert happened.count("convert") == 2
    assert head(town) == "番号,氏名,金額"


async def test_a_file_that_cannot_be_made_anew_is_held_and_goes_as_it_was_once_nobody_asks_for_more(
    town, away
):
    transfer = await waits(town)
    town.write("layouts/csv.yaml", CSV.replace("type: N, length: 5", "type: N, length: 2"))
    assert ran(town, "reconvert", transfer.id, "--reason", "訂正").returncode == 0
    await comes_back(town, away)
    async with town.gateway() as gateway:
        [held] = await gateway.journal.open_transfers("r")
        assert (held.reason, town.arrived()) == (Reason.BAD_RECORDS, {})
        town.write("layouts/csv.yaml", CSV)
        await gateway.journal.released(held, who="tanaka", why="元に戻した")
    await town.once()
    assert head(town) == "番号,氏名,金額"
