"""A journal on each of its databases."""

import pytest

from gateway.journal.postgres import PostgresHome
from gateway.journal.sqlite import SqliteHome
from tests.support.journals import StillClock


@pytest.fixture(params=["sqlite", "postgres"])
def home(request, tmp_path):
    """Where a journal may live; each promise holds in each."""
    if request.param == "sqlite":
        return SqliteHome(file=tmp_path / "journal.db")
    return PostgresHome(url=request.getfixturevalue("postgres_server").new_database())


@pytest.fixture
async def journal(home):
    opened = await home.open(StillClock())
    yield opened
    await opened.close()
