"""A store whose listings show what was written only later: what it says of the name itself is the truth."""

import pytest

from adapters.base import Listing
from gateway.app import Around
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def _late(name, adapter):
    """A destination that lists nothing yet."""
    if name == "there":

        async def nothing(pattern):
            return Listing()

        adapter.scan = nothing
    return adapter


async def test_a_file_whose_delivery_was_cut_after_publishing_is_found_by_its_name(town):
    class Killed(BaseException):
        pass

    def killing(journal):
        async def die(transfer, **_):
            raise Killed

        journal.delivered = die
        return journal

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    with pytest.raises(BaseExceptionGroup):
        await town.once(around=Around(adapter=_late, journal=killing))
    assert town.arrived() == {"a.dat": b"one"}
    result = await town.once(around=Around(adapter=_late))
    assert [transfer.state for transfer in result.transfers] == ["settled"]
    assert town.arrived() == {"a.dat": b"one"}


async def test_a_name_that_no_listing_shows_yet_is_never_written_over(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    (town.there / "a.dat").write_bytes(b"somebody else's")
    result = await town.once(around=Around(adapter=_late))
    assert [transfer.state for transfer in result.transfers] == ["held"]
    assert town.arrived() == {"a.dat": b"somebody else's"}
