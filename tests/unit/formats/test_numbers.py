"""Numbers in records: sign nibbles as in z/Architecture Principles of Operation; other examples worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats.faults import BadValueError
from gateway.formats.values.numbers import Binary, Packed, Zoned, scaled_text, unscaled

SIGNED = Packed(digits=5, signed=True, plus="C")
UNSIGNED = Packed(digits=5, signed=False, plus="F")


def zoned(**changes):
    settings = {
        "digits": 3,
        "ebcdic": True,
        "signed": True,
        "sign": "trailing",
        "plus": "C",
        "letters": False,
    }
    return Zoned(**settings | changes)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("12345c", 12345),
        ("12345d", -12345),
        ("12345f", 12345),
        ("00000d", 0),
        ("12345a", 12345),
        ("12345b", -12345),
    ],
)
def test_packed_reads_every_sign_nibble_of_the_principles_of_operation(raw, number):
    assert SIGNED.read(bytes.fromhex(raw)) == number


def test_packed_writes_the_declared_plus_and_d_for_minus():
    assert SIGNED.write(12).hex() == "00012c"
    assert SIGNED.write(-12).hex() == "00012d"
    assert UNSIGNED.write(12).hex() == "00012f"


@pytest.mark.parametrize(
    ("raw", "at"), [("1a345c", 0), ("123a5c", 1), ("123450", 2), ("404040", 2), ("aabbcc", 0), ("000000", 2)]
)
def test_a_wrong_nibble_is_an_error_at_its_byte(raw, at):
    with pytest.raises(BadValueError) as raised:
        SIGNED.read(bytes.fromhex(raw))
    assert (raised.value.rule, raised.value.at) == ("packed", at)


def test_a_digit_in_the_unused_first_nibble_is_an_error():
    with pytest.raises(BadValueError, match="more than 4 digits"):
        Packed(digits=4, signed=True, plus="C").read(bytes.fromhex("12345c"))


@pytest.mark.parametrize(
    ("changes", "raw", "number"),
    [
        ({}, "f1f2c3", 123),
        ({}, "f1f2d3", -123),
        ({}, "f1f2f3", 123),
        ({"sign": "leading"}, "d1f2f3", -123),
        ({"sign": "trailing-separate"}, "f1f2f360", -123),
        ({"sign": "leading-separate"}, "4ef1f2f3", 123),
        ({"ebcdic": False}, "313273", -123),
        ({"ebcdic": False}, "313233", 123),
        ({"ebcdic": False, "letters": True}, "31324c", -123),
        ({"ebcdic": False, "letters": True}, "313243", 123),
        ({"ebcdic": False, "letters": True}, "31327d", -120),
        ({"ebcdic": False, "sign": "leading-separate"}, "2d313233", -123),
        ({"signed": False, "plus": "F"}, "f1f2f3", 123),
    ],
)
def test_zoned_worked_examples_read_as_by_hand(changes, raw, number):
    assert zoned(**changes).read(bytes.fromhex(raw)) == number


@pytest.mark.parametrize(
    ("changes", "raw", "at"),
    [
        ({}, "f140c3", 1),
        ({}, "404040", 2),
        ({}, "f1f203", 2),
        ({"sign": "leading-separate"}, "f1f1f2f3", 0),
        ({"sign": "leading-separate"}, "4ef1f240", 3),
        ({"ebcdic": False}, "31327a", 2),
    ],
)
def test_a_byte_that_is_no_digit_is_an_error_at_its_place(changes, raw, at):
    with pytest.raises(BadValueError) as raised:
        zoned(**changes).read(bytes.fromhex(raw))
    assert (raised.value.rule, raised.value.at) == ("zoned", at)


CODES = [
    SIGNED,
    Packed(digits=4, signed=True, plus="F"),
    zoned(),
    zoned(plus="F"),
    zoned(sign="leading"),
    zoned(sign="leading-separate"),
    zoned(sign="trailing-separate"),
    zoned(ebcdic=False),
    zoned(ebcdic=False, letters=True),
    zoned(ebcdic=False, sign="trailing-separate"),
    Binary(size=2, signed=True, order="big"),
    Binary(size=4, signed=True, order="little"),
]


@pytest.mark.parametrize("code", CODES, ids=str)
@given(number=st.integers(-999, 999))
def test_every_number_that_fits_comes_back(code, number):
    raw = code.write(number)
    assert len(raw) == code.size
    assert code.read(raw) == number


@pytest.mark.parametrize("code", CODES, ids=str)
@given(raw=st.binary(min_size=1, max_size=5))
def test_any_bytes_are_a_number_or_an_error(code, raw):
    raw = raw.ljust(code.size, b"\xf0")[: code.size]
    places, number = [], 0
    try:
        number = code.read(raw)
    except BadValueError as error:
        places.append(error.at)
    assert all(0 <= at < code.size for at in places)
    assert code.read(code.write(number)) == number


@pytest.mark.parametrize("code", CODES, ids=str)
def test_overflow_is_an_error(code):
    with pytest.raises(BadValueError, match=r"digits|bytes"):
        code.write(10**12)


@pytest.mark.parametrize(
    "code", [UNSIGNED, zoned(signed=False, plus="F"), Binary(size=2, signed=False, order="big")], ids=str
)
def test_a_negative_number_does_not_go_into_an_item_without_a_sign(code):
    with pytest.raises(BadValueError, match="without a sign"):
        code.write(-1)


def test_a_minus_in_an_unsigned_item_is_an_error():
    with pytest.raises(BadValueError, match="without a sign"):
        UNSIGNED.read(bytes.fromhex("00001d"))


@pytest.mark.parametrize(
    ("text", "decimals", "number"),
    [("12.5", 2, 1250), ("-0.05", 2, -5), ("0", 2, 0), ("007", 0, 7), ("1.500", 1, 15), ("-0", 0, 0)],
)
def test_decimal_texts_become_unscaled_numbers(text, decimals, number):
    assert unscaled(text, decimals) == number


@pytest.mark.parametrize("text", ["", "-", ".5", "1.", "1,000", "1e3", "+1", " 1", "１", "1.2.3", "--1"])
def test_what_is_no_plain_decimal_is_refused(text):
    with pytest.raises(BadValueError):
        unscaled(text, 2)


@given(number=st.integers(-(10**18), 10**18), decimals=st.integers(0, 6))
def test_a_scaled_number_comes_back(number, decimals):
    assert unscaled(scaled_text(number, decimals), decimals) == number


def test_a_binary_number_beyond_its_picture_is_an_overflow_both_ways():
    """12345 is 3039 in two bytes, and has five digits: PIC S9(4) COMP holds it nowhere."""
    code = Binary(size=2, signed=True, order="big", digits=4)
    assert code.write(9999) == bytes.fromhex("270f")
    for act in (
        lambda: code.write(12345),
        lambda: code.write(-10000),
        lambda: code.read(bytes.fromhex("3039")),
    ):
        with pytest.raises(BadValueError) as raised:
            act()
        assert raised.value.rule == "overflow"
    assert Binary(size=2, signed=True, order="big").read(bytes.fromhex("3039")) == 12345
