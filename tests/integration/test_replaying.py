"""Sending again from kept originals, and following one file from its source to every destination."""

import json
import sqlite3
from contextlib import closing

import pytest

from gateway.errors import Reason
from gateway.journal import Replay
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

ONE = record("00001", "山田太郎", b"00012")
TWO = record("00002", "鈴木花子", b"00034")


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


async def carried(town, *contents):
    for content in contents:
        (town.here / "a.dat").write_bytes(content)
        await town.once()


async def transfers(town):
    async with town.gateway() as gateway:
        return await gateway.journal.recent("r", 100)


def audited(town):
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        rows = journal.execute("SELECT act, subject, reason FROM audit ORDER BY number")
        return rows.fetchall()


async def test_a_replay_sends_the_same_records_again_under_a_new_name_from_a_source_that_is_gone(town):
    await carried(town, ONE, TWO)
    before = town.arrived()
    assert not list(town.here.iterdir())
    done = ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "連携先の障害", "--json")
    assert done.returncode == 0, done.stderr
    assert [one["does"] for one in json.loads(done.stdout)] == ["replays", "replays"]
    result = await town.once()
    assert [(one.state, one.replay_of != "") for one in result.transfers] == [(State.SETTLED, True)] * 2
    after = town.arrived()
    assert before == {"0001.csv": after["0003.csv"], "0002.csv": after["0004.csv"]}
    assert sorted(after) == ["0001.csv", "0002.csv", "0003.csv", "0004.csv"]
    assert [(act, reason) for act, _, reason in audited(town)] == [("replay", "連携先の障害")] * 2


async def test_the_same_replay_twice_sends_once(town):
    await carried(town, ONE)
    words = ("replay", "r", "--since", "2020-01-01", "--reason", "w", "--json")
    first, second = ran(town, *words), ran(town, *words)
    await town.once()
    third = ran(town, *words)
    again = ran(town, *words, "--again")
    assert [json.loads(one.stdout)[0]["does"] for one in (first, second, third, again)] == [
        "replays",
        "was replayed",
        "was replayed",
        "replays",
    ]
    under_way = ran(town, *words, "--again")
    assert json.loads(under_way.stdout)[0]["does"] == "a replay is under way"
    await town.once()
    assert sorted(town.arrived()) == ["0001.csv", "0002.csv", "0003.csv"]


async def test_a_plan_shows_what_would_be_sent_and_changes_nothing(town):
    await carried(town, ONE)
    journal = (town.root / "state/journal.db").read_bytes()
    shown = ran(town, "replay", "r", "--since", "2020-01-01", "--plan", "--json")
    assert [(one["does"], one["transfer"]) for one in json.loads(shown.stdout)] == [("to replay", None)]
    assert (town.root / "state/journal.db").read_bytes() == journal
    await town.once()
    assert sorted(town.arrived()) == ["0001.csv"]


async def test_a_replay_is_chosen_by_time_format_layout_and_transfer(town):
    await carried(town, ONE, TWO)
    second, first = await transfers(town)

    def chosen(*words):
        shown = ran(town, "replay", "r", "--since", "2020-01-01", "--plan", "--json", *words)
        return [one["carried"]["transfer"] for one in json.loads(shown.stdout)]

    assert chosen() == [first.id, second.id]
    assert chosen("--transfer", second.id) == [second.id]
    assert chosen("--layout", "fixed") == [first.id, second.id]
    assert chosen("--layout", "fixed@2020-01-01") == []
    assert chosen("--to", "standard") == [first.id, second.id]
    assert chosen("--to", "legacy") == []
    assert chosen("--until", "2020-01-02") == []


async def test_a_replay_is_converted_as_configured_now_with_the_layout_of_its_business_date(town):
    await carried(town, ONE)
    town.write("layouts/csv.yaml", CSV.replace("name: 金額", "name: 税額"))
    ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "項目名の訂正")
    await town.once()
    assert town.arrived()["0002.csv"].decode().splitlines()[0] == "番号,氏名,税額"
    replayed, first = await transfers(town)
    assert replayed.business_date == first.business_date
    assert replayed.revision == 2
    made = [json.loads(one.output.made_with) for one in (first, replayed)]
    assert made[0]["digest"] != made[1]["digest"]
    assert {key: made[0][key] for key in ("source", "target", "mapping")} == {
        "source": "fixed",
        "target": "csv",
        "mapping": "fixed-to-csv",
    }


