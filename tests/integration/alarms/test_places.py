"""Every alarm about places, and what the person on duty does about it."""

import json
from datetime import timedelta

import pytest

from adapters.base import Features, Listing
from adapters.errors import ConnectionLost, NoAccess, Refused
from adapters.local.adapter import LocalAdapter
from gateway.app import Around
from tests.support.watching import ran

NOW = timedelta(0)


async def once(gateway):
    return (await gateway.once(["r"], patience=NOW))[0]


def raising(error):
    """An endpoint ``here`` whose every listing ends so."""

    def around(name, adapter):
        async def fail(pattern):
            raise error

        if name == "here":
            adapter.scan = fail
        return adapter

    return Around(adapter=around)


@pytest.mark.provokes("endpoint_down")
async def test_a_place_that_refuses_us_is_told_of_until_its_login_is_mended_and_it_answers(town, alarm):
    town.route()
    async with town.gateway(raising(NoAccess("the login was refused", hint="see login"))) as gateway:
        await once(gateway)
        raised = await alarm.raised(gateway)
        assert (raised.subject, raised.next_action) == ("here", "see login")
    async with town.gateway() as gateway:
        await alarm.raised(gateway)  # a restart alone does not mend it
        await once(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("endpoint_silent")
async def test_a_place_that_does_not_answer_is_told_of_until_it_does(town, alarm):
    town.route(rest="retry: {fast: {times: 5, within: 1s}}")
    async with town.gateway(raising(ConnectionLost("the connection went"))) as gateway:
        for _ in range(5):
            await once(gateway)
            gateway._runners["r"]._scan_again = None
        await alarm.raised(gateway)
    async with town.gateway() as gateway:
        await once(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("listing_partly_read")
async def test_lines_that_nobody_understands_are_told_of_until_they_were_reported(town, alarm):
    def around(name, adapter):
        scan = adapter.scan

        async def partly(pattern):
            return Listing(entries=(await scan(pattern)).entries, unparsed=2)

        if name == "here":
            adapter.scan = partly
        return adapter

    town.route()
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("owner_not_kept")
async def test_a_place_that_keeps_no_owner_is_told_of_until_its_rights_were_seen_to(town, alarm):
    def around(name, adapter):
        write = adapter.write

        async def refuse(target, chunks):
            if ".lgw-owner-" in target.path:
                raise Refused("files of this name are not allowed here")
            return await write(target, chunks)

        if name == "kept":
            adapter.write = refuse
        return adapter

    with_owner(town)
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)
    assert town.arrived() == {"a.dat": b"one"}


def with_owner(town):
    """The route's destination keeps the owner's object."""
    town.endpoints(f"kept: {{adapter: local, root: {town.there}}}\n")
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("endpoint: there", "endpoint: kept"))


@pytest.mark.provokes("route_owned_elsewhere")
async def test_a_route_that_another_gateway_carries_is_told_of_until_a_person_says_whose_it_is(town, alarm):
    with_owner(town)
    other = {
        "gateway": "forgotten",
        "installation": "i",
        "generation": 1,
        "session": "s",
        "host": "h",
        "since": "t",
    }
    (town.there / ".lgw-owner-r").write_text(json.dumps(other))
    (town.here / "a.dat").write_bytes(b"perhaps delivered by the other one")
    async with town.gateway() as gateway:
        await once(gateway)
        raised = await alarm.raised(gateway)
        assert (raised.subject, "forgotten" in raised.detail) == ("r", True)
        await ran(town, "own", "r", "--reason", "試験機を停止済み")
        gateway._journeys["r"].ownership._other.clear()  # a minute later
        await once(gateway)
        await alarm.over(gateway)
        (town.here / "b.dat").write_bytes(b"one")
        await once(gateway)
    assert town.arrived().keys() == {".lgw-owner-r", "b.dat"}


@pytest.mark.provokes("condition_not_enforced")
async def test_a_store_that_ignores_conditions_is_told_of_until_it_was_seen_to(town, alarm, monkeypatch):
    weak = Features(rename=False)
    monkeypatch.setattr(LocalAdapter, "features", weak)
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway() as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("legacy_algorithms")
async def test_outdated_algorithms_are_told_of_until_the_server_was_updated(town, alarm):
    town.endpoints(
        """
        old-host:
          adapter: sftp
          host: 127.0.0.1
          port: 9
          algorithms: legacy
          host_key: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          login: {user: u, password: {env: NOBODY}}
        """
    )
    town.route()
    async with town.gateway() as gateway:
        await gateway._journeys["r"].places.reach("old-host")
        await alarm.raised(gateway)
        await alarm.closed(gateway)
