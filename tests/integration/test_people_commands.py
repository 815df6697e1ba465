"""Pausing, taking on alarms and trying alerts from the command line, beside a gateway or without one."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from gateway.console.passwords import fits
from gateway.journal.people import Raised
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def ran(town, *words, typed=None):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, input=typed)


async def test_a_route_is_paused_and_resumed_by_command_and_says_by_whom_and_why(town):
    await town.once()
    assert ran(town, "pause", "r", "--until", "2h", "--reason", "点検").returncode == 0
    (paused,) = json.loads(ran(town, "pause", "--json").stdout)
    assert (paused["kind"], paused["name"], paused["reason"]) == ("route", "r", "点検")
    left = datetime.fromisoformat(paused["until"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=58) < left <= timedelta(hours=2)
    (row,) = json.loads(ran(town, "status", "--json").stdout)
    assert (row["state"], "点検" in row["why"]) == ("paused", True)
    (town.here / "a.dat").write_bytes(b"x" * 20)
    once = ran(town, "once", "r")
    assert once.returncode == 1
    assert "が一時停止しています" in once.stderr
    assert ran(town, "resume", "r", "--reason", "終了").returncode == 0
    assert ran(town, "resume", "r", "--reason", "終了").returncode == 1
    acts = [one["act"] for one in json.loads(ran(town, "audit", "--json").stdout)]
    assert acts == ["pause", "resume"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pause", "rr", "--reason", "x"), "r のことではありませんか"),
        (("pause", "r"), "理由を --reason で"),
        (("pause", "r", "--reason", "x", "--until", "soon"), "日時ではありません"),
        (("pause", "r", "--reason", "x", "--until", "2020-01-01T00:00"), "過去の日時です"),
    ],
)
async def test_a_pause_that_is_not_meant_so_is_wrong_use(town, words, said):
    await town.once()
    tried = ran(town, *words)
    assert tried.returncode == 2
    assert said in tried.stderr


async def test_an_alarm_is_listed_and_taken_on_with_a_note(town):
    written = (town.root / "config/gateway.yaml").read_text()
    town.write(
        "gateway.yaml", written.replace("{v: {}}", "{v: {contact: {desk: 電算係, telephone: 内線 123}}}")
    )
    (town.here / "a.dat").write_bytes(b"bad")
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
    (alarm,) = json.loads(ran(town, "alarms", "--json").stdout)
    assert (alarm["message_id"], alarm["route"]) == ("LGW-1201-E", "r")
    assert alarm["message_ja"] == "ファイルを保留しました"
    assert alarm["next_action_ja"].startswith("sheet で書き出して直し release --corrected で")
    assert "件目のレコード" in alarm["detail_ja"]
    shown = ran(town, "alarms").stdout.replace("\n", "")
    assert ("件目のレコード" in shown, "record 1" in shown) == (True, False)
    assert re.search(r"LGW-1201-E +r +", shown), "the route first, then the number of the transfer"
    for said in ("番号", "対処", "連絡先", "linkage-gateway held r", "電算係 / 内線 123"):
        assert said in shown
    english = (
        (town.root / "config/gateway.yaml").read_text().replace("console: {", "console: {language: en, ")
    )
    town.write("gateway.yaml", english)
    assert "record 1" in ran(town, "alarms").stdout
    number = str(alarm["number"])
    assert ran(town, "ack", number, "--note", "確認中", "--for", "1h").returncode == 0
    (alarm,) = json.loads(ran(town, "alarms", "--json").stdout)
    assert alarm["note"] == "確認中"
    assert ran(town, "ack", "999", "--note", "x").returncode == 1
    assert ran(town, "ack", number, "--note", "x", "--for", "soon").returncode == 2


async def test_an_alarm_that_nothing_ends_is_closed_by_command_and_one_that_ends_itself_is_not(town):
    async with town.gateway() as gateway:
        told = await gateway.journal.people.raised(Raised(event="sign_in_failed", subject="192.0.2.1"))
        stands = await gateway.journal.people.raised(Raised(event="file_held", subject="x"))
    refused = ran(town, "ack", str(stands.number), "--done", "--note", "x")
    assert (refused.returncode, "自動で終わります" in refused.stderr) == (1, True)
    assert ran(town, "ack", str(told.number), "--done", "--note", "本人に確認").returncode == 0
    (alarm,) = json.loads(ran(town, "alarms", "--json").stdout)
    assert (alarm["number"], alarm["ends_by_itself"]) == (stands.number, True)


def test_alerts_that_cannot_be_sent_are_named_by_their_test(town):
    assert ran(town, "alerts", "test").returncode == 2
    town.write(
        "gateway.yaml",
        f"""
        gateway: {{name: test, state_dir: {town.root / "state"}}}
        alerts: [{{kind: syslog, name: nobody, server: "127.0.0.1:1", protocol: tcp}}]
        """,
    )
    tried = ran(town, "alerts", "test", "--json")
    assert tried.returncode == 3
    (way,) = json.loads(tried.stdout)
    assert (way["name"], way["sent"]) == ("nobody", False)


def test_a_password_becomes_a_hash_that_it_fits_and_its_file_is_its_owners(town):
    out = town.root / "tanaka.hash"
    typed = "correct horse battery\ncorrect horse battery\n"
    assert ran(town, "password", "--out", str(out), typed=typed).returncode == 0
    assert (out.stat().st_mode & 0o777) == 0o600
    kept = out.read_text(encoding="ascii")
    assert fits("correct horse battery", kept)
    assert not fits("correct horse batterz", kept)
    assert not fits("", "rubbish")
    assert "horse" not in kept
    assert ran(town, "password", typed="short\nshort\n").returncode == 2
    assert ran(town, "password", "--out", str(out), typed=typed).returncode == 1