async def test_a_replay_whose_original_is_no_longer_kept_is_held_and_says_so(town):
    await carried(town, ONE)
    for path in (town.root / "state/originals").rglob("*"):
        if path.is_file():
            path.unlink()
    shown = ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "w", "--json")
    assert json.loads(shown.stdout)[0]["does"] == "its original is no longer kept"
    async with town.gateway() as gateway:
        (first,) = await gateway.journal.recent("r", 1)
        await gateway.journal.replayed(Replay(of=first.id, who="p", reason="w"))
    (held,) = (await town.once()).transfers
    assert (held.state, held.reason) == (State.HELD, Reason.SOURCE_GONE)


async def test_a_file_that_comes_after_a_replay_is_compared_with_what_the_consumer_got_last(town):
    town.route(rest="after: keep")
    await carried(town, b"old", b"new")
    async with town.gateway() as gateway:
        _, old = await gateway.journal.recent("r", 2)
        await gateway.journal.replayed(Replay(of=old.id, who="p", reason="w"))
    await town.once()
    assert town.arrived() == {"a.dat": b"old", "a-r2.dat": b"new", "a-r3.dat": b"old"}
    (town.here / "a.dat").write_bytes(b"new")
    await town.once()
    assert town.arrived()["a-r4.dat"] == b"new"


async def test_a_replay_leaves_the_source_alone(town):
    town.route(rest="after: delete")
    await carried(town, b"one")
    (town.here / "a.dat").mkdir()  # whatever is there now is not the gateway's
    async with town.gateway() as gateway:
        (first,) = await gateway.journal.recent("r", 1)
        await gateway.journal.replayed(Replay(of=first.id, who="p", reason="w"))
    await town.once()
    assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"one"}
    assert (town.here / "a.dat").is_dir()


async def test_a_delivery_that_is_none_of_the_routes_is_not_replayed_and_exits_1(town):
    await carried(town, ONE)
    (one,) = await transfers(town)
    for options in (["--transfer", "nothing"], ["--transfer", one.id, "--until", "2020-01-01"]):
        refused = ran(town, "replay", "r", *options, "--reason", "w")
        assert (refused.returncode, "該当する送達" in refused.stderr) == (1, True)
    assert await transfers(town) == [one]


async def test_a_trace_follows_a_file_over_several_routes_from_any_of_its_names(town):
    town.route("first", to="")
    town.write(
        "routes/v/second.yaml",
        """
        from: {system: old, legacy: {endpoint: there, path: "*.dat", ready: at-once}}
        to: {system: old, legacy: {endpoint: here, path: "further/{name}"}}
        schedule: {every: 1s}
        """,
    )
    (town.root / "config/routes/v/r.yaml").unlink()
    (town.here / "a.dat").write_bytes(b"one")
    (town.here / "b.dat").write_bytes(b"another")
    await town.once("first")
    await town.once("second")
    found = []
    for name in ("a.dat", "further/a.dat"):
        legs = json.loads(ran(town, "trace", name, "--json").stdout)
        found.append([(leg["route"], leg["path"], leg["outcome"]) for leg in legs])
    assert found == [[("first", "a.dat", "delivered"), ("second", "a.dat", "delivered")]] * 2
    assert [leg["arrivals"][0]["path"] for leg in legs] == ["a.dat", "further/a.dat"]
    assert [moment["event"] for moment in legs[0]["moments"]][-1] == "settle"
    by_digest = json.loads(ran(town, "trace", legs[0]["sha256"], "--json").stdout)
    assert by_digest == legs
    for leg in legs:
        for one in (leg, *leg["arrivals"]):
            as_logs_write_it = f"{one['endpoint']}:{one['path']}"
            assert json.loads(ran(town, "trace", as_logs_write_it, "--json").stdout) == legs
    assert ran(town, "trace", f"nowhere:{legs[0]['path']}").returncode == 1


async def test_a_trace_of_a_held_file_says_why_and_of_a_replay_where_it_came_from(town):
    await carried(town, ONE)
    ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "w")
    await town.once()
    replayed, first = await transfers(town)
    shown = ran(town, "trace", first.id)
    assert shown.returncode == 0
    assert f"再送元 {first.id}" in shown.stdout
    assert "変換 fixed → csv (fixed-to-csv)" in shown.stdout
    assert replayed.id in shown.stdout
    followed = ran(town, "trace", replayed.id, "--history").stdout
    assert "山田" not in followed
    for said in (
        "送信元",
        "送信先",
        "業務日付 ",
        "標準形式",
        "状態    送達 delivered",
        "元ファイルの処理 → 送達 delivered",
    ):
        assert said in followed


def test_a_trace_of_what_nobody_knows_exits_1(town):
    ran(town, "once")
    assert ran(town, "trace", "nothing.dat").returncode == 1


def test_a_percent_sign_in_a_name_is_no_pattern(town):
    (town.here / "a.dat").write_bytes(ONE)
    ran(town, "once")
    assert ran(town, "trace", "%.dat").returncode == 1
