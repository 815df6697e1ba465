"""Files that carry numbers: none overtakes another, none is left out unseen, none counts twice."""

import getpass
import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.errors import Transient
from gateway.app import Around
from gateway.errors import Reason
from gateway.switching.orders import Order
from tests.integration.test_commands import ran
from tests.support.city import QUICK, Town
from tests.support.cutovers import FROM_NEW, RECORD, ROW, L, S, T, day, prepared

ORDER = r'order: {sequence: "_(?P<seq>\\d{4})\\."}'
CHANGES = "content: differential"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route(to=CHANGES, rest=ORDER)
    return made


def put(town, *numbers):
    for number in numbers:
        (town.here / f"a_{number:04}.dat").write_bytes(f"{number}".encode())


def arrived(town):
    return sorted(int(name[2:6]) for name in town.arrived())


def held(result):
    return [(one.entry.path, one.reason, one.message) for one in result.transfers if one.reason]


async def test_the_files_behind_a_missing_number_wait_until_it_comes(town):
    put(town, 1)
    await town.once()
    put(town, 3, 4)
    await town.once()
    assert arrived(town) == [1]
    (gap,) = town.log.events("sequence_gap")
    assert gap["reason"] == "2 is missing, 3 is there"
    assert gap["next_action"].endswith("linkage-gateway skip r --to 3 --reason TEXT")
    put(town, 2)
    await town.once()
    assert arrived(town) == [1, 2, 3, 4]
    assert len(town.log.events("sequence_goes_on")) == 1


async def test_a_number_that_comes_after_somebody_skipped_it_says_who_did(town):
    put(town, 1, 3)
    await town.once()
    assert ran(town, "skip", "r", "--to", "3", "--reason", "2 は欠番").returncode == 0
    await town.once()
    put(town, 2)
    ((name, reason, said),) = held(await town.once())
    assert (name, reason) == ("a_0002.dat", Reason.SEQUENCE)
    assert said == f"its number 2 was skipped by {getpass.getuser()}, from 2 to 3"
    assert arrived(town) == [1, 3]


async def test_a_number_before_the_one_that_a_series_was_to_begin_with_says_who_said_so(town):
    await town.once()
    assert ran(town, "skip", "r", "--to", "3", "--reason", "3 から始まる").returncode == 0
    put(town, 2)
    ((_, reason, said),) = held(await town.once())
    assert (reason, said) == (
        Reason.SEQUENCE,
        f"its number 2 was skipped by {getpass.getuser()}, from 2 to 3",
    )


async def test_a_route_whose_files_wait_for_a_number_is_waiting_and_says_which(town):
    stood = []
    for numbers in ((1, 3), (2,)):
        put(town, *numbers)
        await town.once()
        (row,) = json.loads(ran(town, "status", "--json").stdout)
        stood.append((row["state"], row["missing"], row["why"]))
        assert ("r: 欠けた番号を待って待機: 2\n" in ran(town, "status").stdout) == (row["state"] == "waiting")
    waits = "number 2 is missing, and the files after it wait"
    assert stood == [("waiting", "2", waits), ("running", "", "")]


async def test_people_are_told_once_of_a_gap_however_often_the_route_runs(town):
    put(town, 1, 3)
    for _ in range(3):
        await town.once()
    assert len(town.log.events("sequence_gap")) == 1


async def test_over_a_gap_files_go_on_with_a_warning_and_the_late_one_is_held(town):
    town.route(to=CHANGES, rest=ORDER.replace('"}', '", on_gap: warn}'))
    put(town, 1)
    await town.once()
    put(town, 3)
    await town.once()
    assert arrived(town) == [1, 3]
    assert len(town.log.events("sequence_gap_passed")) == 1
    put(town, 2)
    result = await town.once()
    assert held(result) == [("a_0002.dat", Reason.SEQUENCE, "its number 2 comes after those up to 3 went on")]
    put(town, 4)
    await town.once()
    assert arrived(town) == [1, 3, 4]


