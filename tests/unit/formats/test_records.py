"""Records that repeat, redefine, vary in length, and stand between headers and trailers."""

import io

import pytest

from gateway.formats import BadRecords, Form, FormatFaults, Layout, compile_conversion
from gateway.formats.conversion import Converter
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.fixedcompiler import FixedCompiler
from gateway.formats.mappings.mapping import Mapping
from gateway.formats.values.fields import Losses


def records(**text):
    layout = Layout.model_validate({"name": "l", "records": "fixed", "encoding": "cp932"} | text)
    compiler = FixedCompiler(layout, ())
    compiled = compiler.compile()
    assert compiler.faults == []
    return compiled


def faults(**text):
    layout = Layout.model_validate({"name": "l", "records": "fixed", "encoding": "cp932"} | text)
    compiler = FixedCompiler(layout, ())
    compiler.compile()
    return {fault.location: fault.message for fault in compiler.faults}


def read(compiled, content):
    """The values of every record by name, without empty ones."""
    found, values = FaultList(), []
    for frame in compiled.frames(io.BytesIO(content), found):
        row = compiled.read(frame, found, Losses())
        if row is not None:
            names = [leaf.item.name for leaf in compiled.layout.leaves]
            values.append({name: value for name, value in zip(names, row, strict=True) if value})
    found.raise_if_any()
    return values


def write(compiled, *rows):
    """A file of these records; what is not given is empty."""
    writer, out = compiled.writer(), b""
    for row in rows:
        raw, wrong = writer.put([row.get(leaf.item.name, "") for leaf in compiled.layout.leaves], Losses())
        assert [(item, error.rule) for item, error in wrong] == []
        out += raw
    return out + writer.close()


def refused(compiled, content):
    with pytest.raises(BadRecords) as raised:
        read(compiled, content)
    return [(bad.record, bad.item, bad.rule, bad.offset) for bad in raised.value.report.records]


def text(name, length, **more):
    return {"name": name, "type": "text", "length": length, **more}


def digits(name, count, **more):
    return {"name": name, "type": "zoned", "digits": count, **more}


REPEATED = {
    "length": 7,
    "items": [
        text("a", 1),
        {"name": "g", "type": "group", "occurs": 2, "items": [text("b", 1), digits("c", 2)]},
    ],
}


def test_a_repeated_group_becomes_numbered_items():
    assert read(records(**REPEATED), b"Ax01y02") == [
        {"a": "A", "g(1).b": "x", "g(1).c": "1", "g(2).b": "y", "g(2).c": "2"}
    ]


def test_groups_within_groups_are_numbered_at_each_level():
    inner = {"name": "i", "type": "group", "occurs": 2, "items": [text("x", 1)]}
    compiled = records(length=4, items=[{"name": "o", "type": "group", "occurs": 2, "items": [inner]}])
    assert list(read(compiled, b"abcd")[0]) == ["o(1).i(1).x", "o(1).i(2).x", "o(2).i(1).x", "o(2).i(2).x"]


TABLE = {"name": "t", "type": "group", "occurs": 3, "depends_on": "n", "items": [digits("v", 2)]}


def test_a_table_in_a_fixed_record_keeps_its_room_and_reads_as_many_as_its_count_says():
    compiled = records(length=8, items=[digits("n", 1), TABLE, text("z", 1)])
    assert read(compiled, b"20102??Z") == [{"n": "2", "t(1).v": "1", "t(2).v": "2", "z": "Z"}]


RDW_ITEMS = [digits("n", 1), TABLE, text("z", 1)]


def rdw(**word):
    return records(records="rdw", rdw=word, length=8, items=RDW_ITEMS)


def test_a_record_of_variable_length_is_as_long_as_its_table():
    content = b"\x00\x08\x00\x001" + b"07" + b"Z" + b"\x00\x06\x00\x000Y"
    compiled = rdw()
    assert read(compiled, content) == [{"n": "1", "t(1).v": "7", "z": "Z"}, {"n": "0", "z": "Y"}]
    assert write(compiled, {"n": "1", "t(1).v": "7", "z": "Z"}, {"n": "0", "z": "Y"}) == content


def test_the_items_after_a_table_report_their_true_offset():
    compiled = records(records="rdw", length=9, items=[digits("n", 1), TABLE, digits("z", 2)])
    assert refused(compiled, b"\x00\x09\x00\x00" + b"107" + b"0?") == [(1, "z", "zoned", 8)]


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ({"includes_itself": False}, b"\x00\x02\x00\x000Y"),
        ({"order": "little"}, b"\x06\x00\x00\x000Y"),
        ({"blocks": True}, b"\x00\x0a\x00\x00\x00\x06\x00\x000Y"),
    ],
)
def test_the_length_word_is_read_and_written_as_declared(word, content):
    assert read(rdw(**word), content) == [{"n": "0", "z": "Y"}]
    assert write(rdw(**word), {"n": "0", "z": "Y"}) == content


