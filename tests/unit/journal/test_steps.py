"""Each step of a transfer in the journal: what it writes down at once, and what it gives back."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from gateway.errors import Held
from gateway.journal import Claim, Name, Relay
from gateway.lifecycle import State
from tests.support.journals import ENTRY, T0, admission, claim, converted, output


async def test_files_that_are_found_together_are_admitted_in_their_order(journal):
    entries = [replace(ENTRY, path=f"out/{number}") for number in range(5)]
    await journal.admit(admission(entries[2]))
    admitted = await journal.admit_all([admission(entry) for entry in entries])
    assert [one.entry if one else None for one in admitted] == [*entries[:2], None, *entries[3:]]
    found = [one.entry.path for one in await journal.open_transfers()]
    assert found == ["out/2", "out/0", "out/1", "out/3", "out/4"]


async def test_a_file_that_passes_as_it_came_is_claimed_in_one_step_with_its_whole_history(journal):
    transfer = await journal.admit(admission())
    relayed = await journal.relayed(transfer, Relay(output=output(), claim=claim("a.csv"), skips=False))
    assert (relayed.state, relayed.output.path, relayed.sha256) == (State.CLAIMED, "a.csv", "ab")
    events = [row.event for row in await journal.history(transfer.id)]
    assert events == ["admit", "spool", "convert", "claim"]


async def test_each_step_gives_the_transfer_as_the_journal_has_it(journal):
    given = []

    async def step(transfer):
        given.append((transfer, await journal.find(transfer.id)))
        return transfer

    admitted = await step(await journal.admit(admission()))
    relay = Relay(output=output(), claim=claim("a.csv"), skips=False)
    claimed = await step(await journal.relayed(admitted, relay))
    staged = await step(await journal.staging(claimed, "upload-1"))
    doubtful = await step(await journal.publishing(staged))
    back = await step(await journal.unpublished(doubtful))
    sent = await step(await journal.publishing(back))
    arrived = await step(await journal.delivered(sent, keep_name=True))
    await step(await journal.settled(arrived, "kept"))
    assert [one for one, _ in given] == [one for _, one in given]


async def test_each_step_of_a_file_in_parts_gives_it_as_the_journal_has_it(journal):
    transfer = await journal.spooled(await journal.admit(admission()), size=6, sha256="cd")
    parts = [replace(output(), ordinal=number) for number in (1, 2)]
    transfer = await journal.converted(transfer, parts, records=2)
    names = Claim(
        endpoint="host", names=lambda _, ordinal: [Name(path=f"a.{ordinal}", temporary=f".a.{ordinal}")]
    )
    transfer = await journal.claimed(transfer, names)
    for _ in parts:
        for step in (journal.publishing, partial(journal.delivered, keep_name=False)):
            transfer = await step(transfer)
            assert transfer == await journal.find(transfer.id)
    assert transfer.state is State.DELIVERED


async def test_several_transfers_are_found_by_one_look(journal):
    there = [(await converted(journal, replace(ENTRY, path=f"{number}"))).id for number in range(5)]
    found = await journal.find_all([*there[1:4], "no-such-transfer"])
    assert found == [await journal.find(one) for one in there[1:4]]


async def test_a_file_that_came_back_too_often_is_not_passed_on_in_one_step(journal):
    for number in range(3):
        for route, entry in (("r", f"out/{number}"), ("back", f"in/{number}")):
            one = await journal.admit(admission(replace(ENTRY, path=entry), route))
            relay = Relay(output=output(), claim=claim(f"{route}.{number}"), skips=False)
            one = await journal.publishing(await journal.relayed(one, relay))
            await journal.settled(await journal.delivered(one, keep_name=False), "kept")
    again = await journal.admit(admission(replace(ENTRY, path="out/again")))
    relay = Relay(output=output(), claim=claim("again"), skips=False, since=T0)
    assert await journal.relayed(again, relay) == again == await journal.find(again.id)
    later = replace(relay, since=T0 + timedelta(days=1))
    assert (await journal.relayed(again, later)).state is State.CLAIMED


async def test_a_name_that_is_taken_leaves_the_file_where_it_was(journal):
    await journal.claimed(await converted(journal), claim("a.csv"))
    other = await journal.admit(admission(replace(ENTRY, path="b")))
    with pytest.raises(Held):
        await journal.relayed(other, Relay(output=output(), claim=claim("a.csv"), skips=False))
    assert (await journal.find(other.id)) == other


async def test_the_content_that_was_carried_last_is_told_in_the_same_step(journal):
    first = await journal.admit(admission())
    relay = Relay(output=output(), claim=claim("a.csv", "b.csv"), skips=True)
    publishing = await journal.publishing(await journal.relayed(first, relay))
    await journal.settled(await journal.delivered(publishing, keep_name=True), "kept")
    again = await journal.admit(admission(replace(ENTRY, mtime="2")))
    assert (await journal.relayed(again, relay)).state is State.UNCHANGED
