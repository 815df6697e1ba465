"""Copybooks of our own, each with data and a result worked out by hand."""

import io
import re

import pytest
import yaml

from gateway.formats import FormatFaults, Layout, import_copybook
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.fixedcompiler import FixedCompiler
from gateway.formats.values.fields import Losses


def book(*lines):
    """Text in columns 8 to 72."""
    return "".join(f"{at:06d} {line}\n" for at, line in enumerate(lines, start=1))


def values(text, raw, encoding="ibm930", **changes):
    """What a record reads as under the imported layout."""
    layout = Layout.model_validate(
        yaml.safe_load(import_copybook(text, source="r", encoding=encoding)) | changes
    )
    compiler = FixedCompiler(layout, ())
    compiled = compiler.compile()
    assert compiler.faults == []
    faults = FaultList()
    (frame,) = compiled.frames(io.BytesIO(raw), faults)
    row = compiled.read(frame, faults, Losses())
    faults.raise_if_any()
    return {
        leaf.item.name: value
        for leaf, value in zip(layout.leaves, row, strict=True)
        if leaf.item.type != "filler"
    }


@pytest.mark.parametrize(
    ("picture", "raw", "expected"),
    [
        ("PIC X(3)", "c1c2c3", "ABC"),
        ("PIC XXX", "c1c240", "AB"),
        ("PICTURE IS X(3)", "c1c2c3", "ABC"),
        ("PIC A(3)", "c1c2c3", "ABC"),
        ("PIC X(3) JUST RIGHT", "4040c3", "C"),
        ("PIC 9(3)", "f0f1f2", "12"),
        ("PIC 9(3) USAGE IS DISPLAY", "f0f1f2", "12"),
        ("PIC 9(3) VALUE ZERO", "f0f1f2", "12"),
        ("PIC S9(3)", "f0f1d2", "-12"),
        ("PIC S9(3) SIGN IS TRAILING", "f0f1c2", "12"),
        ("PIC S9(3) SIGN LEADING", "d0f1f2", "-12"),
        ("PIC S9(3) SIGN IS LEADING SEPARATE CHARACTER", "60f0f1f2", "-12"),
        ("PIC S9(3) TRAILING SEPARATE", "f0f1f24e", "12"),
        ("PIC 9(3)V99", "f1f2f3f4f5", "123.45"),
        ("PIC S9V9(4)", "f1f2f3f4d5", "-1.2345"),
        ("PIC V99", "f2f5", "0.25"),
        ("PIC SVPP99", "f2d5", "-0.0025"),
        ("PIC 9(2)PPP", "f2f5", "25000"),
        ("PIC S9(5) COMP-3", "12345d", "-12345"),
        ("PIC S9(4) COMP-3", "01234c", "1234"),
        ("PIC 9(5)V99 PACKED-DECIMAL", "1234567f", "12345.67"),
        ("PIC 9(4) COMP-6", "1234", "1234"),
        ("PIC 9(3) COMP-6", "0123", "123"),
        ("PIC S9(4) COMP", "fffe", "-2"),
        ("PIC 9(4) COMP", "270e", "9998"),
        ("PIC 9(4) COMP-5", "fffe", "65534"),
        ("PIC S9(9) BINARY", "fffffffe", "-2"),
        ("PIC S9(7)V99 COMP-4", "00003039", "123.45"),
        ("PIC S9(18) COMP-5", "00000000000000ff", "255"),
        ("COMP-1", "c276a000", "-118.625"),
        ("COMP-2", "4110000000000000", "1"),
        ("PIC N(2)", "45624566", "日本"),
        ("PIC G(2) USAGE DISPLAY-1", "45624566", "日本"),
        ("PIC ZZ9.99", "40f1f24bf3f4", " 12.34"),
        ("PIC 99/99/99", "f2f661f1f161f2f3", "26/11/23"),
    ],
)
def test_one_item_of_each_kind_reads_as_worked_out_by_hand(picture, raw, expected):
    assert values(book("01 R.", f"   05 A {picture}."), bytes.fromhex(raw)) == {"A": expected}


def test_groups_give_names_by_their_path():
    text = book("01 R.", "  05 G.", "    10 A PIC X.", "    10 B PIC X.", "  05 C PIC X.")
    assert values(text, b"\xc1\xc2\xc3") == {"G.A": "A", "G.B": "B", "C": "C"}


def test_level_numbers_need_not_be_regular():
    text = book("01 R.", "  03 G.", "    07 H.", "      11 A PIC X.", "    07 B PIC X.", "  03 C PIC X.")
    assert list(values(text, b"\xc1\xc2\xc3")) == ["G.H.A", "G.B", "C"]


def test_a_usage_and_a_sign_of_a_group_hold_for_its_items():
    text = book(
        "01 R.", "  05 G COMP-3.", "    10 A PIC S9(3).", "  05 S SIGN LEADING SEPARATE.", "    10 B PIC S9."
    )
    assert values(text, bytes.fromhex("123d60f7")) == {"G.A": "-123", "S.B": "-7"}


def test_occurs_of_items_and_groups():
    text = book(
        "01 R.", "  05 A PIC 9 OCCURS 2 TIMES.", "  05 G OCCURS 2.", "    10 B PIC X.", "    10 C PIC 9."
    )
    found = values(text, bytes.fromhex("f1f2c1f3c2f4"))
    assert found == {"A(1)": "1", "A(2)": "2", "G(1).B": "A", "G(1).C": "3", "G(2).B": "B", "G(2).C": "4"}


