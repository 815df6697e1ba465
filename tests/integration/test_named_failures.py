"""Failures that happened in the field, played again with their own figures: each is caught, and people hear of it."""

import json
from datetime import date, datetime, timedelta

import pytest

from adapters.errors import ConnectionLost
from gateway.app import Around
from gateway.errors import Reason
from gateway.evidence.ledger import lines
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_expecting import TOKYO, Watched
from tests.integration.test_taking import looked
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.servers.ftp_servers import PASSWORD
from tests.support.servers.vsftpd import vsftpd


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    return made


def records(count, first=1):
    """So many people, by number."""
    return b"".join(
        b"%05d" % (number % 100_000) + "氏名".encode("cp932").ljust(10) + b"00012"
        for number in range(first, first + count)
    )


CONVERTED = """
from: {{system: old, legacy: {{endpoint: {here}, path: "{path}", ready: at-once, layout: fixed}}}}
to:
  system: new
  standard: {{endpoint: {there}, path: "{to}", layout: csv{more}}}
convert: fixed-to-csv
schedule: {{every: 1s}}
after: delete
"""


def converted(town, name="r", *, rest="", **places):
    """A route that converts; ``places`` says between which."""
    given = {"here": "here", "there": "there", "path": "*.dat", "to": "{stem}.csv", "more": ""} | places
    town.write(f"routes/v/{name}.yaml", CONVERTED.format(**given) + rest)


# A delivery of 3,181 records came as two files; the second was never imported and nobody noticed for six months.
WHOLE, FIRST = 3181, 1600
BOTH = 'expect: {by: "06:30", parts: 2}'
COUNTED = ', taken: {by: receipt, within: 30m, receipt: {path: "{name}.done", counts: count}}'


async def test_a_delivery_of_3181_records_whose_second_file_never_came_is_an_alarm_the_same_morning(town):
    converted(town, rest=BOTH)
    watched = Watched(town)
    await watched.look(2027, 1, 4, 0, 0)
    await watched.comes("one.dat", 2027, 1, 4, 5, 0, content=records(FIRST))
    await watched.look(2027, 1, 4, 6, 1)
    assert watched.told("file_due_soon") == ["by 2027-01-04 06:30: 1 of 2"]
    await watched.look(2027, 1, 4, 6, 30)
    assert watched.told("file_missing") == ["by 2027-01-04 06:30: 1 of 2"]
    await watched.comes("two.dat", 2027, 1, 4, 9, 0, content=records(WHOLE - FIRST, FIRST))
    await watched.look(2027, 1, 4, 9, 1)
    assert len(watched.told("file_came")) == 1


async def test_a_delivery_of_3181_records_whose_second_file_was_never_imported_is_an_alarm_within_the_hour(
    town,
):
    converted(town, rest=BOTH, more=COUNTED)
    for name, content in (("one", records(FIRST)), ("two", records(WHOLE - FIRST, FIRST))):
        (town.here / f"{name}.dat").write_bytes(content)
    await looked(town)
    (town.there / "one.csv.done").write_text(json.dumps({"count": FIRST}))
    _, (line,) = await looked(town, ahead=timedelta(minutes=31))
    (alarm,) = town.log.events("file_not_taken")
    assert alarm["file"] == "there:two.csv"
    assert (line.arrived.records, line.parts["delivered"].records) == (WHOLE, WHOLE)
    assert line.taken.records == FIRST


async def test_a_delivery_of_3181_records_that_was_imported_in_part_is_an_alarm_that_names_both_counts(town):
    converted(town, more=COUNTED)
    (town.here / "whole.dat").write_bytes(records(WHOLE))
    await looked(town)
    (town.there / "whole.csv.done").write_text(json.dumps({"count": FIRST}))
    await looked(town)
    (alarm,) = town.log.events("receipt_differs")
    assert alarm["reason"] == f"sent {WHOLE}, taken {FIRST}"


