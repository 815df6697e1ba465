import pytest
import samples
from pydantic import ValidationError

from gateway.formats import (
    CharacterTable,
    Form,
    FormatFaults,
    Layout,
    Mapping,
    compile_conversion,
)


def faults(call, *args, **kwargs):
    with pytest.raises(FormatFaults) as raised:
        call(*args, **kwargs)
    return {(fault.model, fault.location): fault.message for fault in raised.value.faults}


def layout(*items, **changes):
    return {"name": "l", "records": "fixed", "length": 4, "encoding": "jef", "items": list(items)} | changes


TEXT = {"name": "a", "type": "text", "length": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (layout(TEXT | {"digits": 3}), "digits does not belong to type text"),
        (layout({"name": "a", "type": "packed"}), "type packed needs digits"),
        (layout({"name": "a", "type": "X", "length": 4}), "cannot stand in records: fixed"),
        (layout(TEXT, TEXT), "stands more than once"),
        (layout(TEXT, encoding=None), "needs encoding"),
        ({"records": "csv", "items": [TEXT]}, "records: csv has the types"),
        ({"records": "csv", "length": 4, "items": [{"name": "a", "type": "DATE"}]}, "length does not belong"),
        (layout({"name": "a", "type": "date", "form": "GYYMMDD"}), "needs eras"),
        (layout({"name": "a", "type": "date", "form": "GYYMMDD", "eras": list("11345")}), "five different"),
        (layout(TEXT, colour="red"), "Extra inputs"),
        (layout(TEXT, encoding="cp932", single="jis8"), "single has no effect with encoding: cp932"),
        (layout(TEXT, encoding="utf-8", pairs="jis", latin="jis"), "latin, pairs has no effect"),
    ],
)
def test_a_layout_that_says_nonsense_is_refused(text, message):
    with pytest.raises(ValidationError, match=message):
        Layout.model_validate(text)


def test_published_spellings_of_types_and_lengths_are_understood():
    items = [{"name": "a", "type": 9, "length": 3}, {"name": "b", "type": "Ｎ", "length": 2}]
    found = Layout.model_validate(
        {"records": "csv", "items": [*items, {"name": "c", "type": "9V", "length": "7,2"}]}
    )
    assert [item.type for item in found.items] == ["9", "N", "9V"]
    assert (found.items[2].length, found.items[2].decimals) == (7, 2)


@pytest.mark.parametrize(
    ("text", "location", "message"),
    [
        (
            layout(TEXT, length=5),
            ("length",),
            "the items have 4 bytes, the record has 5; add 1 byte, such as a filler, or write 4",
        ),
        (layout(TEXT | {"at": 2}, length=5), ("items", 0), "no item covers the bytes 1 to 1"),
        (
            layout(TEXT, TEXT | {"name": "b", "at": 3}, length=6),
            ("items", 1),
            "begins inside the item before",
        ),
        (layout(TEXT | {"default": "長すぎる"}), ("items", 0, "default"), "cannot be written"),
        (
            layout({"name": "a", "type": "text", "length": 3, "width": "full"}, length=3),
            ("items", 0),
            "even length",
        ),
        (layout(TEXT, unmapped="table"), ("unmapped",), "table of kind reduction"),
        (layout(TEXT | {"width": "full", "meanings": {"zeros": ""}}), ("items", 0), "cannot hold zeros"),
    ],
)
def test_a_layout_that_does_not_add_up_is_a_fault_with_its_place(text, location, message):
    form = Form(layout=Layout.model_validate(text))
    found = faults(compile_conversion, form, samples.csv_form(), samples.mapping())
    assert message in found["layout", location]