def test_occurs_depending_on_reads_as_many_as_there_are():
    text = book(
        "01 R.",
        "  05 N PIC 9.",
        "  05 T OCCURS 0 TO 3 TIMES",
        "     DEPENDING ON N INDEXED BY I.",
        "    10 A PIC X.",
    )
    raw = b"\x00\x07\x00\x00" + bytes.fromhex("f2c1c2")
    found = values(text, raw, records="rdw")
    assert found == {"N": "2", "T(1).A": "A", "T(2).A": "B", "T(3).A": ""}


def test_a_redefinition_is_a_comment_that_says_what_to_state():
    text = book("01 R.", "  05 A PIC X(4).", "  05 B REDEFINES A.", "    10 C PIC 9(4).", "  05 D PIC X.")
    written = import_copybook(text, source="r", encoding="ibm930")
    assert "# B redefines A: state `when`" in written
    assert list(values(text, b"\xc1" * 5)) == ["A", "D"]


def test_the_commented_redefinition_is_a_layout_once_it_is_completed():
    text = book("01 R.", "  05 K PIC X.", "  05 A PIC X(2).", "  05 B REDEFINES A.", "    10 C PIC 9(2).")
    written = import_copybook(text, source="r", encoding="ibm930")
    lines = [re.sub("^  # (?!B redefines)", "  ", line) for line in written.splitlines()]
    data = yaml.safe_load("\n".join(lines).replace('{"item": "...", "is": ["..."]}', '{item: K, is: ["2"]}'))
    compiler = FixedCompiler(Layout.model_validate(data), ())
    compiler.compile()
    assert compiler.faults == []


def test_condition_names_and_renames_become_remarks():
    text = book(
        "01 R.",
        "  05 A PIC X.",
        "    88 MAN VALUE '1'.",
        "    88 WOMAN VALUES ARE '2' '3'.",
        "  66 Q RENAMES A.",
    )
    written = import_copybook(text, source="r", encoding="ibm930")
    assert "# 88 MAN VALUE '1'" in written
    assert "# 66 Q RENAMES A" in written


def test_comments_sequence_numbers_and_columns_from_73_are_no_code():
    text = (
        "000100* a comment 05 X PIC X.\n000200/ another\n"
        + f"000300 01 R.{'':60}".ljust(72)
        + "IGNORED.\n"
        + "000400D 05 DEBUG PIC X.\n000500  05 A PIC X.  *> 05 B PIC X.\n"
    )
    assert values(text, b"\xc1") == {"A": "A"}


def test_a_continued_line_is_joined():
    text = "000100 01 R.\n000200  05 A PIC X VALUE 'AB\n000300-    'CD'.\n000400  05 B PIC X.\n"
    assert values(text, b"\xc1\xc2") == {"A": "A", "B": "B"}


def test_free_format_may_be_declared():
    written = import_copybook("01 R.\n05 A PIC X.\n* x\n05 B PIC X.\n", source="r", encoding="jef", free=True)
    assert len(yaml.safe_load(written)["items"]) == 2


def test_fillers_and_sync_keep_every_byte_in_its_place():
    text = book(
        "01 R.",
        "  05 A PIC X.",
        "  05 FILLER PIC X(2).",
        "  05 B PIC S9(4) COMP SYNC.",
        "  05 C PIC 9(9) COMP SYNC.",
    )
    assert values(
        text, bytes.fromhex("c1404000000100000002"[:2] + "4040" + "00" + "0001" + "0000" + "00000002")
    ) == {
        "A": "A",
        "B": "1",
        "C": "2",
    }


def test_a_repeated_group_with_sync_is_padded_to_its_alignment():
    text = book("01 R.", "  05 G OCCURS 2.", "    10 B PIC S9(9) COMP SYNC.", "    10 C PIC X.")
    found = values(text, bytes.fromhex("00000001c1000000" + "00000002c2000000"))
    assert (found["G(2).B"], found["G(2).C"]) == ("2", "B")


def test_japanese_names_are_kept():
    text = book("01 住民.", "  05 宛名番号 PIC X(2).", "  05 氏名－漢字 PIC N(1).")
    assert list(values(text, bytes.fromhex("f1f24562"))) == ["宛名番号", "氏名－漢字"]


def test_a_copybook_without_a_level_01_is_the_inside_of_one_record():
    assert values(book("05 A PIC X.", "05 B PIC X."), b"\xc1\xc2") == {"A": "A", "B": "B"}


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["01 R.", "  05 A PIC Q(3)."], 2, "not understood"),
        (["01 R.", "  05 A."], 2, "neither a picture nor items"),
        (["01 R.", "  05 A PIC X OCCURS N."], 2, "needs a number"),
        (["01 R.", "  05 A PIC X NONSENSE."], 2, "NONSENSE"),
        (["01 R.", "  05 A USAGE COMP-9 PIC 9."], 2, "COMP-9"),
        (["01 R.", "  05 A PIC 9(19) COMP."], 2, "18 digits"),
        (["01 R.", "  05 A PIC 9(32)."], 2, "31 digits"),
        (["01 R.", "  05 A PIC X.", "01 Q.", "  05 B PIC X."], 3, "second record"),
        (["01 R.", "  05 G PIC X.", "    10 A PIC X."], 2, "a picture and items below"),
        (["01 R.", "  05 A PIC"], 2, "ends too early"),
        (["01 R.", "  MOVE A TO B."], 2, "level number"),
        ([""], 1, "no data description"),
        (["       66 A RENAMES B THRU C."], 1, "no data description"),
    ],
)
def test_what_is_not_understood_is_a_fault_with_its_line(lines, line, message):
    with pytest.raises(FormatFaults) as raised:
        import_copybook(book(*lines), source="r", encoding="ibm930")
    found = [(fault.location, fault.message) for fault in raised.value.faults]
    assert any(location == (line,) and message in text for location, text in found)