# 380,000 records stuck; the resend broke a 200,000-record limit and 320,000 others backed up behind it.
STUCK, LIMIT, OTHERS = 380_000, 200_000, 320_000


async def test_380000_records_that_stuck_go_in_files_of_200000_and_320000_others_do_not_wait_for_them(town):
    town.endpoints(f"elsewhere: {{adapter: local, owner_object: false, root: {town.root / 'elsewhere'}}}")
    (town.root / "elsewhere").mkdir()
    limit = f"limits: {{records_per_file: {LIMIT}}}\nretry: {{fast: {{times: 0, within: 1s}}}}\n"
    converted(town, rest=limit, path="stuck*.dat", to="{stem}_{part}.csv")
    converted(town, "others", there="elsewhere", path="other*.dat")
    (town.here / "stuck.dat").write_bytes(records(STUCK))
    (town.here / "other.dat").write_bytes(records(OTHERS))
    down = [True]

    def around(name, adapter):
        write = adapter.write

        async def write_or_fail(target, chunks):
            if down and name == "there":
                raise ConnectionLost("the destination is down")
            return await write(target, chunks)

        adapter.write = write_or_fail
        return adapter

    async with town.gateway(Around(adapter=around)) as gateway:
        stuck, others = await gateway.once(["r", "others"], patience=timedelta())
        assert [one.state for one in others.transfers] == [State.SETTLED]
        assert [one.state for one in stuck.transfers] == [State.CLAIMED]
        assert town.arrived() == {}
        gateway._desk._clock = _Later(hours=2)
        await gateway._desk.look()
        (alarm,) = [
            one for one in await gateway.journal.people.open_alarms() if one.event == "route_backed_up"
        ]
        assert alarm.subject == "r"
        down.clear()
        for one in await gateway.journal.open_transfers("r"):
            await gateway.journal.failed(one, kind="", message="", retry_at=one.admitted_at)
        await gateway.once(["r"], patience=timedelta())
        book = lines(await gateway.journal.ledger.sums(date.min, date.max))
    counts = {name: content.count(b"\n") - 1 for name, content in town.arrived().items()}
    assert counts == {"stuck_1.csv": LIMIT, "stuck_2.csv": STUCK - LIMIT}
    assert {one.route: one.parts["delivered"].records for one in book} == {"r": STUCK, "others": OTHERS}


class _Later:
    """A clock that is ahead."""

    def __init__(self, **ahead):
        self._ahead = timedelta(**ahead)

    def now(self):
        return datetime.now(TOKYO) + self._ahead


# A linkage program was wrong for five years; 18,404 people with a wrong income.
GOLDEN = (
    MAPPING
    + """
golden:
  - given: {番号: "00001", 氏名: 山田太郎, 金額: 18404}
    expect: {"00100001": "00001", "00100002": 山田太郎, "00100003": 18404}
"""
)


def test_a_program_that_takes_a_wrong_amount_of_18404_is_refused_by_check_before_it_carries_one_file(town):
    converted(town)
    town.write("mappings/fixed-to-csv.yaml", GOLDEN)
    assert ran(town, "check").returncode == 0
    wrong = GOLDEN.replace('{from: 金額, to: "00100003"}', '{from: 金額, to: "00100003", scale: -1}')
    assert wrong != GOLDEN
    town.write("mappings/fixed-to-csv.yaml", wrong)
    refused = ran(town, "check")
    assert refused.returncode == 2
    assert "mappings/fixed-to-csv.yaml" in refused.stdout + refused.stderr
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"18404"))
    assert ran(town, "once").returncode == 2
    assert town.arrived() == {}


async def test_a_program_that_changes_is_another_configuration_on_the_line_of_each_file_that_it_carried(town):
    converted(town)
    for name, mapping in (("a", MAPPING), ("b", MAPPING), ("c", GOLDEN)):
        town.write("mappings/fixed-to-csv.yaml", mapping)
        (town.here / f"{name}.dat").write_bytes(record("00001", "山田太郎", b"18404"))
        await town.once()
    first, second, third = (line["configuration"] for line in town.log.events("file_carried"))
    assert first == second != third


