"""Standardized CSV is checked by the published kinds of error; check digits are warnings; conditions are understood."""

import io

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.formats import BadRecords, CsvProfile, Form, FormatFaults, Layout, Mapping, compile_conversion
from gateway.formats.faults import FaultList
from gateway.formats.layouts.conditions import ConditionError, condition
from gateway.formats.standardized.csvchecks import agrees, check_digit
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import Losses

ITEMS = [
    {"name": "番号", "type": "X", "length": 15, "check_digit": True},
    {"name": "区分", "type": "9", "length": 2, "codes": [1, "2", "10"]},
    {"name": "カナ", "type": "N", "length": 20, "allowed": "katakana"},
    {"name": "開始", "type": "DATE"},
    {"name": "終了", "type": "DATE", "required_when": "区分 = 2"},
    {"name": "金額", "type": "S9", "length": 9},
]
RULES = [
    {"that": "終了 >= 開始", "when": "not 開始 is empty and not 終了 is empty", "title": "終了は開始の後"},
    {"that": "金額 < 1000"},
]


def layout(**changes):
    written = {"name": "t", "records": "csv", "items": ITEMS, "rules": RULES}
    return Layout.model_validate(written | changes)


def checked(*lines):
    """Rules that lines break, with record and item; then the warnings."""
    records = CsvRecords(layout=layout(), profile=CsvProfile(header="none"))
    faults, losses = FaultList(), Losses()
    for frame in records.frames(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), faults):
        records.read(frame, faults, losses)
    try:
        faults.raise_if_any()
    except BadRecords as error:
        return [(bad.record, bad.item, bad.rule) for bad in error.report.records], dict(losses)
    return [], dict(losses)


def test_a_record_that_meets_every_rule_passes():
    assert checked("000000000000019,2,ミホン　タロウ,2026-01-01,2026-01-01,999", ",,,,,1") == ([], {})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (",3,,,,1", (1, "区分", "code")),
        (",1,ミホンA,,,1", (1, "カナ", "characters")),
        (",1,見本,,,1", (1, "カナ", "characters")),
        (",2,,,,1", (1, "終了", "required")),
        (",1,,2026-02-01,2026-01-31,1", (1, "開始", "correlation")),
        (",1,,,,1000", (1, "金額", "correlation")),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_kind(line, expected):
    assert checked(line) == ([expected], {})


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (",2,,,,1", "required"),
        (",1,見本,,,1", "characters"),
        (",1,,2026-13-01,,1", "characters"),
        (",3,,,,1", "characters"),
        (",1,,,,1234567890", "length"),
        ("0000000000000190,1,,,,1", "length"),
        (",1,,,,1000", "correlation"),
        (",1,,,", "form"),
    ],
)
def test_each_fault_is_of_one_of_the_published_kinds_or_of_the_form_of_the_file(line, kind):
    records = CsvRecords(layout=layout(), profile=CsvProfile(header="none"))
    faults, losses = FaultList(), Losses()
    for frame in records.frames(io.BytesIO(f"{line}\n".encode()), faults):
        records.read(frame, faults, losses)
    with pytest.raises(BadRecords) as raised:
        faults.raise_if_any()
    assert raised.value.report.records[0].kind == kind


def test_the_same_is_checked_of_what_is_written():
    records = CsvRecords(layout=layout(), profile=CsvProfile(header="none"))
    for values, kind in (
        (["", "3", "", "", "", "1"], "code"),
        (["", "2", "", "", "", "1"], "required"),
        (["", "1", "", "2026-02-01", "2026-01-31", "1"], "correlation"),
    ):
        raw, wrong = records.writer().put(values, Losses())
        assert (raw, [error.rule for _, error in wrong]) == (b"", [kind])
    assert records.writer().put(["", "02", "", "", "2026-01-01", "1"], Losses())[1] == []


def test_a_wrong_check_digit_is_counted_and_passes():
    found = checked("000000000000018,1,,,,1", "000000000000019,1,,,,1", "ABC,1,,,,1")
    assert found == ([], {"番号: check-digit": 2})


def test_a_conversion_tells_warnings_apart_from_losses(tmp_path):
    items = [
        item | {"check_digit": True} if item["name"] == "宛名番号" else item
        for item in samples.STANDARD_ITEMS
    ]
    standard = samples.csv_form(samples.standard(items=items))
    down = compile_conversion(standard, samples.legacy_form(), samples.mapping())
    (tmp_path / "in").write_text(samples.ROWS.replace("000000000000027", "000000000000028"), encoding="utf-8")
    done = down.convert(tmp_path / "in", tmp_path / "out")
    assert (done.warnings, done.losses) == ({"宛名番号: check-digit": 1}, {})
    down.verify(tmp_path / "in", tmp_path / "out")
    up = compile_conversion(samples.legacy_form(), standard, samples.mapping())
    assert up.convert(tmp_path / "out", tmp_path / "again").warnings == {"宛名番号: check-digit": 1}
    assert (tmp_path / "again").read_bytes() == (tmp_path / "in").read_bytes()


# Worked by hand: weights 2 3 4 5 6 7 from the right.
@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("1", 9),  # 1*2 = 2, 11 - 2
        ("12345678", 5),  # 8*2+7*3+6*4+5*5+4*6+3*7+2*2+1*3 = 138, 138 mod 11 = 6
        ("00000000000000", 0),
        ("41", 8),  # 1*2+4*3 = 14, 14 mod 11 = 3, 11 - 3
        ("6", None),  # 6*2 = 12, remainder 1: no digit
        ("45", 0),  # 5*2+4*3 = 22, remainder 0
    ],
)
def test_check_digits_are_those_of_modulus_eleven(digits, expected):
    assert check_digit(digits) == expected


