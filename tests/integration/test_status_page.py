"""The status page over HTTP, with a real gateway behind: what it shows to whom, what it does, what it refuses."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources
from unittest.mock import AsyncMock

import aiohttp
import pytest

from gateway.app import Gateway
from gateway.config import Console
from gateway.console.passwords import hash_of
from gateway.console.server import ConsoleServer
from gateway.cutover import Condition, Verdict
from gateway.errors import Reason
from gateway.journal.comparisons import ComparisonRow
from gateway.lifecycle import WORDS, Event
from gateway.load import load
from gateway.times.clock import SystemClock
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

BAD = b"00001" + "機密太郎".encode("cp932") + b"X" * 7
GOOD = b"00001" + "見本太郎　".encode("cp932") + b"00012"
PASSWORD = "correct horse battery"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    seldom = CONVERTING.replace("every: 1s", "every: 24h")
    made.write("routes/v/r.yaml", seldom)
    made.write("routes/w/s.yaml", seldom.replace("*.dat", "*.dau").replace("{seq", "s{seq"))
    made.write("routes/w/broken.yaml", "title: 誤り\nschedul: {every: 1s}\n")
    return made


class Caller:
    """A browser without a screen: keeps cookies, follows nothing by itself."""

    def __init__(self, session, base):
        self.session, self.base = session, base

    async def get(self, path, **more):
        async with self.session.get(self.base + path, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text(), answer.headers

    async def post(self, path, data, **more):
        async with self.session.post(self.base + path, data=data, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text(), answer.headers

    async def csrf(self, path):
        return re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.get(path))[1]).group(1)

    async def act(self, word, subject, **form):
        path = f"/act/{word}/{subject}"
        return await self.post(path, {"csrf": await self.csrf(path), **form})

    async def sign_in(self, name, password=PASSWORD):
        form = {"csrf": await self.csrf("/sign-in"), "name": name, "password": password}
        return await self.post("/sign-in", form)


@asynccontextmanager
async def opened(town, **console):
    """A gateway that is not running its routes, and its page."""
    model = Console(**{"listen": "127.0.0.1:0", "local_role": "operator"} | console)
    city = load(town.root / "config")  # with its broken route, which is one of the things to be shown
    async with (
        Gateway(city, clock=SystemClock(), report=town.report()) as gateway,
        ConsoleServer(gateway, model, clock=SystemClock(), report=gateway.report) as server,
        aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(ssl=False)
        ) as session,
    ):
        yield gateway, Caller(session, server.address.rstrip("/"))


def people(tmp_path, monkeypatch, **roles):
    monkeypatch.setenv("HASH", hash_of(PASSWORD))
    return {name: {"password": {"env": "HASH"}, **role} for name, role in roles.items()}


async def held(gateway, town):
    (town.here / "a.dat").write_bytes(BAD)
    await gateway.once(["r"], patience=timedelta(0))
    await gateway._desk.look()
    return (await gateway.journal.open_transfers())[-1]


async def test_every_page_is_shown_in_both_languages_with_what_there_is(town):
    async with opened(town) as (gateway, page):
        file = await held(gateway, town)
        paths = ["/", "/alarms", "/held", "/plan", "/map", "/daily", "/audit", "/routes/r", "/routes/broken"]
        paths += [
            f"/transfers/{file.id}",
            "/search?q=a.dat",
            "/act/pause/route:r",
            "/?by=system",
            "/?by=none",
        ]
        for language in ("ja", "en"):
            assert (await page.get(f"/language/{language}?to=/held"))[2]["Location"] == "/held"
            for path in paths:
                status, text, _ = await page.get(path)
                assert (path, status) == (path, 200)
                assert f'<html lang="{language}">' in text
                assert "機密" not in text
        assert "a.dat" in (await page.get("/held"))[1]
        assert "routes/w/broken.yaml:2:1" in (await page.get("/routes/broken"))[1]
        assert (await page.get("/plan.svg"))[2]["Content-Type"].startswith("image/svg+xml")
        assert (await page.get("/map.svg"))[0] == 200


async def test_a_file_held_for_bad_records_shows_each_fault_in_the_language_of_its_reader(town):
    (town.here / "a.dat").write_bytes(GOOD + BAD)
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=timedelta(0))
        (file,) = await gateway.journal.open_transfers()
        ja, en = "符号を持つ桁がゾーン数字ではありません", "the byte with the sign is not a digit with a zone"
        for language, where, rule in (
            ("ja", "レコード 2 · 項目 金額 · 位置 39", "ゾーン10進数として正しくありません"),
            ("en", "Record 2 · Item 金額 · Offset 39", "not a zoned decimal number"),
        ):
            await page.get(f"/language/{language}")
            assert {where, rule} == {said for said in (where, rule) if said in (await page.get("/held"))[1]}
            text = (await page.get(f"/transfers/{file.id}"))[1]
            assert text.count(rule) >= 2, f"{language}: at the top, and in the table of faults"
            assert (ja in text, en in text) == (language == "ja", language == "en")


async def test_whatever_a_file_is_held_for_is_told_in_the_language_of_its_reader(town):
    (town.here / "a.dat").write_bytes(GOOD)
    (town.there / "0001.csv").write_bytes(b"theirs")
    english = ("the destination has another file under the final name", "see who writes there")
    japanese = ("送信先の最終名に、別のファイルがあります", "誰がそこへ書いているかを確認し")
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        (file,) = await gateway.journal.open_transfers()
        for language, there, not_there in (("ja", japanese, english), ("en", english, japanese)):
            await page.get(f"/language/{language}")
            for path in ("/held", "/routes/r", f"/transfers/{file.id}", f"/act/release/{file.id}"):
                text = (await page.get(path))[1]
                assert (path, language, there[0] in text) == (path, language, True)
                assert (path, language, [said for said in not_there if said in text]) == (path, language, [])


async def test_what_is_not_there_is_said_so(town):
    async with opened(town) as (_, page):
        for path in ("/routes/none", "/transfers/none", "/act/explode/route:r", "/static/none"):
            assert (await page.get(path))[0] == 404


async def test_live_gives_the_rows_that_changed_since_a_version_and_no_others(town):
    async with opened(town) as (gateway, page):
        version = int(re.search(r'data-version="(\d+)"', (await page.get("/"))[1]).group(1))
        status, text, _ = await page.get(f"/live?since={version}")
        assert (status, '"rows": {}' in text) == (200, True)
        await gateway.once(["r"], patience=timedelta(0))
        _, text, _ = await page.get(f"/live?since={version}")
        assert '"r":' in text
        assert '"s":' not in text


async def test_an_operator_pauses_resumes_runs_releases_and_takes_on_and_it_stands_in_the_audit_log(town):
    async with opened(town) as (gateway, page):
        file = await held(gateway, town)
        (alarm,) = await gateway.journal.people.open_alarms()
        said = {"who": "田中", "reason": "確認済み"}
        assert (await page.act("ack", alarm.number, **said))[0] == 303
        assert (await page.act("pause", "route:r", **said))[0] == 303
        assert [one.name for one in await gateway.journal.people.pauses()] == ["r"]
        assert (await page.act("resume", "route:r", **said))[0] == 303
        assert (await page.act("run", "route:r", **said))[0] == 303
        assert (await page.act("release", file.id, **said))[0] == 303
        entries = await gateway.journal.audit.entries(9)
        assert [one.act for one in entries] == ["ack", "pause", "resume", "run", "release"]
        assert {(one.who, one.reason) for one in entries} == {("田中 (status page)", "確認済み")}
        assert await gateway.journal.audit.first_broken() is None
        assert (await page.act("release", file.id, **said))[0] == 409
        assert (await page.act("resume", "route:r", **said))[0] == 409


async def test_an_action_without_reason_or_name_or_with_a_past_time_is_not_done(town):
    async with opened(town) as (gateway, page):
        assert (await page.act("pause", "route:r", who="田中"))[0] == 409
        assert (await page.act("pause", "route:r", reason="点検"))[0] == 409
        past = {"who": "田中", "reason": "点検", "until": "2020-01-01T00:00"}
        assert (await page.act("pause", "route:r", **past))[0] == 409
        assert (await page.act("pause", "route:none", who="田中", reason="点検"))[0] == 409
        assert await gateway.journal.people.pauses() == ()
        assert await gateway.journal.audit.entries(9) == []


async def test_whoever_is_on_this_machine_only_sees_unless_the_city_says_otherwise(town):
    async with opened(town, local_role="viewer") as (gateway, page):
        assert (await page.get("/"))[0] == 200
        assert "/act/" not in (await page.get("/routes/r"))[1]
        assert (await page.get("/act/pause/route:r"))[0] == 403
        form = {"csrf": "", "who": "田中", "reason": "点検"}
        assert (await page.post("/act/pause/route:r", form))[0] == 403
        assert await gateway.journal.people.pauses() == ()


@pytest.mark.parametrize("token", ["", "0" * 64, "other"])
async def test_a_form_that_is_not_ours_does_nothing(town, token):
    async with opened(town) as (gateway, page):
        await page.get("/")
        form = {"csrf": token, "who": "田中", "reason": "点検"}
        assert (await page.post("/act/pause/route:r", form))[0] == 403
        form["csrf"] = await page.csrf("/act/pause/route:r")
        foreign = {"Origin": "http://evil.example.invalid"}
        assert (await page.post("/act/pause/route:r", form, headers=foreign))[0] == 403
        assert await gateway.journal.people.pauses() == ()


async def test_on_loopback_no_other_name_leads_to_the_page(town):
    async with opened(town) as (_, page):
        assert (await page.get("/", headers={"Host": "evil.example.invalid"}))[0] == 421
        assert (await page.get("/", headers={"Host": "localhost"}))[0] == 200


async def test_a_way_back_never_leads_off_the_page(town):
    async with opened(town) as (_, page):
        for path in ("//evil.example.invalid/", "https://evil.example.invalid/", "/\\evil.example.invalid"):
            assert (await page.get(f"/language/en?to={path}"))[2]["Location"] == "/"


async def test_every_answer_carries_the_protecting_headers(town):
    async with opened(town) as (_, page):
        for path in ("/", "/routes/none", "/static/console.css", "/healthz", "/live"):
            headers = (await page.get(path))[2]
            assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "aiohttp" not in headers.get("Server", "")


async def test_nothing_in_a_page_is_script_or_style_of_its_own(town):
    async with opened(town) as (gateway, page):
        await held(gateway, town)
        for path in ("/", "/routes/r", "/held", "/act/pause/route:r"):
            text = (await page.get(path))[1]
            assert re.findall(r"<script(?! src=\"/static/)|<style| style=|\son\w+=", text) == []


async def test_a_name_that_looks_like_markup_is_only_text(town):
    async with opened(town) as (gateway, page):
        (town.here / "<img src=x onerror=alert(1)>.dat").write_bytes(BAD)
        await gateway.once(["r"], patience=timedelta(0))
        assert "&lt;img src=x" in (await page.get("/held"))[1]
        assert "<img src=x" not in (await page.get("/held"))[1]
        assert "<b>x</b>" not in (await page.get("/search?q=<b>x</b>"))[1]


async def test_a_vendor_does_not_read_in_the_gate_of_a_wave_what_other_vendors_still_lack(
    town, tmp_path, monkeypatch
):
    roles = people(
        tmp_path, monkeypatch, **{"w-sha": {"role": "vendor", "vendor": "w"}, "city": {"role": "viewer"}}
    )
    wave = "waves:\n  spring: {members: [new], at: 2026-01-04T00:00:00+09:00}\n"
    town.write(
        "systems.yaml", f"systems:\n  old: {{vendor: v, standard_from: never}}\n  new: {{vendor: v}}\n{wave}"
    )
    both = '  system: new\n  legacy: {endpoint: there, path: "{stem}.%s", layout: fixed}\n'
    for path in (town.root / "config/routes").rglob("[rs].yaml"):
        path.write_text(path.read_text().replace("  system: new\n", both % path.stem))
    lacking = ("r has 1 clean comparisons", "r：連続した一致は", "r from (here): away")
    unmet = (
        Condition(name="compared", met=False, says=f"{lacking[0]} in a row", says_ja=f"{lacking[1]} 1 回"),
        Condition(name="reachable", met=False, says=lacking[2]),
        Condition(name="baseline", met=False, says="only of: s", says_ja="受け手の確認待ち：s"),
    )
    async with opened(town, people=roles) as (gateway, page):
        await gateway.journal.switching.gate_seen("wave:spring@2026-01-03T15:00:00Z", Verdict.CLOSED, unmet)
        board = gateway.board
        await board.look()
        monkeypatch.setattr(board, "look", AsyncMock())  # the board stays as it is made here
        waiting = {"state": "waiting", "cutover_due": True, "unmet": unmet}
        board.rows["s"] = replace(board.rows["s"], **waiting)
        board.changed["s"] = board.version
        for who, sees_all in (("w-sha", False), ("city", True)):
            await page.sign_in(who)
            for language, own in (("ja", "受け手の確認待ち：s"), ("en", "only of: s")):
                await page.get(f"/language/{language}")
                for path in ("/routes/s", "/", "/live?since=0"):
                    text = (await page.get(path))[1]
                    text = json.loads(text)["rows"]["s"] if path.startswith("/live") else text
                    seen = any(word in text for word in lacking)
                    assert (who, language, path, own in text, seen) == (who, language, path, True, sees_all)


async def test_an_address_that_asks_too_often_is_told_to_wait(town):
    async with opened(town) as (_, page):
        answers = await asyncio.gather(*(page.get("/healthz") for _ in range(260)))
        assert {status for status, _, _ in answers} == {200, 429}


async def test_a_page_that_cannot_be_opened_is_an_event_and_the_gateway_goes_on(town):
    async with opened(town) as (gateway, page):
        taken = Console(listen=page.base.removeprefix("http://"))
        async with ConsoleServer(gateway, taken, clock=SystemClock(), report=town.report()) as second:
            assert second.address == ""
        (failed,) = town.log.events("console_failed")
        assert failed["message_id"] == "LGW-9302-E"
        assert (await gateway.once(["r"], patience=timedelta(0)))[0].error is None


@pytest.mark.parametrize(
    ("console", "why"),
    [
        ({"listen": "0.0.0.0:8440"}, "needs tls and people"),
        ({"proxy": {"from": "127.0.0.1"}}, "a proxy needs people"),
        ({"people": {"a": {"role": "vendor"}}}, "vendor belongs to role vendor"),
    ],
)
def test_a_page_that_would_stand_open_is_refused(console, why):
    with pytest.raises(ValueError, match=why):
        Console(**console)


async def test_a_route_shows_its_gate_and_its_comparisons(town):
    async with opened(town) as (gateway, page):
        conditions = [
            Condition(name="drained", met=True, says="nothing is left"),
            Condition(name="compared", met=False, says="1 of 3 clean"),
            Condition(name="approved", met=False, waived=True),
        ]
        await gateway.journal.switching.gate_seen("r@2027-01-01T00:00:00Z", Verdict.CLOSED, conditions)
        row = ComparisonRow(
            route="r",
            slot="2026-12-01",
            business_date=date(2026, 12, 1),
            against="shadow",
            old="a",
            new="b",
            result="different",
            only_old=12,
            changed=3,
        )
        await gateway.journal.comparisons.made(row)
        text = (await page.get("/routes/r"))[1]
        for said in ("旧置場の処理完了", "未充足", "免除", "1 of 3 clean", "相違あり", "shadow"):
            assert said in text
        assert "旧置場の処理完了" not in (await page.get("/routes/s"))[1]


def test_every_word_of_the_page_is_in_both_languages_once():
    text = (resources.files("gateway.console") / "words.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    assert [row for row in rows if len(row) != 3 or not all(row)] == []
    keys = [row[0] for row in rows]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert {f"h_{reason}" for reason in Reason} <= set(keys)
    assert {f"e_{event}" for event in Event} | set(WORDS.values()) <= set(keys)


async def test_a_vendor_finds_nothing_of_another_one_on_any_page(town, tmp_path, monkeypatch):
    roles = people(tmp_path, monkeypatch, **{"w-sha": {"role": "vendor", "vendor": "w"}})
    title = "秘密の経路"
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(f"title: {title}\n{path.read_text()}")
    async with opened(town, people=roles) as (gateway, page):
        file = await held(gateway, town)
        await gateway.journal.people.pause("route", "r", who="田中", reason="他社の点検")
        await page.sign_in("w-sha")
        paths = [
            "/",
            "/?by=system",
            "/?by=none",
            "/live?since=0",
            "/alarms",
            "/held",
            "/daily",
            "/ledger",
            "/plan",
        ]
        paths += [
            "/map",
            "/routes/s",
            "/search?q=a",
            f"/search?q={file.id}",
            "/ledger?as=csv",
            "/daily?as=csv",
            "/ledger?route=r",
        ]
        for path in paths:
            status, text, _ = await page.get(path)
            shown = [word for word in (title, "a.dat", file.id, "/routes/r", "他社の点検") if word in text]
            assert (path, status, [word for word in shown if word not in path]) == (path, 200, [])
