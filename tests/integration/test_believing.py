"""Listings that are not believed: nothing is taken out of them, and a person is told."""

import pytest

from adapters.errors import UnreadableListing
from tests.support.city import QUICK, Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


async def test_a_place_without_its_sentinel_gives_nothing_until_it_is_back(town):
    town.route(source="listing: {sentinel: ALIVE}")
    (town.here / "a.dat").write_bytes(b"a")
    async with town.gateway() as gateway:
        (result,) = await gateway.once(["r"], patience=QUICK)
        assert isinstance(result.error, UnreadableListing)
        assert town.arrived() == {}
        (town.here / "ALIVE").touch()
        await gateway.once(["r"], patience=QUICK)
    assert town.arrived() == {"a.dat": b"a"}
    assert [line["error_kind"] for line in town.log.events("scan_failed")] == ["UnreadableListing"]


async def test_too_many_files_gone_at_once_hold_the_place_until_they_are_back(town):
    town.route(source="listing: {drop: 50%}", rest="after: keep")
    for number in range(10):
        (town.here / f"{number}.dat").write_bytes(b"x")
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=QUICK)
        for number in range(6):
            (town.here / f"{number}.dat").rename(town.root / f"{number}.dat")
        (town.here / "new.dat").write_bytes(b"new")
        (result,) = await gateway.once(["r"], patience=QUICK)
        assert isinstance(result.error, UnreadableListing)
        assert "6 files are gone at once" in str(result.error)
        assert "new.dat" not in town.arrived()
        (town.root / "0.dat").rename(town.here / "0.dat")
        await gateway.once(["r"], patience=QUICK)
    assert "new.dat" in town.arrived()


async def test_files_that_the_gateway_put_away_are_not_missed(town):
    town.route(source="listing: {drop: 1%}", rest="after: delete")
    async with town.gateway() as gateway:
        for content in (b"one", b"two"):
            for number in range(3):
                (town.here / f"{number}.dat").write_bytes(content + bytes([number]))
            (result,) = await gateway.once(["r"], patience=QUICK)
            assert result.error is None
    assert len(town.arrived()) == 6
