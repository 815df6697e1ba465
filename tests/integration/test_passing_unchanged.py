"""A file passes as it came only if its bytes mean the same at both ends."""

import pytest

from tests.integration.test_clear_errors import record
from tests.support.city import FIXED, QUICK, Town

RELAY = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
schedule: {every: 1s}
after: delete
"""
TABLE = "# version: 1\n# approved by: 情報政策課\ncode,unicode\nF040,U+20BB7\n"
USER_DEFINED = record("00001", "山田", b"00012").replace("山田".encode("cp932"), b"\xf0\x40" * 2)
KNOWN = record("00001", "山田", b"00012")


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("routes/v/r.yaml", RELAY)
    return made


async def carried(town, content):
    """What arrived, and why what is held is held."""
    (town.here / "a.dat").write_bytes(content)
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=QUICK)
        held = await gateway.journal.open_transfers("r")
    return list(town.arrived().values()), [(one.reason, one.message) for one in held]


HELD = (
    "record 2, item 氏名: a user-defined code, and the two ends declare no common table that says what it is"
)


async def test_a_code_that_one_system_alone_knows_holds_the_file(town):
    arrived, held = await carried(town, KNOWN + USER_DEFINED)
    assert (arrived, held) == ([], [("private_use", HELD)])


async def test_it_passes_where_both_ends_declare_the_same_table(town):
    town.write("characters/gaiji.csv", TABLE)
    town.write("layouts/fixed.yaml", FIXED + "characters: [gaiji]\n")
    arrived, held = await carried(town, KNOWN + USER_DEFINED)
    assert (arrived, held) == ([KNOWN + USER_DEFINED], [])


async def test_a_route_that_says_pass_through_is_held_to_it_as_well(town):
    town.write("layouts/other.yaml", FIXED.replace("見本", "別").replace("name: 氏名", "name: 名称"))
    route = RELAY.replace('"{name}", layout: fixed', '"{name}", layout: other')
    town.write("routes/v/r.yaml", route + "pass_through: true\nreason: 同じ並び\n")
    arrived, held = await carried(town, KNOWN + USER_DEFINED)
    assert (arrived, held) == ([], [("private_use", HELD)])


async def test_a_large_file_that_is_streamed_does_not_become_visible(town):
    arrived, held = await carried(town, KNOWN * 300_000 + USER_DEFINED)
    assert (arrived, [reason for reason, _ in held]) == ([], ["private_use"])


async def test_a_file_without_such_codes_passes(town):
    arrived, held = await carried(town, KNOWN)
    assert (arrived, held) == ([KNOWN], [])


@pytest.mark.parametrize("size", [1, 5 << 20], ids=["small", "streamed"])
async def test_a_file_whose_last_record_was_cut_is_held_and_not_handed_on(town, size):
    whole = KNOWN * (size // len(KNOWN) + 1)
    arrived, held = await carried(town, whole + KNOWN[:7])
    count = len(whole) // len(KNOWN)
    message = (
        f"record {count + 1}, item (record), offset {len(whole)}: the last record has 7 of {len(KNOWN)} bytes; "
        "the file was cut or the layout's length is wrong (truncated)"
    )
    assert (arrived, held) == ([], [("bad_records", message)])
