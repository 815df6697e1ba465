"""A share that comes off its mount point while one of its files is read, written or put away says nothing of it."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.app import Around, Gateway
from gateway.lifecycle import State
from tests.support.city import Town
from tests.support.clock import HandClock

START = datetime(2027, 1, 4, tzinfo=UTC)


class Unmounting:
    """A place whose share goes with the first call of a verb; ``leaves_folder``: its mount point stays, empty."""

    def __init__(self, folder, verb, *, leaves_folder):
        self.folder, self.verb, self.leaves_folder = folder, verb, leaves_folder
        self.away, self.went = folder.with_name("away"), False

    def around(self, name, adapter):
        if name == self.folder.name:
            asked = getattr(adapter, self.verb)

            def unmount(*args, **options):
                if not self.went:
                    self.went = True
                    self.folder.rename(self.away)
                    if self.leaves_folder:
                        self.folder.mkdir()
                return asked(*args, **options)

            setattr(adapter, self.verb, unmount)
        return adapter

    def mount(self):
        """The share comes back over a mount point into which nobody has written."""
        if self.leaves_folder:
            self.folder.rmdir()
        assert not self.folder.exists()
        self.away.rename(self.folder)


@pytest.fixture(params=["a folder that is gone", "a sentinel of the endpoint", "a sentinel of the route"])
def sign(request):
    """What tells that the share is gone."""
    return request.param


@pytest.fixture
def town(tmp_path, sign):
    town = Town(tmp_path / "town")
    for folder in (town.here, town.there):
        (folder / "ALIVE").touch()
    if sign == "a sentinel of the endpoint":
        written = town.root / "config/endpoints.yaml"
        written.write_text(written.read_text().replace("owner_", "sentinel: ALIVE, owner_"))
    return town


async def carried(town, share):
    """What became of a file while the share was away, and after it came back and the place was asked again."""
    clock = HandClock(START)
    around = Around(adapter=share.around)
    async with Gateway(town.load(), clock=clock, report=town.report(), around=around) as gateway:
        (result,) = await gateway.once(["r"], patience=timedelta())
        (before,) = result.transfers
        share.mount()
        clock.move(minutes=20)
        (result,) = await gateway.once(["r"], patience=timedelta())
    assert result.error is None
    (after,) = result.transfers
    return before, after


@pytest.mark.parametrize(("verb", "after"), [("read", "delete"), ("remove", "delete"), ("rename", "archive")])
async def test_a_source_that_vanishes_is_neither_taken_for_one_that_lost_its_file_nor_for_one_put_away(
    town, sign, verb, after
):
    listing = "listing: {sentinel: ALIVE}" if sign == "a sentinel of the route" else ""
    town.route(source=listing, rest=f"after: {after}")
    (town.here / "a.dat").write_bytes(b"one")
    share = Unmounting(town.here, verb, leaves_folder=sign != "a folder that is gone")
    before, then = await carried(town, share)
    assert before.state not in (State.HELD, State.SETTLED)
    assert then.state is State.SETTLED
    left = {str(path.relative_to(town.here)) for path in town.here.rglob("*.dat")}
    assert left == ({"archive/a.dat"} if after == "archive" else set())
    assert (town.there / "a.dat").read_bytes() == b"one"


@pytest.mark.parametrize("sign", ["a folder that is gone", "a sentinel of the endpoint"], indirect=True)
async def test_a_destination_that_vanishes_before_it_was_looked_at_has_proved_nothing(town, sign):
    town.route(rest="verify: full\nafter: delete")
    (town.here / "a.dat").write_bytes(b"one")
    share = Unmounting(town.there, "read", leaves_folder=sign != "a folder that is gone")
    before, then = await carried(town, share)
    assert before.state not in (State.HELD, State.DELIVERED, State.SETTLED)
    assert then.state is State.SETTLED
    assert (town.there / "a.dat").read_bytes() == b"one"


@pytest.mark.parametrize("sign", ["a folder that is gone"], indirect=True)
async def test_a_folder_that_vanishes_while_it_is_written_is_not_made_anew_below_its_mount_point(town):
    """Files would pile up on the machine's own disk, out of sight once the share is back."""
    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    share = Unmounting(town.there, "_stage", leaves_folder=False)
    before, then = await carried(town, share)
    assert before.state not in (State.HELD, State.DELIVERED, State.SETTLED)
    assert then.state is State.SETTLED
    assert (town.there / "a.dat").read_bytes() == b"one"
