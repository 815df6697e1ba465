"""Servers that tests of several kinds share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers.postgres import PostgresServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--journal", choices=["file", "postgres"], help="where every town's journal is")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with postgres.postgres() as server:
        yield server
