"""The command line as people and scripts meet it: real processes, exit codes, JSON, signals."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def command(town, *words):
    return [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]


def ran(town, *words):
    return subprocess.run(command(town, *words), capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def daemon(town):
    """A running daemon that has said that it is ready."""
    process = subprocess.Popen(command(town, "run"), stdout=subprocess.PIPE, text=True)
    wait_for(process, "gateway_started")
    yield process
    process.kill()
    process.stdout.close()
    process.wait()


def wait_for(process, event):
    for line in process.stdout:
        if json.loads(line)["event"] == event:
            return json.loads(line)
    raise AssertionError(f"the daemon ended without {event}")


GOOD = record("00001", "山田太郎", b"00012")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--route", "rr"], "経路 rr はありません"),
        (["--since", "2027-01-02", "--day", "2027-01-01"], "終わりの日"),
    ],
)
def test_a_ledger_of_what_cannot_be_is_wrong_use_and_no_empty_one(town, options, said):
    town.route()
    ran(town, "once")
    refused = ran(town, "ledger", *options)
    assert (refused.returncode, said in refused.stderr, refused.stdout) == (2, True, "")


@pytest.mark.parametrize("command", [["ledger", "--format", "csv"], ["backup"]])
def test_a_file_that_cannot_be_written_is_named_in_a_sentence(town, tmp_path, command):
    town.route()
    ran(town, "once")
    refused = ran(town, *command, "--out", str(tmp_path / "nowhere/file"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"{tmp_path}/nowhere/file: No such file or directory" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_ledger_of_a_day_shows_what_came_and_went_and_what_is_held(town, tmp_path):
    (town.here / "a.dat").write_bytes(GOOD * 3)
    (town.here / "b.dat").write_bytes(record("00001", "山田太郎", b"02X00"))
    ran(town, "once")
    shown = ran(town, "ledger", "--json")
    assert shown.returncode == 0
    lines = json.loads(shown.stdout)["lines"]
    records = next(line for line in lines if line["unit"] == "records")
    files = next(line for line in lines if line["unit"] == "files")
    assert (records["in"], records["delivered"], records["difference"]) == (3, 3, 0)
    assert (files["in"], files["delivered"], files["held"], files["uncounted"]) == (2, 1, 1, 1)
    assert ran(town, "ledger", "--format", "xlsx", "--out", str(tmp_path / "l.xlsx")).returncode == 0
    assert (tmp_path / "l.xlsx").read_bytes()[:2] == b"PK"
    sheet = ran(town, "ledger", "--format", "csv", "--route", "r").stdout.splitlines()
    assert sheet[0].startswith("業務日,経路,単位,受入,送達")
    assert ran(town, "ledger", "--day", "2020-01-01", "--json").stdout.strip().startswith('{\n  "lines": []')
    assert ran(town, "ledger", "--format", "xlsx").returncode == 2


def test_check_of_a_correct_configuration_exits_0(town):
    checked = ran(town, "check", "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout) == {
        "usable": True,
        "routes": ["r"],
        "rejected": [],
        "faults": [],
        "losses": [],
    }


def test_check_reports_all_faults_of_all_files_at_once_with_exit_2(town):
    town.write(
        "routes/v/r.yaml",
        CONVERTING.replace("layout: csv", "layout: cvs").replace("{every: 1s}", "{evry: 1s}"),
    )
    town.write("routes/v/s.yaml", CONVERTING.replace("system: new", "system: nwe"))
    checked = ran(town, "check", "--json")
    assert checked.returncode == 2
    faults = json.loads(checked.stdout)["faults"]
    places = {(fault["file"], fault["line"]) for fault in faults}
    assert {file for file, _ in places} == {"routes/v/r.yaml", "routes/v/s.yaml"}
    said = "\n".join(fault["message"] for fault in faults)
    assert "did you mean every?" in said
    assert "csv" in said
    assert "new" in said


def test_once_carries_a_file_and_exits_0(town):
    (town.here / "a.dat").write_bytes(GOOD)
    carried = ran(town, "once", "r", "--json")
    assert carried.returncode == 0, carried.stderr
    [result] = json.loads(carried.stdout)
    assert result["transfers"][0]["state"] == "delivered"
    assert result["transfers"][0]["records"] == 1
    assert town.arrived() == {"0001.csv": "番号,氏名,金額\n00001,山田太郎,12\n".encode()}


def test_once_with_a_held_file_exits_1_and_says_what_to_do(town):
    (town.here / "a.dat").write_bytes(GOOD[:-1])
    carried = ran(town, "once", "--json")
    assert carried.returncode == 1
    [transfer] = json.loads(carried.stdout)[0]["transfers"]
    assert (transfer["state"], transfer["reason"]) == ("held", "bad_records")
    assert transfer["next_action"]


def test_once_with_a_place_that_cannot_be_reached_exits_3(town):
    (town.here / "a.dat").write_bytes(GOOD)
    town.there.rename(town.root / "away")
    carried = ran(town, "once")
    assert carried.returncode == 3
    assert "there" in carried.stderr
    again = ran(town, "once")
    assert again.returncode == 1
    assert "r: a.dat は " in again.stderr


def test_once_of_an_unknown_route_exits_2_and_names_the_nearest(town):
    carried = ran(town, "once", "rr")
    assert carried.returncode == 2
    assert "r のことではありませんか" in carried.stderr


def test_an_unusable_configuration_stops_every_command_with_exit_2(town):
    town.write("systems.yaml", "systems: [")
    for words in (("run",), ("once",), ("status",), ("check",)):
        stopped = ran(town, *words)
        assert stopped.returncode == 2
        assert "systems.yaml:" in stopped.stderr


def test_the_daemon_carries_files_and_ends_with_exit_0_on_sigterm(town, daemon):
    (town.here / "a.part").write_bytes(GOOD)
    (town.here / "a.part").rename(town.here / "a.dat")
    carried = wait_for(daemon, "file_carried")
    assert carried["destination"] == "there:0001.csv"
    daemon.send_signal(signal.SIGTERM)
    wait_for(daemon, "gateway_stopped")
    assert daemon.wait(30) == 0


def test_a_second_gateway_on_the_same_state_exits_2_and_names_the_first(town, daemon):
    second = ran(town, "once")
    assert second.returncode == 2
    assert f"プロセス {daemon.pid}" in second.stderr


def test_status_works_beside_a_running_daemon(town, daemon):
    (town.here / "a.part").write_bytes(GOOD)
    (town.here / "a.part").rename(town.here / "a.dat")
    wait_for(daemon, "file_carried")
    asked = ran(town, "status", "--json")
    assert asked.returncode == 0
    [row] = json.loads(asked.stdout)
    assert (row["route"], row["state"], row["phase"], row["held"], row["pending"]) == (
        "r",
        "running",
        "transition",
        0,
        0,
    )
    assert (row["from_format"], row["to_format"]) == ("legacy", "standard")
    assert row["next_run"]
    assert "動いていません" not in asked.stderr


def test_status_before_the_first_start_shows_every_route_and_that_no_gateway_runs(town):
    asked = ran(town, "status")
    assert asked.returncode == 0
    for said in ("状態", "稼働 running", "過渡期 transition", "現行形式 → 標準形式"):
        assert said in asked.stdout
    assert "動いていません" in asked.stderr


def test_a_second_signal_ends_the_daemon_that_still_drains(town):
    path = town.root / "config/endpoints.yaml"
    path.write_text(path.read_text().replace("there}", "there, limits: {bandwidth: 1KiB/s}}"))
    (town.here / "a.dat").write_bytes(GOOD * 20_000)  # many minutes at that speed
    process = subprocess.Popen(command(town, "run", "--now"), stdout=subprocess.PIPE, text=True)
    try:
        wait_for(process, "gateway_started")
        journal = town.root / "state/journal.db"
        deadline = time.monotonic() + 60
        while not claimed(journal):
            assert process.poll() is None
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGTERM)
        wait_for(process, "gateway_stopping")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) != 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    assert (town.here / "a.dat").exists()
    assert not list(town.there.glob("*.csv"))


def claimed(journal):
    connection = sqlite3.connect(journal)
    try:
        return connection.execute("SELECT 1 FROM transfers WHERE state = 'claimed'").fetchone()
    finally:
        connection.close()


def test_convert_makes_the_standard_file_and_the_way_back_gives_the_same_bytes(town):
    (town.here / "a.dat").write_bytes(GOOD)
    there = ran(
        town, "convert", "--layout", "fixed", str(town.here / "a.dat"), "-o", str(town.root / "a.csv")
    )
    assert there.returncode == 0, there.stderr
    assert (town.root / "a.csv").read_text() == "番号,氏名,金額\n00001,山田太郎,12\n"
    back = ran(
        town, "convert", "--layout", "csv", str(town.root / "a.csv"), "-o", str(town.root / "b.dat"), "--json"
    )
    assert json.loads(back.stdout)["records_out"] == 1
    assert (town.root / "b.dat").read_bytes() == GOOD


def test_convert_of_a_bad_record_writes_nothing_and_names_it(town):
    (town.here / "a.dat").write_bytes(GOOD + record("00002", "秘密花子", b"ABCDE"))
    converted = ran(
        town, "convert", "--layout", "fixed", str(town.here / "a.dat"), "-o", str(town.root / "a.csv")
    )
    assert converted.returncode == 1
    assert "record 2, item 金額" in converted.stderr
    assert "ABCDE" not in converted.stderr + converted.stdout
    assert not (town.root / "a.csv").exists()


def test_convert_explains_one_record_byte_by_byte_and_writes_nothing(town):
    (town.here / "a.dat").write_bytes(GOOD + record("00002", "鈴木花子", b"0001X"))
    words = ["convert", "--layout", "fixed", str(town.here / "a.dat"), "--explain", "2", "--json"]
    explained = ran(town, *words)
    assert explained.returncode == 0, explained.stderr
    number, name, amount = json.loads(explained.stdout)
    assert (number["item"], number["offset"], number["raw"]) == ("番号", 20, b"00002".hex())
    assert name["value"] == "鈴木花子"
    assert name["becomes"] == [["氏名", "鈴木花子"]]
    assert (number["read_as"], amount["read_as"]) == ("text, length 5, width half", "zoned, digits 5")
    assert (number["lines"], name["lines"]) == ([1], [2])
    assert (amount["offset"], amount["raw"], amount["value"]) == (35, b"0001X".hex(), None)
    assert amount["rule"]
    assert list(town.here.iterdir()) == [town.here / "a.dat"]


def test_convert_writes_down_each_character_that_it_substitutes_and_counts_them(town):
    town.write("layouts/fixed.yaml", FIXED + "unmapped: placeholder\n")
    (town.root / "a.csv").write_text("番号,氏名,金額\n00001,𠮷田,12\n", encoding="utf-8")
    ledger = town.root / "ledger.csv"
    words = ["convert", "--layout", "csv", str(town.root / "a.csv"), "-o", str(town.root / "a.dat")]
    converted = ran(town, *words, "--substitutions", str(ledger), "--json")
    assert converted.returncode == 0, converted.stderr
    told = json.loads(converted.stdout)
    assert (told["losses"], told["warnings"]) == ({"氏名: unmapped": 1}, {})
    assert ledger.read_text(encoding="utf-8").splitlines()[1:] == ["1,氏名,U+20BB7,U+3013,81AC"]
    assert ledger.stat().st_mode & 0o777 == 0o600


def test_convert_never_replaces_a_file(town):
    (town.here / "a.dat").write_bytes(GOOD)
    (town.root / "a.csv").write_text("precious")
    converted = ran(
        town, "convert", "--layout", "fixed", str(town.here / "a.dat"), "-o", str(town.root / "a.csv")
    )
    assert converted.returncode == 2
    assert (town.root / "a.csv").read_text() == "precious"


def test_the_sample_city_is_played_once_through_with_one_command(tmp_path):
    words = ["demo", "--once", "--json", "--directory", str(tmp_path / "demo")]
    played = subprocess.run(
        [sys.executable, "-m", "gateway", *words], capture_output=True, text=True, check=False, timeout=100
    )
    assert played.returncode == 0, played.stderr
    document = json.loads(played.stdout)
    assert document["ok"]
    assert {row["phase"] for row in document["routes"]} == {"current", "transition", "standard"}
    assert all(row["files"] == row["arrived"] == 2 for row in document["routes"])


def test_a_held_file_is_listed_and_goes_on_when_a_person_releases_it(town):
    (town.here / "a.dat").write_bytes(GOOD)
    (town.there / "0001.csv").write_bytes(b"theirs")
    assert ran(town, "once").returncode == 1
    [held] = json.loads(ran(town, "held", "--json").stdout)
    assert (held["route"], held["file"], held["reason"]) == ("r", "here:a.dat", "name_taken")
    assert held["message"] == "the destination has another file under the final name"
    assert held["message_ja"] == "送信先の最終名に、別のファイルがあります"
    assert held["next_action"].startswith("see who writes there")
    assert held["next_action_ja"].startswith("誰がそこへ書いているかを確認し")
    assert held["message_ja"] in ran(town, "held").stdout.replace("\n", "")
    (town.there / "0001.csv").unlink()
    released = ran(town, "release", held["transfer_id"], "--reason", "the name is free again")
    assert released.returncode == 0, released.stderr
    assert ran(town, "once").returncode == 0
    assert list(town.arrived()) == ["0001.csv"]
    assert json.loads(ran(town, "held", "--json").stdout) == []
    [entry] = json.loads(ran(town, "audit", "--json").stdout)
    assert (entry["act"], entry["subject"], entry["reason"]) == (
        "release",
        held["transfer_id"],
        "the name is free again",
    )


def test_a_changed_audit_log_is_found_out(town):
    assert ran(town, "once").returncode == 0
    clean = json.loads(ran(town, "audit", "verify", "--json").stdout)
    assert clean["intact"]
    with closing(sqlite3.connect(town.root / "state" / "journal.db")) as journal, journal:
        journal.execute(
            "INSERT INTO audit (at, who, act, subject, reason, detail, previous, hash)"
            " VALUES ('2027', 'x', 'switch', 'r', '', '{}', 'guessed', 'guessed')"
        )
    found = ran(town, "audit", "verify")
    assert found.returncode == 1
    assert "監査記録 1 が" in found.stderr
    lost = ran(town, "audit", "verify", "--head", "0f" * 32)
    assert lost.returncode == 1


def test_release_of_something_that_is_not_held_says_so(town):
    assert ran(town, "once").returncode == 0
    refused = ran(town, "release", "nothing", "--reason", "test")
    assert refused.returncode == 1
    assert "linkage-gateway held" in refused.stderr


def test_doctor_tries_a_place_and_leaves_nothing_behind(town):
    tried = ran(town, "doctor", "there", "--json")
    assert tried.returncode == 0, tried.stderr
    [examined] = json.loads(tried.stdout)
    steps = {finding["step"]: finding["works"] for finding in examined["findings"]}
    assert steps == dict.fromkeys(["list", "write", "create-only", "read-back", "rename", "remove"], True)
    assert list(town.there.rglob("*")) == []


def test_doctor_of_a_place_that_is_away_exits_3_with_what_to_do(town):
    town.there.rmdir()
    tried = ran(town, "doctor", "there")
    assert tried.returncode == 3
    assert "FAILS" in tried.stdout


def test_check_live_tries_every_place_that_a_route_uses(town):
    tried = ran(town, "check", "--live", "--json")
    assert tried.returncode == 0, tried.stderr
    assert [one["endpoint"] for one in json.loads(tried.stdout)] == ["here", "there"]