async def test_a_number_that_came_before_is_refused_and_stops_nobody(town):
    put(town, 1, 2)
    await town.once()
    (town.here / "b_0002.dat").write_bytes(b"again")
    result = await town.once()
    assert [(path, reason) for path, reason, _ in held(result)] == [("b_0002.dat", Reason.SEQUENCE)]
    put(town, 3)
    await town.once()
    assert arrived(town) == [1, 2, 3]


async def test_two_files_with_one_number_at_one_time_are_one_file_and_one_question(town):
    put(town, 1)
    (town.here / "b_0001.dat").write_bytes(b"other")
    result = await town.once()
    assert held(result) == [("b_0001.dat", Reason.SEQUENCE, "its number 1 was used before")]
    assert town.arrived() == {"a_0001.dat": b"1"}


async def test_a_file_without_a_number_is_held(town):
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once()
    assert held(result) == [("a.dat", Reason.SEQUENCE, "it carries no number")]


async def test_a_skip_lets_the_rest_go_on_and_is_audited(town):
    put(town, 1, 4)
    await town.once()
    assert arrived(town) == [1]
    done = ran(town, "skip", "r", "--to", "4", "--reason", "欠番の回答あり", "--json")
    assert json.loads(done.stdout)["next"] == 4
    await town.once()
    assert arrived(town) == [1, 4]
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        rows = journal.execute("SELECT act, subject, reason FROM audit").fetchall()
    assert rows == [("skip", "r", "欠番の回答あり")]
    put(town, 5)
    await town.once()
    assert arrived(town) == [1, 4, 5]


async def test_a_series_that_starts_anew_takes_its_old_numbers_again(town):
    put(town, 1, 2, 3)
    await town.once()
    ran(town, "skip", "r", "--to", "1", "--reason", "新年度")
    for name in ("c_0001.dat", "c_0002.dat"):
        (town.here / name).write_bytes(name.encode())
    result = await town.once()
    assert held(result) == []
    assert sorted(town.arrived()) == ["a_0001.dat", "a_0002.dat", "a_0003.dat", "c_0001.dat", "c_0002.dat"]


async def test_the_number_may_stand_in_the_path_itself(town):
    town.route(to=CHANGES, rest="order: {by: sequence}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace('"*.dat"', '"a_{seq:04}.dat"'))
    put(town, 7, 9)
    await town.once()
    assert arrived(town) == [7]


HEADED = """
title: 見本
records: fixed
length: 20
encoding: cp932
kind: {at: 1, length: 1, data: "2"}
header:
  kind: "1"
  items:
    - {name: 種別, type: text, length: 1, default: "1"}
    - {name: 連番, type: zoned, digits: 6}
    - {name: 予備, type: filler, length: 13}
items:
  - {name: 種別, type: text, length: 1, default: "2"}
  - {name: 番号, type: text, length: 5, width: half, key: true}
  - {name: 氏名, type: text, length: 14}
"""


def put_headed(town, *numbers):
    for number in numbers:
        row = b"2" + b"%05d" % number + "山田".encode("cp932").ljust(14)
        (town.here / f"x{99 - number}.dat").write_bytes(b"1%06d" % number + b" " * 13 + row)


@pytest.fixture
def headed(town):
    town.write("layouts/headed.yaml", HEADED)
    town.route(source="layout: headed", to=f"layout: headed, {CHANGES}", rest="order: {header: 連番}")
    return town


async def test_the_number_may_stand_in_the_header_whatever_the_file_is_called(headed):
    put_headed(headed, 1, 2, 4)
    await headed.once()
    assert sorted(headed.arrived()) == ["x97.dat", "x98.dat"]
    (gap,) = headed.log.events("sequence_gap")
    assert gap["reason"] == "3 is missing, 4 is there"
    put_headed(headed, 3)
    (headed.here / "again.dat").write_bytes((headed.here / "x98.dat").read_bytes() + b"")
    result = await headed.once()
    assert sorted(headed.arrived()) == ["x95.dat", "x96.dat", "x97.dat", "x98.dat"]
    assert held(result) == [("again.dat", Reason.SEQUENCE, "its number 1 was used before")]


async def test_a_header_that_states_no_number_holds_the_file(headed):
    (headed.here / "a.dat").write_bytes(b"2" + b"00001" + b" " * 14)
    assert [reason for _, reason, _ in held(await headed.once())] == [Reason.SEQUENCE]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("{header: 番号}", "header: 番号 is no item of the header"),
        ('{header: 連番, sequence: "(?P<seq>1)"}', "say where the number stands once"),
        ("{header: 連番, per: key}", "one order holds for all"),
    ],
)
def test_check_says_what_an_order_lacks(headed, order, said):
    headed.route(source="layout: headed", to=f"layout: headed, {CHANGES}", rest=f"order: {order}")
    done = ran(headed, "check")
    assert (done.returncode, said in done.stdout + done.stderr) == (2, True)


