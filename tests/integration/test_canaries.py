"""Unmistakable personal values put through routes and faults: no log line, metric, page or alert holds any of them."""

import base64
import re
import urllib.parse
from datetime import timedelta

import pytest
from aiohttp import web

from gateway.journal.audit import Act
from tests.integration.test_alarms_and_people import free_port
from tests.integration.test_clear_errors import record
from tests.integration.test_status_page import opened
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

NAMES = ("機密太郎", "秘匿花子")
NUMBER = "98765"
AMOUNT = "31415"
ENCODINGS = ("utf-8", "cp932", "euc-jp", "utf-16-le", "utf-16-be", "iso2022_jp", "cp930", "cp939")
FAULTS = {
    "good.dat": record(NUMBER, NAMES[0], AMOUNT.encode()),
    "not-a-number.dat": record(NUMBER, NAMES[0], b"31X15"),
    "cut-off.dat": record(NUMBER, NAMES[1], AMOUNT.encode())[:-3],
    "not-in-the-code.dat": record(NUMBER, NAMES[1], AMOUNT.encode())[:6] + b"\xff\xfe" + b"A" * 12,
    "twice.dat": record(NUMBER, NAMES[0], AMOUNT.encode()) * 2 + b"\x00",
}


def forms(value):
    """A value as it might hide: in any encoding, as text of its bytes, in Base64, in a URL."""
    for encoding in ENCODINGS:
        try:
            raw = value.encode(encoding)
        except (LookupError, UnicodeEncodeError):
            continue
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield base64.b64encode(raw)[:-4] or raw
        yield urllib.parse.quote_from_bytes(raw).encode()
        yield repr(raw)[2:-1].encode()
    yield value.encode("unicode_escape")


CANARIES = {form for value in (*NAMES, NUMBER, AMOUNT) for form in forms(value) if len(form) > 4}


def found(text):
    raw = text if isinstance(text, bytes) else text.encode()
    # digests, identifiers, ports and measured figures are long runs of digits, in which five may stand by chance
    chance = rb"[0-9a-f]{32,}|\d{8}T\d{6}-[0-9a-z]+|127\.0\.0\.1:\d+|\d+\.\d+(e[+-]?\d+)?"
    plain = re.sub(chance, b"", raw)
    return sorted(form for form in CANARIES if form in plain)


def test_the_canaries_are_recognised_in_every_disguise():
    for value in NAMES:
        assert found(value)
        assert found(f"%{urllib.parse.quote(value)}")
        assert found(value.encode("cp932"))
        assert found(base64.b64encode(b"xyz" + value.encode("cp932") + b"123"))
    assert found(f"record {NUMBER}")
    assert not found("a record of five digits")


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_value_of_a_record_is_in_log_metrics_page_or_alert(town, fault):
    alerted = []

    async def called(request):
        alerted.append(await request.read())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", called)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    town.write(
        "gateway.yaml",
        f"""
        gateway: {{name: test, state_dir: {town.root / "state"}}}
        vendors: {{v: {{}}}}
        alerts: [{{kind: webhook, url: "http://127.0.0.1:{port}/", group: 0s, min_severity: warning}}]
        """,
    )
    (town.here / fault).write_bytes(FAULTS[fault])
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        held = await gateway.journal.open_transfers()
        for one in held:
            await gateway.journal.released(one, who="田中", why="もう一度")
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        await gateway.journal.audit.record(Act(who="田中", act="look", subject="r"))
        transfers = await gateway.journal.recent("r", 9)
        paths = [
            "/",
            "/alarms",
            "/held",
            "/audit",
            "/routes/r",
            "/live?since=0",
            "/metrics",
            f"/search?q={fault}",
        ]
        shown = [(await page.get(path))[1] for path in [*paths, *(f"/transfers/{t.id}" for t in transfers)]]
        alarms = repr(
            await gateway.journal.people.past_alarms(99) + await gateway.journal.people.open_alarms()
        )
    await runner.cleanup()
    assert transfers
    assert bool(held) == (fault != "good.dat")
    assert bool(alerted) == (fault != "good.dat")
    for text in (*town.log.lines, *shown, *alerted, alarms):
        assert found(text) == []