# Duplicate control numbers stopped two days of changes; the check was dismissed as test data.
NUMBERS = 'order: {sequence: "_(?P<seq>[0-9]{4})"}'


async def test_a_duplicate_control_number_stops_its_own_file_alone_and_not_two_days_of_changes(town):
    town.route(source="content: differential", rest=NUMBERS)
    for name in ("c_0001", "c_0002", "d_0002", "e_0003", "f_0004"):
        (town.here / f"{name}.dat").write_bytes(name.encode())
    result = await town.once()
    held = [(one.entry.path, one.reason) for one in result.transfers if one.state is State.HELD]
    assert held == [("d_0002.dat", Reason.SEQUENCE)]
    assert sorted(town.arrived()) == ["c_0001.dat", "c_0002.dat", "e_0003.dat", "f_0004.dat"]
    (alarm,) = town.log.events("file_held")
    assert "2 was used before" in alarm["error"]


@pytest.mark.parametrize("environment", ["verification-core", "verification-information"])
def test_no_test_data_can_come_into_production_since_a_route_that_joins_the_two_is_refused(town, environment):
    town.write("endpoints.yaml", _production(town, environment))
    town.route()
    refused = ran(town, "check")
    assert refused.returncode == 2
    assert f"joins {environment}" in refused.stdout + refused.stderr


def _production(town, environment):
    return f"""
    endpoints:
      here: {{adapter: local, environment: {environment}, root: {town.here}}}
      there: {{adapter: local, environment: production, root: {town.there}}}
    """


# Data of a source had not arrived, and nobody noticed.
async def test_data_of_a_source_that_have_not_arrived_are_told_of_before_their_deadline_and_not_after(town):
    town.route(rest='expect: {by: "06:30", warn: 1h}')
    watched = Watched(town)
    await watched.look(2027, 1, 4, 0, 0)
    await watched.look(2027, 1, 4, 5, 29)
    assert (watched.told("file_due_soon"), watched.told("file_missing")) == ([], [])
    await watched.look(2027, 1, 4, 5, 31)
    assert (watched.told("file_due_soon"), watched.told("file_missing")) == (
        ["by 2027-01-04 06:30: 0 of 1"],
        [],
    )


# A relay tool could not parse a listing, saw "0 files", deleted the destination and reported success.
async def test_a_listing_that_cannot_be_parsed_fails_and_deletes_nothing_and_is_no_success(
    town, tmp_path, monkeypatch
):
    with vsftpd(tmp_path / "host") as host:
        monkeypatch.setenv("HOST_PASSWORD", PASSWORD)
        _from_host(town, host, dialect="auto")
        (host.root / "master.dat").write_bytes(b"all residents")
        assert ran(town, "once").returncode == 0
        assert town.arrived() == {"master.dat": b"all residents"}
        (host.root / "master.dat").write_bytes(b"all residents of the next day")
        _from_host(
            town, host, dialect="windows"
        )  # the host lists as ever, and nobody understands it any more
        failed = ran(town, "once", "--json")
        assert failed.returncode == 1
        assert json.loads(failed.stdout)[0]["error"]
        (row,) = json.loads(ran(town, "status", "--json").stdout)
        assert row["last_error"]
        assert town.arrived() == {"master.dat": b"all residents"}
        assert (host.root / "master.dat").read_bytes() == b"all residents of the next day"


def _from_host(town, host, *, dialect):
    town.endpoints(
        f"""
        host:
          adapter: ftp
          zone: on-prem
          host: 127.0.0.1
          port: {host.port}
          tls: none
          dialect: {dialect}
          root: {host.root}
          login: {{user: {host.user}, password: {{env: HOST_PASSWORD}}}}
        """
    )
    town.route(source="content: full", to="content: full, exists: replace", rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("endpoint: here", "endpoint: host"))