def test_a_route_without_numbers_has_nothing_to_skip(town):
    town.route()
    assert ran(town, "skip", "r", "--to", "4", "--reason", "w").returncode == 2


async def test_numbers_begin_anew_at_each_flip_of_the_source(tmp_path):
    """Forward, back and forward again: what counts up at the other system began anew there as well."""
    town = prepared(tmp_path)
    numbered = 'order: {sequence: "_(?P<seq>[0-9])[.]"}'
    text = FROM_NEW.replace('"*.dat"', '"a_*.dat"').replace(
        'path: "{name}"', 'path: "{seq:02}", content: differential'
    )
    town.write("routes/v/r.yaml", text + numbered + "\n")
    folders = {L: ("a_{}.dat", RECORD), S: ("new/20270104_{}.csv", ROW)}

    async def comes(today, format_, *numbers):
        name, content = folders[format_]
        for number in numbers:
            (town.here / name.format(number)).write_bytes(content)
        await today.once()
        opened = await today.gateway.journal.open_transfers("r")
        assert [one.entry.name for one in opened] == [], "none waits for another"

    async def says(today, **asked):
        order = Order(
            city=today.gateway.city, clock=today.clock, who="tanaka", reason="試験", ends=("r:from",), **asked
        )
        await order.carry_out(today.gateway.journal)
        today.clock.move(minutes=1)
        await today.once()
        today.clock.move(hours=1)

    async with day(town, T - timedelta(hours=1)) as today:
        await comes(today, L, 4, 5)
        today.clock.move(hours=1)
        await today.once()
        await comes(today, S, 1, 2)
        await says(today, verb="back")
        await comes(today, L, 1, 2)
        await says(today, verb="to", to=S)
        await comes(today, S, 7, 8)
        assert today.formats == (S, L)
    assert len(town.arrived()) == 8
    assert town.log.events("sequence_gap") == []


class Killed(BaseException):
    """The end of a process."""


def breaking(place, step, error):
    """What raises an error at one step of one place."""

    def around(name, adapter):
        async def broken(*_, **__):
            raise error

        if name == place:
            setattr(adapter, step, broken)
        return adapter

    return Around(adapter=around)


async def test_a_file_that_is_there_has_its_source_put_away_whatever_becomes_of_those_behind_it(town):
    town.route(to=CHANGES, rest=f"{ORDER}\nafter: delete")
    put(town, 1)
    with pytest.raises(BaseExceptionGroup):
        async with town.gateway(breaking("here", "remove", Killed("here"))) as gateway:
            await gateway.once(["r"], patience=QUICK)
    put(town, 2)
    async with town.gateway(breaking("there", "write", Transient("the line is cut"))) as gateway:
        await gateway.once(["r"], patience=QUICK)
    assert arrived(town) == [1]
    assert [path.name for path in town.here.iterdir()] == ["a_0002.dat"]


async def test_a_source_that_cannot_be_put_away_keeps_no_later_file_from_its_destination(town):
    town.route(to=CHANGES, rest=f"{ORDER}\nafter: delete")
    put(town, 1, 2, 3)
    async with town.gateway(breaking("here", "remove", Transient("the line is cut"))) as gateway:
        for _ in range(3):
            await gateway.once(["r"], patience=QUICK)
    assert arrived(town) == [1, 2, 3]
