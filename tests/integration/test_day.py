"""The day on one page, a route followed on a terminal, and the table that stays current."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

GOOD = record("00001", "山田太郎", b"00012")


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


async def test_the_daily_report_says_what_came_went_and_is_held(town):
    (town.here / "a.dat").write_bytes(GOOD * 3)
    (town.here / "b.dat").write_bytes(GOOD[:-1])
    gateway_yaml = town.root / "config/gateway.yaml"
    gateway_yaml.write_text(gateway_yaml.read_text().replace("{v: {}}", "{v: {}, other: {}}"))
    await town.once()
    told = json.loads(ran(town, "report", "daily", "--json", "--out", str(town.root / "day.csv")).stdout)
    assert (town.root / "day.csv").read_bytes()
    (row,) = told["routes"]
    assert (row["arrived"], row["delivered"], row["delivered_records"], row["held"]) == (2, 1, 3, 1)
    assert (row["balances"], row["taken"]) == (True, None)
    assert [one["reason"] for one in told["held"]] == ["bad_records"]
    assert ran(town, "report", "daily", "--vendor", "nobody").returncode == 2
    assert json.loads(ran(town, "report", "daily", "--vendor", "other", "--json").stdout)["routes"] == []
    assert (
        json.loads(ran(town, "report", "daily", "--day", "2020-01-01", "--json").stdout)["routes"][0][
            "arrived"
        ]
        == 0
    )
    written = town.root / "day.csv"
    assert ran(town, "report", "daily", "--out", str(written)).returncode == 0
    assert "到着（件）" in written.read_text(encoding="utf-8-sig")
    assert (written.stat().st_mode & 0o777) == 0o600
    assert "稼働" in written.read_text(encoding="utf-8-sig")


async def test_the_day_is_printed_in_the_language_of_the_page(town):
    (town.here / "a.dat").write_bytes(GOOD)
    (town.here / "b.dat").write_bytes(GOOD[:-1])
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
    shown = ran(town, "report", "daily")
    assert shown.returncode == 0
    for said in (
        "日報",
        "到着",
        "送達",
        "引取",
        "稼働 running",
        "未確認",
        "一致",
        "不正なレコード (bad_records)",
        "レイアウトの誤りなら",
    ):
        assert said in shown.stdout
    assert "ファイルを保留しました" in shown.stdout, "the alarm says what it is"
    assert re.search(r"ファイルを保留しました +r +", shown.stdout), "and of which route"
    (alarm,) = json.loads(ran(town, "report", "daily", "--json").stdout)["alarms"]
    assert alarm["route"] == "r"
    assert re.findall(r"\b(route|arrived|delivered|taken|reason|alarm|cutover)\b", shown.stdout) == []
    gateway_yaml = town.root / "config/gateway.yaml"
    gateway_yaml.write_text(gateway_yaml.read_text().replace("console: {", "console: {language: en, "))
    shown = ran(town, "report", "daily").stdout
    assert ("Arrived" in shown, "bad records" in shown, "到着" in shown) == (True, True, False)


async def test_of_a_part_of_the_day_in_which_nothing_was_it_is_said_that_there_is_none(town):
    await town.once()
    shown = ran(town, "report", "daily").stdout
    assert shown.splitlines()[-3:] == ["保留 なし", "異常 なし", "14日以内の切替 なし"]


async def test_tail_shows_each_step_of_a_routes_files_and_no_value_of_them(town):
    (town.here / "a.dat").write_bytes(GOOD)
    await town.once()
    followed = ran(town, "tail", "r", "--once", "--json")
    steps = [json.loads(line) for line in followed.stdout.splitlines()]
    assert [one["event"] for one in steps][:3] == ["admit", "spool", "convert"]
    assert steps[-1]["state"] == "settled"
    assert "山田" not in followed.stdout
    shown = ran(town, "tail", "r", "--once", "--last", "2").stdout
    assert len(shown.splitlines()) == 2
    assert "元ファイルの処理     送達 delivered" in shown
    assert ran(town, "tail", "none").returncode == 2


async def test_the_table_of_states_stays_current_on_a_terminal_until_it_is_interrupted(town):
    await town.once()
    ours, theirs = pty.openpty()
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background job hands on "ignored"
    process = subprocess.Popen(command(town, "status", "--watch"), stdout=theirs, stdin=theirs, stderr=theirs)
    signal.signal(signal.SIGINT, before)
    os.close(theirs)
    seen, until = b"", time.monotonic() + 30
    while seen.count(b"running") < 2 and time.monotonic() < until:
        seen += os.read(ours, 65536)
    process.send_signal(signal.SIGINT)
    # Read to the end, as a terminal does: the last thing that it writes would not fit otherwise.
    with suppress(OSError):
        while os.read(ours, 65536):
            pass
    assert process.wait(30) == 0
    os.close(ours)
    assert seen.count(b"running") >= 2
