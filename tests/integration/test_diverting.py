"""Bad records leave their file where the route says so: the rest goes on, they follow corrected, all are counted."""

import json
import sqlite3
from contextlib import closing
from datetime import date

import pytest
from openpyxl import load_workbook

from gateway.errors import Reason
from gateway.evidence.ledger import lines
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_correcting import BAD, GOOD, filled
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

DIVERTING = CONVERTING + "bad_records: divert\n"
HEAD = "番号,氏名,金額\n"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", DIVERTING)
    return made


async def parted(town, content=GOOD + BAD):
    """The file that goes on, and the transfer of the records that were taken out of it."""
    (town.here / "a.dat").write_bytes(content)
    await town.once()
    async with town.gateway() as gateway:
        (held,) = [one for one in await gateway.journal.open_transfers() if one.state is State.HELD]
        return await gateway.journal.find(held.diverted_from), held


async def ledger(town):
    async with town.gateway() as gateway:
        (line,) = lines(await gateway.journal.ledger.sums(date.min, date.max))
    assert line.balances
    return {name: part.records for name, part in line.parts.items() if part.records} | {
        "in": line.arrived.records
    }


def sheet_of(town, held):
    (path,) = (town.root / "state/diverted").iterdir()
    assert path.name == f"{held.id}.xlsx"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    return path


def release(town, held, path):
    done = ran(town, "release", held.id, "--corrected", str(path), "--reason", "原票で確認", "--json")
    assert done.returncode == 0, done.stderr


async def test_the_good_records_go_on_and_the_bad_ones_wait(town):
    settled, held = await parted(town)
    assert town.arrived()["0001.csv"].decode() == HEAD + "00001,山田太郎,12\n00003,佐藤次郎,56\n"
    assert (settled.state, settled.diverted, settled.records) == (State.SETTLED, 2, 4)
    assert (held.reason, held.entry.path, held.business_date) == (
        Reason.BAD_RECORDS,
        "a.dat",
        settled.business_date,
    )
    assert "2 of 4 records" in held.message
    assert not list(town.here.iterdir()), "the source was put away with the file"
    assert await ledger(town) == {"in": 4, "delivered": 2, "diverted": 2}


async def test_corrected_records_follow_under_their_files_name_and_move_in_the_ledger(town):
    _, held = await parted(town)
    path = sheet_of(town, held)
    filled(path, "34", "78")
    release(town, held, path)
    await town.once()
    assert town.arrived()["0002.csv"].decode() == HEAD + "00002,鈴木花子,34\n00004,高橋,78\n"
    assert await ledger(town) == {"in": 4, "delivered": 4}
    assert town.spooled() == []


async def test_the_sheet_lists_every_bad_item_where_it_stands_now(town):
    _, held = await parted(town)
    rows = list(load_workbook(sheet_of(town, held)).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[1], row[3], row[7]) for row in rows] == [
        (held.id, 1, "金額", "x'3058303334'"),
        (held.id, 2, "金額", "x'4142434445'"),
    ]
    said = ["数字でない桁があります", "符号を持つ桁がゾーン数字ではありません"]
    assert {row[6] for row in rows} <= {*said}, "in the language of those who correct it"


async def test_more_bad_records_than_a_report_lists_are_all_on_the_sheet(town):
    bad = b"".join(record(f"{number:05}", "氏名", b"ABCDE") for number in range(150))
    settled, held = await parted(town, GOOD + bad)
    assert settled.diverted == 150
    assert load_workbook(sheet_of(town, held)).worksheets[0].max_row == 151


async def test_records_corrected_in_part_stay_held_with_the_rest(town):
    _, held = await parted(town)
    path = sheet_of(town, held)
    filled(path, "34")
    release(town, held, path)
    (again,) = (await town.once()).transfers
    assert (again.id, again.state, again.reason) == (held.id, State.HELD, Reason.BAD_RECORDS)
    assert await ledger(town) == {"in": 4, "delivered": 2, "diverted": 2}


async def test_original_bytes_of_file_and_taken_out_records_stay_kept(town):
    settled, held = await parted(town)
    path = sheet_of(town, held)
    filled(path, "34", "78")
    release(town, held, path)
    await town.once()
    async with town.gateway() as gateway:
        originals = gateway._journeys["r"].kept["originals"]
        kept = [b"".join([chunk async for chunk in originals.open(one.sha256)]) for one in (settled, held)]
    assert kept == [GOOD + BAD, BAD[:20] + BAD[40:]]


