"""One bad host or route never keeps another from its work: what the others carried is counted while it is bad."""

import asyncio

import pytest

from adapters.errors import ConnectionLost
from gateway.app import Around
from gateway.reaching import slots
from tests.support.city import Town

BAD, GOOD = 12, 3
"""More routes at the bad host than there are transfers at one time (``limits.transfers``: 8), and others."""


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    (tmp_path / "bad").mkdir()
    made.endpoints(f"bad: {{adapter: local, owner_object: false, root: {tmp_path / 'bad'}}}")
    for number in range(BAD + GOOD):
        made.route(f"r{number}")
        path = made.root / f"config/routes/v/r{number}.yaml"
        text = path.read_text().replace('"*.dat"', f'"r{number}/*.dat"')
        text = text.replace('path: "{stem}', f'path: "r{number}/{{stem}}')
        path.write_text(text.replace("endpoint: there", "endpoint: bad") if number < BAD else text)
        for root in (made.here, made.there, tmp_path / "bad"):
            (root / f"r{number}").mkdir()
        (made.here / f"r{number}/a.dat").write_bytes(b"one")
    return made


class Bad:
    """A host whose writes hang, or whose connections break."""

    def __init__(self, fault):
        self.fault = fault
        self.begun = 0

    def around(self, name, adapter):
        async def write(target, chunks):
            self.begun += 1
            if self.fault == "hangs":
                await asyncio.Event().wait()
            raise ConnectionLost("the connection went")

        if name == "bad":
            adapter.write = write
        return adapter


@pytest.mark.parametrize("fault", ["hangs", "breaks"])
async def test_other_routes_carry_every_file_while_more_routes_than_slots_wait_for_a_bad_host(
    town, fault, monkeypatch
):
    monkeypatch.setattr(slots, "QUIET", 0.2)
    bad, stop = Bad(fault), asyncio.Event()
    async with town.gateway(Around(adapter=bad.around)) as gateway:
        running = asyncio.create_task(gateway.run(stop))
        while bad.begun < 1:
            await asyncio.sleep(0)
        await town.log.seen("file_carried", GOOD)
        for number in range(BAD, BAD + GOOD):
            (town.here / f"r{number}/b.dat").write_bytes(b"two")
        await town.log.seen("file_carried", 2 * GOOD)
        running.cancel()
        await asyncio.wait({running})
    assert sorted(town.arrived()) == sorted(
        f"r{number}/{name}.dat" for number in range(BAD, BAD + GOOD) for name in "ab"
    )