@given(digits=st.text("0123456789", min_size=1, max_size=14))
def test_exactly_one_digit_or_none_agrees(digits):
    fitting = [digit for digit in "0123456789" if agrees(digits + digit)]
    expected = check_digit(digits)
    assert fitting == ([] if expected is None else [str(expected)])


@given(
    digits=st.text("0123456789", min_size=1, max_size=14),
    at=st.integers(0, 13),
    other=st.sampled_from("0123456789"),
)
def test_any_one_wrong_digit_of_the_number_is_noticed(digits, at, other):
    expected = check_digit(digits)
    at %= len(digits)
    wrong = digits[:at] + other + digits[at + 1 :]
    if expected is not None and wrong != digits:
        assert not agrees(f"{wrong}{expected}")


NAMED = Layout.model_validate(
    {
        "name": "t",
        "records": "csv",
        "items": [
            {"name": "a", "type": "X", "length": 9, "id": "00100001"},
            {"name": "b", "type": "X", "length": 9},
            {"name": "n", "type": "S9", "length": 9, "decimals": 2},
            {"name": "明細(1).金額", "type": "9", "length": 9},
        ],
    }
)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ('a = "1"', ["1", "", "", ""], True),
        ("a = '1'", ["01", "", "", ""], False),
        ('00100001 = "1"', ["1", "", "", ""], True),
        ("a = b", ["x", "x", "", ""], True),
        ("a != b", ["x", "x", "", ""], False),
        ('a in ("1", "2")', ["2", "", "", ""], True),
        ('not a in ("1", "2")', ["3", "", "", ""], True),
        ("a is empty", ["", "", "", ""], True),
        ("a is not empty", ["", "", "", ""], False),
        ("n = 1", ["", "", "1.0", ""], True),
        ("n < 10", ["", "", "9", ""], True),
        ("n < 10", ["", "", "", ""], False),
        ("n >= -1.5", ["", "", "-1.5", ""], True),
        ("明細(1).金額 > 5", ["", "", "", "10"], True),
        ('a = "1" or a = "2" and b = "3"', ["1", "", "", ""], True),
        ('(a = "1" or a = "2") and b = "3"', ["1", "", "", ""], False),
        ('a >= "2026-01-01" and a < "2027-01-01"', ["2026-07-01", "", "", ""], True),
        ('not (a = "1") and not b is empty', ["2", "x", "", ""], True),
    ],
)
def test_conditions_mean_what_they_say(text, values, expected):
    assert condition(text, NAMED).holds(values) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end is no item"),
        ("c = 1", "c is no item of layout t"),
        ("a", "after an item stands"),
        ("a = c", "neither an item nor a number; a text stands in quotes"),
        ('a = "1" b', "where the condition should end"),
        ('(a = "1"', r"\) should stand where the end does"),
        ('a in "1"', r"\( should stand where a text in quotes does"),
        ('a = "1', "not understood from character 4 on"),
        ('n = "x"', "n is a number, and is compared with a text"),
        ("not " * 100 + "a is empty", "nested too deeply"),
        ("a = 1 or " * 400, "longer than"),
    ],
)
def test_a_condition_that_is_not_understood_says_what_to_write(text, message):
    with pytest.raises(ConditionError, match=message):
        condition(text, NAMED)


@given(text=st.text("ab n=<>!()'\"1,.-andorisempty", max_size=30))
def test_any_text_is_a_condition_or_refused(text):
    try:
        found = condition(text, NAMED)
    except ConditionError:
        return
    assert found.holds(["1", "", "2", "3"]) in (True, False)


def test_faults_of_rules_conditions_and_codes_are_told_with_their_place():
    items = [
        {"name": "a", "type": "9", "length": 2, "codes": ["x"]},
        {"name": "b", "type": "X", "length": 2, "required_when": "c = 1"},
    ]
    wrong = layout(items=items, rules=[{"that": "a >"}])
    mapping = Mapping.model_validate(
        {"name": "m", "from": "t", "to": "o", "items": [{"from": "b", "to": "b"}]}
    )
    other = Form(
        layout=layout(name="o", items=items[1:] and [{"name": "b", "type": "X", "length": 2}], rules=[])
    )
    with pytest.raises(FormatFaults) as raised:
        compile_conversion(Form(layout=wrong), other, mapping)
    found = {fault.location for fault in raised.value.faults}
    assert found == {("items", 0, "codes"), ("items", 1, "required_when"), ("rules", 0, "that")}


@pytest.mark.parametrize(
    "item",
    [
        {"name": "a", "type": "N", "length": 3, "check_digit": True},
        {"name": "a", "type": "DATE", "allowed": "digits"},
        {"name": "a", "type": "X", "length": 3, "allowed": "hiragana"},
    ],
)
def test_a_check_that_does_not_belong_to_a_type_is_refused(item):
    with pytest.raises(ValidationError):
        layout(items=[item], rules=[])


def test_rules_belong_to_standardized_csv_alone():
    with pytest.raises(ValidationError, match="rules belongs to records: csv"):
        samples.master(rules=[{"that": "性別 = 1"}])


def test_a_number_of_thousands_of_digits_is_too_long_and_no_crash():
    assert checked(f",1,,,,{'1' * 5000}")[0] == [(1, "金額", "length")]