def test_several_records_may_stand_in_one_block():
    record = b"\x00\x06\x00\x000Y"
    assert len(read(rdw(blocks=True), b"\x00\x10\x00\x00" + record * 2 + b"\x00\x0a\x00\x00" + record)) == 3


@pytest.mark.parametrize(
    ("word", "content", "expected"),
    [
        ({}, b"\x00\x06\x00\x000", (1, "(record)", "truncated", 0)),
        ({}, b"\x00\x06\x00\x010Y", (1, "(record)", "rdw", 0)),
        ({}, b"\x00\x02\x00\x000Y", (1, "(record)", "rdw", 0)),
        ({}, b"\x00\xff\x00\x000Y", (1, "(record)", "rdw", 0)),
        ({}, b"\x00\x06\x00\x000Y\x00", (2, "(record)", "rdw", 6)),
        ({}, b"\x00\x07\x00\x000YZ", (1, "(record)", "length", 4)),
        ({}, b"\x00\x06\x00\x009Y", (1, "(record)", "occurs", 5)),
        ({"blocks": True}, b"\x00\x09\x00\x00\x00\x06\x00\x000Y", (1, "(record)", "truncated", 4)),
        ({"blocks": True}, b"\x00\x0b\x00\x00\x00\x06\x00\x000Y", (2, "(record)", "truncated", 10)),
    ],
)
def test_a_wrong_length_word_is_an_error_with_its_offset(word, content, expected):
    assert expected in refused(rdw(**word), content)


REDEFINED = {
    "length": 5,
    "items": [
        text("k", 1),
        {"name": "p", "type": "group", "items": [text("name", 4)]},
        {
            "name": "c",
            "type": "group",
            "redefines": "p",
            "when": {"item": "k", "is": ["2"]},
            "items": [digits("no", 2), text("x", 2)],
        },
    ],
}


def test_a_redefinition_is_read_where_its_condition_holds_and_the_original_elsewhere():
    compiled = records(**REDEFINED)
    assert read(compiled, b"1ABCD" + b"205ZZ") == [
        {"k": "1", "p.name": "ABCD"},
        {"k": "2", "c.no": "5", "c.x": "ZZ"},
    ]
    assert (
        write(compiled, {"k": "1", "p.name": "ABCD"}, {"k": "2", "c.no": "5", "c.x": "ZZ"}) == b"1ABCD205ZZ"
    )


def test_a_value_for_the_other_meaning_of_the_bytes_is_an_error():
    compiled = records(**REDEFINED)
    values = {"k": "2", "p.name": "ABCD", "c.no": "5"}
    row = [values.get(leaf.item.name, "") for leaf in compiled.layout.leaves]
    _, wrong = compiled.writer().put(row, Losses())
    assert [(item, error.rule) for item, error in wrong] == [("p.name", "absent")]


@pytest.mark.parametrize(
    ("items", "location", "message"),
    [
        ([TABLE, text("z", 2)], ("items", 0, "items", 0), "no item before it"),
        (
            [text("a", 4), text("b", 8) | {"redefines": "q", "when": {"item": "a", "is": ["1"]}}],
            ("items", 1),
            "no item",
        ),
        (
            [
                text("a", 4),
                text("p", 4),
                text("b", 5) | {"redefines": "p", "when": {"item": "a", "is": ["1"]}},
            ],
            ("items", 2),
            "reaches beyond",
        ),
        ([text("a", 8, when={"item": "b", "is": ["1"]})], ("items", 0, "when"), "no item before it"),
    ],
)
def test_structure_that_cannot_be_is_a_fault_with_its_place(items, location, message):
    assert message in faults(length=8, items=items)[location]


FILE = {
    "length": 6,
    "kind": {"at": 1, "length": 1, "data": "2"},
    "header": {"kind": "1", "items": [text("k", 1, default="1"), text("city", 5)]},
    "trailer": {
        "kind": "8",
        "items": [
            text("k", 1, default="8"),
            digits("n", 2, counts="records"),
            digits("sum", 3, totals="v", signed=True),
        ],
    },
    "end": {
        "kind": "9",
        "items": [text("k", 1, default="9"), digits("n", 2, counts="records"), text("r", 3, default="")],
    },
    "sets": "many",
    "items": [text("k", 1, default="2"), text("a", 3), digits("v", 2, signed=True)],
}
SETS = b"113101" + b"2aaa05" + b"2bbb1r" + b"80200w" + b"113102" + b"2ccc07" + b"801007" + b"903   "


