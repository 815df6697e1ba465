"""What real copybooks hold and a reader easily gets wrong. Sizes and places as IBM Enterprise COBOL lays them out."""

import pytest
import yaml

from gateway.formats import Form, FormatFaults, Layout, import_copybook


def imported(*lines):
    text = "\n".join(f"       {line}" for line in ("01 R.", *lines)) + "\n"
    return import_copybook(text, source="b.cpy", encoding="ibm930")


def compiled(text):
    layout = Layout.model_validate(yaml.safe_load(text))
    found, faults = Form(layout=layout).compiled()
    assert faults == ()
    return {one.item.name: (one.start, one.end) for one in found.block.placed}


NESTED = ["05 T OCCURS 0 TO 3 DEPENDING ON N.", "10 U OCCURS 0 TO 2 DEPENDING ON N.", "15 A PIC X."]


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["05 A PIC X(2000000)."], 2, "longer than any record"),
        (["05 A PIC X(" + "9" * 40 + ")."], 2, "longer than any record"),
        (["05 A PIC 9(4) USAGE NATIONAL."], 2, "not understood"),
        (["05 A PIC X(4) COMP-3."], 2, "not understood"),
        (["05 A PIC N(4) COMP-3."], 2, "not understood"),
        (["05 A PIC X(4) USAGE DISPLAY-1."], 2, "not understood"),
        (["05 A PIC X(2) COMP-5."], 2, "not understood"),
        (["05 A PIC X.", "05 B REDEFINES A PIC X(3)."], 3, "2 bytes longer than A"),
        (["05 A PIC X.", "05 B REDEFINES C PIC X."], 3, "no item of this group before it"),
        (["05 A PIC X.", "05 A PIC X."], 3, "stands twice"),
        (["05 A PIC X OCCURS 20000."], 2, "more than 10000 times"),
        (["50 A PIC X."], 2, "level 50 is none of"),
        (["05 N PIC 9.", *NESTED], 4, "cannot stand in another"),
    ],
)  # fmt: skip
def test_what_would_be_read_wrongly_is_a_fault_with_its_line(lines, line, message):
    with pytest.raises(FormatFaults) as raised:
        imported(*lines)
    assert any(fault.location == (line,) and message in fault.message for fault in raised.value.faults)


@pytest.mark.parametrize("phrase", ["N", "N OF H", "N IN H OF R"])
def test_a_count_in_another_group_is_named_by_its_path(phrase):
    table = ["05 H.", "10 N PIC 9.", f"05 T OCCURS 0 TO 3 DEPENDING ON {phrase}.", "10 A PIC X."]
    text = imported(*table)
    assert 'depends_on: "H.N"' in text
    assert compiled(text)["T(3).A"] == (3, 4)


def test_positions_of_a_redefinition_begin_where_the_redefined_item_begins():
    text = imported(
        "05 A PIC X(12).", "05 B REDEFINES A.", "10 X PIC X.", "10 Y PIC 9(9) COMP SYNC.", "05 C PIC X."
    )
    assert "# 2-1" not in text
    assert "# 5-8" in text
    assert compiled(text)["C"] == (12, 13)


def test_a_redefining_filler_keeps_what_it_redefines():
    assert "redefines: A" in imported("05 A PIC X(4).", "05 FILLER REDEFINES A PIC 9(4).")


def test_words_for_the_printer_are_no_entries():
    assert list(compiled(imported("EJECT", "05 A PIC X.", "SKIP2", "05 B PIC X."))) == ["A", "B"]


def test_blank_when_zero_says_that_blanks_are_zero():
    text = imported("05 A PIC 9(4) BLANK WHEN ZERO.")
    assert yaml.safe_load(text)["items"][0]["meanings"] == {"blank": "0"}


def test_sync_of_a_group_holds_for_its_items():
    text = imported("05 A PIC X.", "05 G COMP SYNC.", "10 B PIC 9(9).")
    assert compiled(text)["G.B"] == (4, 8)


def test_a_control_character_in_a_value_does_not_break_the_layout():
    assert "A" in compiled(imported("05 A PIC X VALUE '\x01'."))


