"""What becomes of files does not depend on where the journal lives: chosen suites run on each kind of it."""

import pytest

from tests.support.city import Town

ON_EACH = {"test_carrying", "test_full_files", "test_splitting", "test_taking", "test_waves"}
"""Suites that are run with the journal in a file and in PostgreSQL.

``--journal postgres`` runs any suite there; tests that look into the journal's file themselves cannot pass so.
"""

SHARED = {"test_carrying", "test_splitting", "test_waves"}
"""Suites that are run by a node that shares its routes as well."""


def pytest_generate_tests(metafunc):
    chosen = metafunc.config.getoption("--journal")
    suite = metafunc.module.__name__.rpartition(".")[2]
    kinds = ["file", *(["postgres"] if suite in ON_EACH else []), *(["shared"] if suite in SHARED else [])]
    if "journal_kind" in metafunc.fixturenames:
        metafunc.parametrize("journal_kind", [chosen] if chosen else kinds, indirect=True)


@pytest.fixture(autouse=True)
def journal_kind(request, monkeypatch):
    kind = getattr(request, "param", "file")  # a state machine has none
    if kind != "file":
        monkeypatch.setattr(Town, "new_journal", request.getfixturevalue("postgres_server").new_database)
    monkeypatch.setattr(Town, "is_shared", kind == "shared")
