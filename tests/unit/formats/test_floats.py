import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats.faults import BadValueError
from gateway.formats.values.fields import Losses
from gateway.formats.values.floats import FloatField


def field(size, *, ieee=False):
    return FloatField(size=size, ieee=ieee, blank=b"\x40")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("c276a000", "-118.625"),  # worked example of the article on IBM hexadecimal floating-point
        ("41100000", "1"),
        ("40800000", "0.5"),
        ("00000000", "0"),
        ("42640000", "100"),
        ("4110000000000000", "1"),
    ],
)
def test_ibm_floats_read_and_written_as_worked_out_by_hand(raw, text):
    number = field(len(raw) // 2)
    assert number.read(bytes.fromhex(raw), Losses()) == text
    assert number.write(text, Losses()).hex() == raw


@given(value=st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_any_single_ieee_float_comes_back(value):
    raw = struct.pack(">f", value)
    text = field(4, ieee=True).read(raw, Losses())
    assert struct.unpack(">f", field(4, ieee=True).write(text, Losses()))[0] == value


@given(raw=st.binary(min_size=8, max_size=8))
def test_any_ibm_float_reads_as_a_number_that_reads_back_equal(raw):
    number = field(8)
    text = number.read(raw, Losses())
    try:
        again = number.write(text, Losses())
    except BadValueError:
        return
    assert number.read(again, Losses()) == text


@pytest.mark.parametrize("text", ["0.1", "1e3", "", "abc", "9" * 100])
def test_what_cannot_be_stored_exactly_is_refused(text):
    with pytest.raises(BadValueError):
        field(4).write(text, Losses())


def test_infinity_is_refused():
    with pytest.raises(BadValueError, match="infinite"):
        field(4, ieee=True).read(struct.pack(">f", float("inf")), Losses())
