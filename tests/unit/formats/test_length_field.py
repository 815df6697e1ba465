"""Records that tell their own length, and faults of records around the data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_records import faults, read, records

from gateway.formats import BadRecords, Layout
from gateway.formats.values.fields import Losses

ITEMS = [
    {"type": "filler", "length": 4},
    {"name": "件数", "type": "zoned", "digits": 1},
    {
        "name": "明細",
        "type": "group",
        "occurs": 3,
        "depends_on": "件数",
        "items": [{"name": "額", "type": "zoned", "digits": 2}],
    },
]
FIELD = {"at": 1, "size": 4, "coding": "digits"}


def sized(**field):
    return records(records="length-field", length=11, length_field=FIELD | field, items=ITEMS)


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ({}, b"0007112000921234"),
        ({"counts": "rest"}, b"0003112000521234"),
        ({"coding": "binary"}, b"\0\0\0\x07112\0\0\0\x0921234"),
        (
            {"coding": "binary", "order": "little", "counts": "rest"},
            b"\x03\x00\x00\x00112\x05\x00\x00\x0021234",
        ),
        ({"at": 3, "size": 2}, b"  07112  0921234"),
    ],
)
def test_records_are_cut_by_the_length_that_they_tell_and_written_with_it(field, content):
    compiled = sized(**field)
    assert read(compiled, content) == [
        {"件数": "1", "明細(1).額": "12"},
        {"件数": "2", "明細(1).額": "12", "明細(2).額": "34"},
    ]
    writer = compiled.writer()
    rows = [[None, "1", "12", "", ""], [None, "2", "12", "34", ""]]
    assert b"".join(writer.put(row, Losses())[0] for row in rows) == content


def test_digits_of_an_ebcdic_layout_are_ebcdic_digits():
    compiled = records(records="length-field", length=6, length_field=FIELD | {"size": 2}, encoding="jef",
                       items=[{"type": "filler", "length": 2}, {"name": "a", "type": "text", "length": 4}])  # fmt: skip
    assert read(compiled, bytes.fromhex("f0f6c1c2c3c4")) == [{"a": "ABCD"}]
    assert compiled.writer().put([None, "ABCD"], Losses())[0].hex() == "f0f6c1c2c3c4"


@pytest.mark.parametrize(
    ("content", "rule", "offset"),
    [
        (b"00071120003", "length-field", 7),
        (b"00071120099", "length-field", 7),
        (b"000711200A7112", "length-field", 7),
        (b"000711200092123", "truncated", 7),
        (b"000711200", "truncated", 7),
        (b"0008112 ", "length", 0),
    ],
)
def test_a_length_that_cannot_be_one_is_an_error_with_its_offset(content, rule, offset):
    with pytest.raises(BadRecords) as raised:
        read(sized(), content)
    (bad,) = raised.value.report.records
    assert (bad.rule, bad.offset if rule != "length" else 0) == (rule, offset)


@given(counts=st.lists(st.integers(0, 3), max_size=20), whole=st.booleans())
def test_any_records_come_back(counts, whole):
    compiled = sized(counts="record" if whole else "rest")
    writer = compiled.writer()
    rows = [[None, str(count), *["7" if at < count else "" for at in range(3)]] for count in counts]
    content = b"".join(writer.put(row, Losses())[0] for row in rows)
    expected = [{"件数": str(count)} | {f"明細({at + 1}).額": "7" for at in range(count)} for count in counts]
    assert read(compiled, content) == expected


@pytest.mark.parametrize(
    ("field", "items", "location"),
    [
        ({"size": 1}, ITEMS, ("length_field", "size")),
        ({"at": 2}, ITEMS, ("length_field",)),
        ({"at": 20}, ITEMS, ("length_field",)),
    ],
)
def test_a_length_field_needs_room_and_a_filler(field, items, location):
    assert location in faults(records="length-field", length=11, length_field=FIELD | field, items=items)


@pytest.mark.parametrize(
    "changes", [{"records": "fixed", "length_field": FIELD}, {"records": "length-field"}]
)
def test_a_length_field_belongs_to_its_kind_of_records(changes):
    with pytest.raises(ValueError, match="belong together"):
        Layout.model_validate({"name": "l", "length": 11, "encoding": "cp932", "items": ITEMS} | changes)


KINDS = {
    "length": 32,
    "kind": {"at": 1, "length": 1, "data": "2"},
    "items": [{"name": "種", "type": "text", "length": 1, "default": "2"},
              {"name": "額", "type": "packed", "digits": 31}, {"type": "filler", "length": 15}],
    "trailer": {"kind": "8", "items": [{"name": "種", "type": "text", "length": 1, "default": "8"},
                                       {"name": "計", "type": "packed", "digits": 31, "totals": "額"},
                                       {"type": "filler", "length": 15}]},
}  # fmt: skip

KIND = {"name": "種", "type": "text", "length": 1, "default": "8"}


def packed(digits):
    return bytes.fromhex(f"{digits}f")


@pytest.mark.parametrize(("total", "right"), [("2" * 31, True), ("2" * 28 + "000", False)])
def test_totals_of_thirty_one_digits_are_exact(total, right):
    compiled = records(**KINDS)
    content = (b"2" + packed("1" * 31) + b" " * 15) * 2 + b"8" + packed(total) + b" " * 15
    if right:
        assert len(read(compiled, content)) == 2
    else:
        with pytest.raises(BadRecords, match="total"):
            read(compiled, content)


def test_a_total_that_does_not_fit_is_refused_when_the_file_ends():
    writer = records(**KINDS).writer()
    for _ in range(2):
        writer.put(["2", "9" * 31, None], Losses())
    with pytest.raises(BadRecords, match="overflow"):
        writer.close()


@pytest.mark.parametrize(
    ("trailer", "message"),
    [
        (
            [KIND, {"name": "計", "type": "zoned", "digits": 31, "totals": "種"}],
            "no zoned, packed or binary item",
        ),
        ([KIND | {"default": "2"}, {"type": "filler", "length": 31}], "not the kind of trailer"),
    ],
)
def test_a_trailer_that_could_not_be_read_again_is_a_fault(trailer, message):
    found = faults(**KINDS | {"trailer": {"kind": "8", "items": trailer}})
    assert any(message in text for text in found.values())


def test_a_trailer_has_no_standardized_types_and_no_endless_tables():
    wrong = {"name": "計", "type": "X", "length": 1}
    with pytest.raises(ValueError, match="a CSV type cannot stand"):
        records(**KINDS | {"trailer": {"kind": "8", "items": [wrong]}})
    inner = {
        "name": "u",
        "type": "group",
        "occurs": 200,
        "items": [{"name": "a", "type": "zoned", "digits": 1}],
    }
    many = {"name": "t", "type": "group", "occurs": 200, "items": [inner]}
    with pytest.raises(ValueError, match="more than 20000"):
        records(**KINDS | {"trailer": {"kind": "8", "items": [many]}})


def test_a_circled_digit_is_no_count_of_a_table():
    items = [{"name": "件", "type": "text", "length": 2}, *ITEMS[2:]]
    items[1] = items[1] | {"depends_on": "件"}
    with pytest.raises(BadRecords) as raised:
        read(records(length=8, items=items), b"\x87\x40121212")
    assert raised.value.report.records[0].rule == "occurs"


def test_a_count_that_is_no_number_is_an_error_at_its_place_in_the_record():
    items = [
        {"name": "種", "type": "text", "length": 3},
        {"name": "件", "type": "packed", "digits": 1},
        *ITEMS[2:],
    ]
    items[2] = items[2] | {"depends_on": "件"}
    for kind in ("fixed", "rdw"):
        content = b"abc\xaf121212"
        with pytest.raises(BadRecords) as raised:
            read(records(records=kind, length=10, items=items), b"\0\x0e\0\0" * (kind == "rdw") + content)
        assert raised.value.report.records[0].offset == 3 + 4 * (kind == "rdw")


def test_an_item_longer_than_any_record_is_refused_before_it_takes_memory():
    with pytest.raises(ValueError, match="less than or equal to 1000000"):
        records(length=4, items=[{"type": "filler", "length": 10**30}])
    found = faults(length=4, items=[{"type": "filler", "length": 1_000_000}] * 3)
    assert any("the record has 4" in text for text in found.values())


def test_an_explicit_null_is_as_if_the_key_was_not_written():
    with pytest.raises(ValueError, match="type zoned needs digits"):
        records(length=4, items=[{"name": "a", "type": "zoned", "digits": None}])
