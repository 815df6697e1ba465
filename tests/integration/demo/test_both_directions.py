"""A demo route's own file up and down again: the same bytes, with all that makes a mainframe's file hard."""

import shutil
from datetime import timedelta

import pytest

from gateway.app import Gateway
from gateway.demo import samples
from gateway.demo.play import sample_city
from gateway.demo.s3_server import store
from gateway.demo.samples import Drawn
from gateway.demo.servers import DemoServers
from gateway.formats import compile_conversion
from gateway.load import load
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.support.city import Silent

DRAWN = Drawn(serial=7, day="2027-01-04", records=60)


@pytest.fixture(scope="module")
def city():
    return load(sample_city())


def converters(city, route, from_format, to_format):
    """The route's conversion and its reverse, out of the same mapping."""
    there = city.converter(city.routes[route], from_format, to_format)
    source = city.form(city.routes[route], "from", from_format)
    target = city.form(city.routes[route], "to", to_format)
    mapping = city.conversions.library.mappings[city.routes[route].convert[0]]
    return there, compile_conversion(target, source, mapping)


PAID = bytes.fromhex("020270104F")
"""2027-01-04 as packed digits, as the tax host writes it."""

UNKNOWN_DAY = bytes.fromhex("020270100F")


def with_an_unknown_day(made):
    """The first payment that was made on the day was made on some day of that month."""
    assert PAID in made.sent
    sent = made.sent.replace(PAID, UNKNOWN_DAY, 1)
    return sent, made.expected.replace(b",2027-01-04,", b",2027-01-00,", 1)


def test_a_file_of_the_tax_host_is_byte_identical_after_both_directions(city, tmp_path):
    there, back = converters(city, "tax-host-to-shuno", Format.LEGACY, Format.STANDARD)
    sent, expected = with_an_unknown_day(samples.payments(DRAWN))
    (tmp_path / "sent").write_bytes(sent)
    there.convert(tmp_path / "sent", tmp_path / "arrived")
    assert (tmp_path / "arrived").read_bytes() == expected
    back.convert(tmp_path / "arrived", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == sent


def test_that_file_holds_user_defined_characters_and_negative_packed_amounts():
    """Otherwise the test above would show less than it says."""
    rows = [line.split(",") for line in samples.payments(DRAWN).expected.decode().splitlines()[1:]]
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("-") and cell[1:].isdigit() for cell in cells)
    assert any(ord(letter) > 0xFFFF or 0xE000 <= ord(letter) <= 0xF8FF for cell in cells for letter in cell)


BACK = """
title: 収納管理から汎用機へ戻す
from:
  system: shuno
  standard:
    endpoint: object-storage
    path: "shuno/in/014o001_*.csv"
    layout: shuno-standard
    profile: standard-csv
    content: differential
    ready: at-once
to:
  system: tax-host
  legacy:
    endpoint: tax-mainframe
    path: "ZEI.SHUNO.BACK.N{seq:07}"
    layout: shuno-extract
    content: differential
    exists: refuse
convert: [shuno-to-standard]
schedule: {every: 5s}
after: keep
"""


@pytest.fixture
def servers(tmp_path, monkeypatch):
    with DemoServers(tmp_path / "city") as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


async def test_it_is_byte_identical_after_the_gateway_carried_it_to_the_store_and_back_to_the_mainframe(
    servers, tmp_path
):
    config = tmp_path / "config"
    shutil.copytree(sample_city(), config)
    (config / "routes/vendor-c/shuno-to-tax-host.yaml").write_text(BACK, encoding="utf-8")
    there = load(config)
    assert not there.errors, there.errors
    sent, expected = with_an_unknown_day(samples.payments(DRAWN))
    datasets = servers.places.mainframe
    (datasets / "ZEI.SHUNO.D270104.N0000001").write_bytes(sent)
    async with Gateway(there, clock=SystemClock(), report=Silent()) as gateway:
        for route in ("tax-host-to-shuno", "shuno-to-tax-host"):
            (result,) = await gateway.once([route], patience=timedelta(seconds=30))
            assert [one.outcome for one in result.transfers] == ["delivered"], (route, result)
    (arrived,) = in_the_store(servers.places)
    assert arrived == expected
    (back,) = datasets.glob("ZEI.SHUNO.BACK.*")
    assert back.read_bytes() == sent


def in_the_store(places):
    """What lies in the consumer's folder of the object store."""
    client = store(places.store)
    listed = client.list_objects_v2(Bucket=places.bucket, Prefix="shuno/in/014o001")["Contents"]
    return [client.get_object(Bucket=places.bucket, Key=one["Key"])["Body"].read() for one in listed]