async def test_no_value_of_a_record_is_in_logs_and_journal(town):
    await parted(town)
    (said,) = town.log.events("records_diverted")
    assert (said["message_id"], said["count"]) == ("LGW-1209-W", 2)
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        text = "".join(journal.iterdump())
    for value in ("0X034", "ABCDE", "鈴木花子", "高橋"):
        assert value not in text + "".join(town.log.lines)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BAD[:20] + BAD[40:], "no record is good"),
        (GOOD + BAD[:-3], "the file was cut: nobody knows what else is missing"),
    ],
)
async def test_a_file_that_has_another_fault_is_held_as_a_whole(town, content, why):
    (town.here / "a.dat").write_bytes(content)
    (one,) = (await town.once()).transfers
    assert (one.state, one.diverted) == (State.HELD, 0), why
    assert town.arrived() == {}
    assert await ledger(town) == {"in": 0}


async def test_a_route_that_does_not_say_so_holds_the_whole_file(town):
    town.write("routes/v/r.yaml", CONVERTING)
    (town.here / "a.dat").write_bytes(GOOD + BAD)
    (one,) = (await town.once()).transfers
    assert (one.state, one.diverted) == (State.HELD, 0)


async def test_taken_out_records_stop_no_file_behind_them(town):
    await parted(town)
    (town.here / "b.dat").write_bytes(GOOD)
    await town.once()
    assert set(town.arrived()) == {"0001.csv", "0002.csv"}


async def test_the_same_file_found_again_is_known_although_records_were_taken_out(town):
    town.write("routes/v/r.yaml", DIVERTING.replace("after: delete", "after: keep"))
    await parted(town)
    (town.here / "a.dat").write_bytes(GOOD + BAD)
    (one,) = [one for one in (await town.once()).transfers if one.state is not State.HELD]
    assert one.outcome == "unchanged"


async def test_the_bad_records_of_a_long_file_leave_it_before_it_is_split(town):
    town.write("routes/v/r.yaml", DIVERTING + "limits: {records_per_file: 1}\n")
    _, held = await parted(town)
    assert len(town.arrived()) == 2
    path = sheet_of(town, held)
    filled(path, "34", "78")
    release(town, held, path)
    await town.once()
    assert len(town.arrived()) == 4
    assert await ledger(town) == {"in": 4, "delivered": 4}


async def test_held_shows_what_to_do_and_the_command_that_does_it(town):
    _, held = await parted(town)
    (shown,) = json.loads(ran(town, "held", "--json").stdout)
    assert f"release {held.id} --corrected" in shown["next_action"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{seq:04}", "{stem}"), "{revision}"),
        (("ready: at-once", "ready: at-once, content: full"), "would count as gone"),
    ],
)
def test_check_says_where_records_may_not_be_taken_out(town, change, told):
    town.write("routes/v/r.yaml", DIVERTING.replace(*change))
    checked = ran(town, "check")
    assert checked.returncode == 2
    assert told in checked.stdout + checked.stderr


def test_check_warns_that_corrected_records_come_after_later_changes(town):
    town.write(
        "routes/v/r.yaml", DIVERTING.replace("ready: at-once", "ready: at-once, content: differential")
    )
    checked = ran(town, "check")
    assert checked.returncode == 0
    assert "newer changes of the same rows" in checked.stdout + checked.stderr


async def test_the_trace_of_a_file_leads_to_its_bad_records_and_back(town):
    settled, held = await parted(town)
    legs = json.loads(ran(town, "trace", settled.id, "--json").stdout)
    assert [(leg["id"], leg["diverted"], leg["diverted_from"]) for leg in legs] == [
        (settled.id, 2, ""),
        (held.id, 0, settled.id),
    ]
    assert json.loads(ran(town, "trace", held.id, "--json").stdout) == legs
    shown = ran(town, "trace", settled.id).stdout
    assert f"振分 2 レコード  {held.id}" in shown
    assert f"振分元 {settled.id}" in shown


def test_once_tells_of_the_records_that_were_taken_out_and_exits_1(town):
    (town.here / "a.dat").write_bytes(GOOD + BAD)
    done = ran(town, "once", "--json")
    said = json.loads(done.stdout)[0]["transfers"]
    assert [(one["state"], one["reason"], one["records"]) for one in said] == [
        ("delivered", None, 4),
        ("held", "bad_records", 2),
    ]
    assert done.returncode == 1