def test_every_fault_of_every_part_is_found_at_once():
    lines = [
        {"from": "氏命", "to": "氏名"},
        {"from": "宛名番号", "to": "宛名番号"},
        {"from": "宛名番号", "to": "宛名番号"},
        {"from": "性別", "to": "性別", "codes": {"0": "9", "1": "9"}},
    ]
    form = samples.legacy_form(samples.master(length=121))
    found = faults(compile_conversion, samples.csv_form(), form, samples.mapping(items=lines))
    assert "did you mean 氏名?" in found["mapping", ("items", 0, "from")]
    assert "written by line 2" in found["mapping", ("items", 2, "to")]
    assert "no way back" in found["mapping", ("items", 3, "codes")]
    assert "no line writes" in found["mapping", ("items",)]
    assert "120 bytes" in found["layout", ("length",)]


def test_an_item_that_occurs_many_times_and_is_never_written_is_one_fault():
    months = {"name": "月", "type": "group", "occurs": 12, "items": [TEXT, TEXT | {"name": "b"}]}
    many = samples.legacy_form(samples.master(length=12 * 8, encoding="cp932", characters=[], items=[months]))
    with pytest.raises(FormatFaults) as raised:
        compile_conversion(
            samples.csv_form(), many, samples.mapping(items=[{"from": "宛名番号", "to": "月(2).a"}])
        )
    told = [fault.message for fault in raised.value.faults if fault.message.startswith("no line writes")]
    assert told == [
        "no line writes 月(1).a and 10 more occurrences of it of layout master; add one with to: 月(1).a",
        "no line writes 月(1).b and 11 more occurrences of it of layout master; add one with to: 月(1).b",
    ]


def test_a_required_standard_item_without_a_source_is_a_fault():
    lines = [line for line in samples.LINES if line["to"] != "宛名番号"]
    found = faults(samples.up, items=lines)
    assert "宛名番号" in found["mapping", ("items",)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"from": "a"}, "both from and to"),
        ({"from": "a", "to": "b", "value": "1"}, "constant for one item"),
        ({"from": "a", "to": "b", "width": {"from": "half", "to": "half"}}, "same width"),
    ],
)
def test_a_mapping_line_says_one_thing(line, message):
    with pytest.raises(ValidationError, match=message):
        Mapping.model_validate({"from": "x", "to": "y", "items": [line]})


HEAD = "# version: 1\n# approved by: 市\n"


@pytest.mark.parametrize(
    ("text", "location", "message"),
    [
        ("code,unicode\n80A1,U+2000B\n", (1, "version"), "version"),
        (HEAD + "code;unicode\n", (3,), "code,unicode"),
        (HEAD + "code,unicode\n80G1,U+2000B\n", (4, "code"), "hex"),
        (HEAD + "code,unicode\n80A1,2000B\n", (4, "unicode"), "U+XXXX"),
        (HEAD + "code,unicode\n80A1,U+2000B\n80A2,U+2000B\n", (5, "unicode"), "line 4"),
        (HEAD + "code,unicode\n80A1,U+2000B\n80A1,U+2000C\n", (5, "code"), "line 4"),
        (HEAD + "code,unicode\n80A1\n", (4,), "two columns"),
        (HEAD + "# kind: other\ncode,unicode\n", (1, "kind"), "reduction"),
    ],
)
def test_a_character_table_names_the_line_of_each_fault(text, location, message):
    found = faults(CharacterTable.parse, text, source="characters/x.csv")
    assert message in found["table", location]


def test_a_user_defined_character_that_the_code_has_already_needs_a_selector_or_is_read_only():
    plain = samples.GAIJI + "80A3,U+4E9C\n"
    form = Form(layout=samples.master(), tables=(samples.gaiji(plain),))
    found = faults(compile_conversion, samples.csv_form(), form, samples.mapping())
    assert "writes as B0A1" in found["table", ()]
    marked = samples.GAIJI.replace("code,unicode", "code,unicode,use") + "80A3,U+4E9C,read\n"
    form = Form(layout=samples.master(), tables=(samples.gaiji(marked),))
    charset = (
        compile_conversion(samples.csv_form(), form, samples.mapping()).target.block.placed[2].field.charset
    )
    assert charset.read(bytes.fromhex("80a3b0a1"), "full") == "亜亜"
    assert charset.write("亜", "full").hex() == "b0a1"
