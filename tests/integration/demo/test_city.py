"""The whole sample city: its servers, its senders, the gateway on ``config/``, and the independent check."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.app import Gateway, Result
from gateway.demo.seed import KAIGO_MOVES, ROUTES, Seeder
from gateway.demo.servers import DemoServers
from gateway.demo.verify import verify
from gateway.events import Event
from gateway.load import load
from gateway.times.clock import SystemClock

CONFIG = Path(__file__).parents[3] / "config"
PATIENCE = timedelta(seconds=30)


class MovedClock(SystemClock):
    """The system's clock, moved to where the test wants the city to be."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - super().now()

    def now(self) -> datetime:
        return super().now() + self._offset


class Heard:
    """Keeps the events that were reported."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict]] = []

    def emit(self, event: Event, **fields) -> None:
        self.lines.append((event.name, fields))

    def bound(self, **fields) -> "Heard":
        return self


@pytest.fixture
def report() -> Heard:
    return Heard()


@pytest.fixture
def servers(tmp_path, monkeypatch) -> Iterator[DemoServers]:
    with DemoServers(tmp_path) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def seeder(servers) -> Iterator[Seeder]:
    sender = Seeder(servers.places)
    yield sender
    sender.close()


async def once(report: Heard, now: datetime | None = None) -> list[Result]:
    clock = MovedClock(now) if now else SystemClock()
    async with Gateway(load(CONFIG), clock=clock, report=report) as gateway:
        return await gateway.once(ROUTES, patience=PATIENCE)


async def test_every_route_carries_every_file_once_in_all_three_phases(servers, seeder, report):
    sent = seeder.seed(0, now=datetime.now().astimezone(), files=2, records=40)
    await once(report)
    found = verify(servers.places, sent)
    assert found.ok, (found, report.lines)
    assert {verdict.phase for verdict in found.verdicts} == {"current", "transition", "standard"}


async def test_a_second_cycle_without_new_files_changes_nothing(servers, seeder, report):
    sent = seeder.seed(0, now=datetime.now().astimezone(), files=1, records=10)
    await once(report)
    before = verify(servers.places, sent)
    results = await once(report)
    assert [result.transfers for result in results] == [()] * len(ROUTES)
    assert verify(servers.places, sent) == before


@pytest.mark.parametrize("now", [KAIGO_MOVES - timedelta(hours=1), KAIGO_MOVES], ids=["before", "after"])
async def test_care_insurance_arrives_on_either_side_of_its_move(servers, seeder, report, now):
    sent = seeder.seed(0, now=now, files=2, records=10)
    await once(report, now)
    assert verify(servers.places, sent).ok