MISSING = "is a period missing, or beyond column 72"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["05 A PIC X(20) VALUE SPACE", "05 B PIC X(3)."], "VALUE has 2 literals"),
        (["05 A PIC X(20) VALUE 'X'", "05 B."], "VALUE has 2 literals"),
        (["05 A PIC X(20) VALUE SPACE".ljust(66) + ".", "05 B PIC X(3)."], "VALUE has 2 literals"),
        (["05 A PIC X(20) PIC X(3)."], "a second PIC"),
        (["05 A PIC X(20)", "05 B PIC X(3)."], "05 is not understood"),
        (["05 T OCCURS 3 INDEXED BY I", "05 B PIC X."], "05 is no name"),
        (["05 A PIC X.", "66 C RENAMES A", "05 B PIC X."], "05 is no name"),
        (["05 A PIC X VALUE 'ABC."], "VALUE needs a literal"),
        (["05 A PIC X VALUE."], "VALUE needs a literal"),
    ],
)
def test_an_entry_that_a_missing_period_joins_to_the_next_is_a_fault_and_loses_nothing(lines, message):
    with pytest.raises(FormatFaults, match=message) as raised:
        imported(*lines)
    assert MISSING in str(raised.value)


@pytest.mark.parametrize(
    "value",
    [
        "'*>'",
        '"*>"',
        "'it''s'",
        "X'00'",
        "ALL '*'",
        "-1.5",
        "IS ZEROES",
        "SPACES",
        "HIGH-VALUES",
        "N'\u5c71'",
    ],
)
def test_any_literal_may_be_a_value_and_the_next_item_is_there(value):
    places = compiled(imported(f"05 A PIC X(2) VALUE {value}.", "05 B PIC X(3)."))
    assert places == {"A": (0, 2), "B": (2, 5)}


def test_conditions_have_values_over_several_lines():
    places = compiled(imported("05 A PIC 9.", "88 C VALUES ARE 1 THRU 3,", "   5, 7.", "05 B PIC X."))
    assert places == {"A": (0, 1), "B": (1, 2)}


def test_columns_are_bytes_where_names_are_in_kanji():
    """A card of 80 bytes: identification in bytes 73 to 80, after a name of two bytes a character."""
    text = "000100 01 R.\n" + "000200     05 \u4f4f\u6c11\u756a\u53f7 PIC X(3)."
    card = (
        text
        + " " * (72 - len(text.splitlines()[1].encode("cp932")))
        + "JUKI0010\n000300     05 B PIC X(2).\n"
    )
    assert compiled(import_copybook(card, source="b.cpy", encoding="ibm930")) == {
        "\u4f4f\u6c11\u756a\u53f7": (0, 3),
        "B": (3, 5),
    }


def test_slack_before_a_group_that_begins_with_a_sync_item_is_no_part_of_it():
    """The example FIELD-L of IBM's topic "Slack bytes within records": the slack stands before the group."""
    group = ("05 FIELD-M PIC X(5).", "05 FIELD-N PIC XX.", "05 FIELD-O.", "10 FIELD-P COMP PIC S9(6) SYNC.")
    places = compiled(imported(*group, "05 Q REDEFINES FIELD-O PIC X(4)."))
    assert places["FIELD-O.FIELD-P"] == (8, 12)
    assert "# 9-12" in imported(*group, "05 Q REDEFINES FIELD-O PIC X(4).").splitlines()[-1]


def test_slack_before_a_table_that_begins_with_a_sync_item_stands_there_once():
    """By the same topic: one byte before the table, one after each occurrence, so that the next one is aligned."""
    table = ("05 C PIC X.", "05 T OCCURS 2.", "10 A PIC S9(4) COMP SYNC.", "10 B PIC X.", "05 D PIC X.")
    places = compiled(imported(*table))
    assert [places[name] for name in ("T(1).A", "T(1).B", "T(2).A", "T(2).B", "D")] == [
        (2, 4), (4, 5), (6, 8), (8, 9), (10, 11),
    ]  # fmt: skip