def test_headers_trailers_and_totals_are_checked_and_the_header_goes_with_its_records():
    values = read(records(**FILE), SETS)
    assert [(row["header.city"], row["a"], row["v"]) for row in values] == [
        ("13101", "aaa", "5"),
        ("13101", "bbb", "-12"),
        ("13102", "ccc", "7"),
    ]


def test_sets_are_written_anew_when_the_header_changes():
    compiled = records(**FILE)
    rows = [row | {"k": "2", "header.k": "1"} for row in read(compiled, SETS)]
    assert write(compiled, *rows) == SETS.replace(b"80200w", b"80200w")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"80200w", b"80300w", (4, "trailer.n", "count")),
        (b"801007", b"801008", (7, "trailer.sum", "total")),
        (b"903   ", b"904   ", (8, "end.n", "count")),
        (b"903   ", b"", (7, "(file)", "order")),
        (b"80200w", b"", (4, "(record)", "order")),
        (b"113102", b"", (5, "(record)", "order")),
        (b"113102", b"713102", (5, "(record)", "kind")),
        (b"2ccc07", b"2ccc0?", (6, "v", "zoned")),
    ],
)
def test_a_file_whose_records_do_not_agree_is_refused(old, new, expected):
    found = [
        (record, item, rule) for record, item, rule, _ in refused(records(**FILE), SETS.replace(old, new))
    ]
    assert expected in found


def test_a_second_set_is_refused_where_one_is_declared():
    assert (5, "(record)", "order", 24) in refused(records(**FILE | {"sets": "one"}), SETS)


def test_one_header_only_may_not_change_while_writing():
    compiled = records(**FILE | {"sets": "one"})
    rows = [row | {"k": "2", "header.k": "1"} for row in read(records(**FILE), SETS)]
    writer = compiled.writer()
    results = [
        writer.put([row.get(leaf.item.name, "") for leaf in compiled.layout.leaves], Losses()) for row in rows
    ]
    assert [[error.rule for _, error in wrong] for _, wrong in results] == [[], [], ["header"]]


def test_a_file_without_records_has_its_trailer_if_the_header_needs_no_values():
    plain = FILE | {"header": {"kind": "1", "items": [text("k", 1, default="1"), text("r", 5, default="")]}}
    assert write(records(**plain)) == b"1     " + b"800000" + b"900   "
    assert write(records(**FILE)) == b""


def standard(*names):
    items = [{"name": name, "type": "X", "length": 9} for name in names]
    return Form(layout=Layout.model_validate({"name": "s", "records": "csv", "items": items}))


def conversion(*, up: bool) -> Converter:
    legacy = Form(layout=Layout.model_validate({"name": "l", "records": "fixed", "encoding": "cp932"} | FILE))
    lines = [{"from": "header.city", "to": "c"}, {"from": "a", "to": "a"}, {"from": "v", "to": "v"}]
    mapping = Mapping.model_validate({"from": "l", "to": "s", "items": lines})
    pair = (legacy, standard("c", "a", "v"))
    return compile_conversion(*(pair if up else pair[::-1]), mapping)


def test_a_file_of_several_municipalities_goes_to_csv_and_back_byte_for_byte(tmp_path):
    first, second, third = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    first.write_bytes(SETS)
    done = conversion(up=True).convert(first, second)
    assert second.read_text() == "c,a,v\n13101,aaa,5\n13101,bbb,-12\n13102,ccc,7\n"
    assert done.records_in == 3
    conversion(up=True).verify(first, second)
    conversion(up=False).convert(second, third)
    assert third.read_bytes() == SETS


def test_an_item_of_the_trailer_that_nothing_fills_is_a_fault():
    trailer = {"kind": "8", "items": [text("k", 1, default="8"), text("q", 5)]}
    assert "needs default, counts or totals" in faults(**FILE | {"trailer": trailer})["trailer", "items"]


def test_the_form_of_a_layout_with_groups_can_be_fingerprinted():
    one, two = (
        Form(layout=Layout.model_validate({"records": "fixed", "encoding": "cp932"} | text))
        for text in (REPEATED, REDEFINED)
    )
    assert one.fingerprint != two.fingerprint


def test_a_copy_of_a_mapping_that_names_no_repetition_is_a_fault():
    legacy = Form(
        layout=Layout.model_validate({"name": "l", "records": "fixed", "encoding": "cp932"} | REPEATED)
    )
    mapping = Mapping.model_validate({"from": "l", "to": "s", "items": [{"from": "g(3).b", "to": "c"}]})
    with pytest.raises(FormatFaults, match=r"did you mean g\(2\)\.b\?"):
        compile_conversion(legacy, standard("c"), mapping)
