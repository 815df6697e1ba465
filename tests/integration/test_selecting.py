"""Rows and items that a route leaves out: what arrives, what is counted, and what is told, by the gateway whole."""

import pytest

from gateway.lifecycle import State
from gateway.load import load
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

RECORDS = "".join(
    f"{number:05}{name}{amount:05}"
    for number, name, amount in ((1, "見本一郎  ", 100), (2, "見本二郎  ", 0), (3, "見本三郎  ", 300))
).encode("cp932")
ODD = MAPPING.replace('{from: 氏名, to: "00100002"}', '{from: 氏名, to: "00100002", loses: truncation}')


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    (town.here / "a.dat").write_bytes(RECORDS)
    return town


def selecting(select, *, side="to"):
    place = "layout: csv}" if side == "to" else "layout: fixed}"
    return CONVERTING.replace(place, f"{place[:-1]}, select: {select}}}")


@pytest.mark.parametrize("side", ["from", "to"])
async def test_only_rows_that_meet_the_condition_arrive_and_the_others_are_counted(town, side):
    town.write("routes/v/r.yaml", selecting('{rows: "金額 > 0"}', side=side))
    result = await town.once()
    assert [transfer.state for transfer in result.transfers] == [State.SETTLED]
    (content,) = town.arrived().values()
    assert content.decode().splitlines()[1:] == ["00001,見本一郎,100", "00003,見本三郎,300"]
    assert [line["count"] for line in town.log.events("records_filtered")] == [1]
    assert not any("見本" in line for line in town.log.lines)


async def test_only_the_items_that_are_named_arrive(town):
    town.write("routes/v/r.yaml", selecting("{items: [番号, 金額]}"))
    await town.once()
    (content,) = town.arrived().values()
    assert content.decode().splitlines()[1:] == ["00001,,100", "00002,,0", "00003,,300"]
    assert town.log.events("records_filtered") == []


async def test_a_route_between_two_ends_of_one_layout_selects_without_a_mapping(town):
    text = 'select: {rows: "金額 > 0"}'
    town.route(source="layout: fixed", to=f"layout: fixed, {text}")
    await town.once()
    assert town.arrived() == {"a.dat": RECORDS[:20] + RECORDS[40:]}


async def test_declared_losses_are_told_by_item_and_number_alone(town):
    town.write("layouts/csv.yaml", CSV.replace("type: N, length: 5", "type: N, length: 2"))
    town.write("mappings/fixed-to-csv.yaml", ODD)
    town.write("routes/v/r.yaml", CONVERTING)
    await town.once()
    (line,) = town.log.events("values_lost")
    assert (line["count"], line["reason"]) == (3, "氏名: truncation 3")


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ('{rows: "氏 = 1"}', "select: rows: 氏 is no item of layout csv; did you mean 氏名?"),
        ("{items: [氏]}", "select: layout csv has no item 氏"),
    ],
)
def test_a_selection_that_cannot_be_made_rejects_the_route(town, select, said):
    town.write("routes/v/r.yaml", selecting(select))
    city = load(town.root / "config")
    assert list(city.rejected) == ["r"]
    assert [fault.message for fault in city.errors] == [said]


def test_a_selection_of_bytes_without_a_layout_rejects_the_route(town):
    town.route(to='select: {rows: "金額 > 0"}')
    assert "without a layout nobody knows" in load(town.root / "config").errors[0].message
