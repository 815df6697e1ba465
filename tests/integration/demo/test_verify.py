"""Senders and check of the sample city, with a courier of the test's own in place of the gateway."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from gateway.demo import samples
from gateway.demo.s3_server import store
from gateway.demo.samples import Drawn
from gateway.demo.seed import KAIGO_MOVES, ROUTES, Seeder, Sent
from gateway.demo.servers import DemoServers, Places
from gateway.demo.verify import verify

BEFORE = KAIGO_MOVES - timedelta(seconds=1)
MAKERS = {
    "juki-to-linkage-master": samples.resident_changes,
    "tax-host-to-shuno": samples.payments,
    "kaigo-to-atena": samples.addressees,
    "kyushoku-to-zaimu": samples.debits,
    "juki-to-kokuho": samples.passed_on,
}


class Courier:
    """Brings what is expected to where it belongs, and puts the sources away; faults are the tests'."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.store = store(places.store)
        self.folders = {
            "mainframe": places.mainframe,
            "kaigo": places.kaigo,
            "zaimu": places.zaimu,
            "dropbox": places.dropbox,
        }

    def deliver(self, sent: Sent, path: str = "") -> None:
        content = expected_content(sent)
        match sent.route:
            case "juki-to-linkage-master":
                (self.places.mainframe / (path or f"RENKEI.JUKI.D270104.T{number(sent):06}")).write_bytes(
                    content
                )
            case "kyushoku-to-zaimu":
                (self.places.zaimu / "in" / (path or f"{number(sent)}.txt")).write_bytes(content)
            case _:
                self.put(path or f"{FOLDERS[sent.route]}/in/{number(sent)}.csv", content)

    def put(self, key: str, content: bytes) -> None:
        self.store.put_object(Bucket=self.places.bucket, Key=key, Body=content)

    def settle(self, sent: Sent) -> None:
        place, _, path = sent.place.partition(":")
        if place == "store":
            self.store.delete_object(Bucket=self.places.bucket, Key=path)
            self.store.delete_object(Bucket=self.places.bucket, Key=f"{path}.done")
        else:
            (self.folders[place] / path).unlink()

    def carry(self, sent: Sent) -> None:
        self.deliver(sent)
        if sent.route != "juki-to-kokuho":
            self.settle(sent)


FOLDERS = {"tax-host-to-shuno": "shuno", "kaigo-to-atena": "atena", "juki-to-kokuho": "kokuho"}


def number(sent: Sent) -> int:
    """The number in a seeded file's name."""
    return int(re.findall(r"[0-9]+", sent.place)[-1])


def expected_content(sent: Sent) -> bytes:
    drawn = Drawn(
        serial=number(sent) * 5 + ROUTES.index(sent.route), day=BEFORE.date().isoformat(), records=10
    )
    return MAKERS[sent.route](drawn).expected


@pytest.fixture
def places(tmp_path) -> Iterator[Places]:
    with DemoServers(tmp_path) as servers:
        yield servers.places


@pytest.fixture
def seeder(places) -> Iterator[Seeder]:
    sender = Seeder(places)
    yield sender
    sender.close()


@pytest.fixture
def courier(places) -> Iterator[Courier]:
    one = Courier(places)
    yield one
    one.store.close()


def seed(seeder: Seeder, now: datetime = BEFORE, batch: int = 0) -> tuple[Sent, ...]:
    return seeder.seed(batch, now=now, files=2, records=10)


def test_nothing_delivered_is_everything_missing(places, seeder):
    sent = seed(seeder)
    found = verify(places, sent)
    assert not found.ok
    assert {(verdict.route, verdict.missing) for verdict in found.verdicts} == {
        (route, 2) for route in ROUTES
    }


def test_all_delivered_once_and_settled_is_ok_in_all_three_phases(places, seeder, courier):
    sent = seed(seeder)
    for one in sent:
        courier.carry(one)
    found = verify(places, sent)
    assert found.ok
    assert {verdict.phase for verdict in found.verdicts} == {"current", "transition", "standard"}
    assert all((verdict.files, verdict.arrived, verdict.records) == (2, 2, 20) for verdict in found.verdicts)


def test_a_file_that_arrived_twice_is_seen(places, seeder, courier):
    sent = seed(seeder)
    for one in sent:
        courier.carry(one)
    courier.deliver(sent[0], "RENKEI.JUKI.D270104.T235959")
    verdicts = {verdict.route: verdict for verdict in verify(places, sent).verdicts}
    assert verdicts["juki-to-linkage-master"].doubled == 1
    assert not verify(places, sent).ok


def test_one_wrong_byte_is_seen_as_missing_and_strange(places, seeder, courier):
    sent = seed(seeder)
    for one in sent:
        courier.carry(one)
    dataset = next(places.mainframe.glob("RENKEI.JUKI.*"))
    dataset.write_bytes(dataset.read_bytes()[:-1] + b"\x00")
    found = verify(places, sent)
    assert found.strange == (f"mainframe:{dataset.name}",)
    assert sum(verdict.missing for verdict in found.verdicts) == 1


def test_a_file_at_another_routes_destination_has_not_arrived(places, seeder, courier):
    sent = seed(seeder)
    payment = next(one for one in sent if one.route == "tax-host-to-shuno")
    courier.put("kokuho/in/wrong.csv", expected_content(payment))
    found = verify(places, sent)
    assert found.strange == ("store:kokuho/in/wrong.csv",)
    assert all(verdict.arrived == 0 for verdict in found.verdicts)


def test_a_source_that_was_not_put_away_is_seen(places, seeder, courier):
    sent = seed(seeder)
    for one in sent:
        courier.deliver(one)
    unsettled = {verdict.route: verdict.unsettled for verdict in verify(places, sent).verdicts}
    assert unsettled == {route: 0 if route == "juki-to-kokuho" else 2 for route in ROUTES}


@pytest.mark.parametrize("left", ["RENKEI.JUKI.D270104.LGW0A1B2", "in/.lgw-0a1b2.txt"])
def test_an_unfinished_file_that_was_left_behind_is_seen(places, left):
    root = places.mainframe if left.startswith("RENKEI") else places.zaimu
    (root / left).write_bytes(b"x")
    assert len(verify(places, ()).unfinished) == 1
    assert not verify(places, ()).ok


def test_an_upload_that_was_left_open_is_seen(places, courier):
    courier.store.create_multipart_upload(Bucket=places.bucket, Key="shuno/in/x.csv")
    assert verify(places, ()).unfinished == ("store:shuno/in/x.csv",)


def test_care_insurance_sends_its_own_standard_file_from_the_instant_of_its_move(places, seeder):
    before, after = seed(seeder), seed(seeder, KAIGO_MOVES, batch=1)
    phases = [one.phase for one in (*before, *after) if one.route == "kaigo-to-atena"]
    assert phases == ["transition", "transition", "standard", "standard"]
    assert len(list((places.kaigo / "out").iterdir())) == 2


def test_a_marker_stands_beside_every_file_in_the_store(places, seeder, courier):
    seed(seeder)
    listed = courier.store.list_objects_v2(Bucket=places.bucket)["Contents"]
    keys = {item["Key"] for item in listed}
    assert {key for key in keys if not key.endswith(".done")} == {
        key.removesuffix(".done") for key in keys if key.endswith(".done")
    }
    assert len(keys) == 8


def test_batches_never_share_a_name_or_a_content(seeder):
    sent = [one for batch in range(3) for one in seed(seeder, batch=batch)]
    assert len({one.place for one in sent}) == len({one.expected for one in sent}) == len(sent)
