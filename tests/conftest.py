"""Servers that tests of several kinds share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.city import Town
from tests.support.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers.postgres import PostgresServer


# No time is asserted: a busy machine is no fault of an example.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--journal", choices=["file", "postgres", "shared"], help="where every town's journal is"
    )
    parser.addoption("--encrypted", action="store_true", help="have every town encrypt its files at rest")


def pytest_configure(config: pytest.Config) -> None:
    Town.encrypted = config.getoption("--encrypted")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with postgres.postgres() as server:
        yield server
