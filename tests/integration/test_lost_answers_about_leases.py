"""The journal goes away in the middle of a hand-over: no route is left that one node holds and nobody carries."""

import pytest

from gateway.errors import JournalUnusable
from gateway.journal.nodes import Nodes
from gateway.switching.switch import Switch
from tests.support.nodes import carried, machines, put, running, until


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


STEPS = {
    "giving": (Nodes, "let_go", False),
    "given": (Nodes, "let_go", True),
    "taking": (Nodes, "take", False),
    "taken": (Nodes, "take", True),
    "beginning": (Switch, "renew", False),
}
"""What asks the journal, and whether it goes away after it did what it was asked: then the answer alone is lost."""


def goes_away(monkeypatch, step):
    """The journal goes away once, in this step; gives every asking."""
    owner, name, after = STEPS[step]
    asked, asking = getattr(owner, name), []

    async def failing(self, *arguments):
        asking.append(arguments)
        if len(asking) > 1:
            return await asked(self, *arguments)
        if after:
            await asked(self, *arguments)
        raise JournalUnusable("the journal went away", hint="see to it")

    monkeypatch.setattr(owner, name, failing)
    return asking


@pytest.mark.parametrize("step", STEPS)
async def test_a_hand_over_that_the_journal_interrupts_is_made_in_the_end(tmp_path, url, monkeypatch, step):
    first, second = machines(tmp_path, url, "a", "b", routes=("r", "s"))
    async with running(first) as one:
        await carried(one, {"r": "a", "s": "a"})
        asking = goes_away(monkeypatch, step)
        async with running(second):
            await second.log.seen("route_started")
            assert asking, "it was interrupted"
            for route in ("r", "s"):
                put(first, f"{route}-1.dat", route.encode())

            async def arrived():
                return set(first.arrived()) == {"r-1.dat", "s-1.dat"}

            await until(arrived)
