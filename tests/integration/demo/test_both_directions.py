"""A demo route's own file up and down again: the same bytes, with all that makes a mainframe's file hard."""

import pytest

from gateway.demo import samples
from gateway.demo.play import sample_city
from gateway.demo.samples import Drawn
from gateway.formats import compile_conversion
from gateway.load import load
from gateway.model import Format

DRAWN = Drawn(serial=7, day="2027-01-04", records=60)


@pytest.fixture(scope="module")
def city():
    return load(sample_city())


def converters(city, route, from_format, to_format):
    """The route's conversion and its reverse, out of the same mapping."""
    there = city.converter(city.routes[route], from_format, to_format)
    source = city.form(city.routes[route], "from", from_format)
    target = city.form(city.routes[route], "to", to_format)
    mapping = city.conversions.library.mappings[city.routes[route].convert[0]]
    return there, compile_conversion(target, source, mapping)


PAID = bytes.fromhex("020270104F")
"""2027-01-04 as packed digits, as the tax host writes it."""

UNKNOWN_DAY = bytes.fromhex("020270100F")


def with_an_unknown_day(made):
    """The first payment that was made on the day was made on some day of that month."""
    assert PAID in made.sent
    sent = made.sent.replace(PAID, UNKNOWN_DAY, 1)
    return sent, made.expected.replace(b",2027-01-04,", b",2027-01-00,", 1)


def test_a_file_of_the_tax_host_is_byte_identical_after_both_directions(city, tmp_path):
    there, back = converters(city, "tax-host-to-shuno", Format.LEGACY, Format.STANDARD)
    sent, expected = with_an_unknown_day(samples.payments(DRAWN))
    (tmp_path / "sent").write_bytes(sent)
    there.convert(tmp_path / "sent", tmp_path / "arrived")
    assert (tmp_path / "arrived").read_bytes() == expected
    back.convert(tmp_path / "arrived", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == sent


def test_that_file_holds_user_defined_characters_and_negative_packed_amounts():
    """Otherwise the test above would show less than it says."""
    rows = [line.split(",") for line in samples.payments(DRAWN).expected.decode().splitlines()[1:]]
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("-") and cell[1:].isdigit() for cell in cells)
    assert any(ord(letter) > 0xFFFF or 0xE000 <= ord(letter) <= 0xF8FF for cell in cells for letter in cell)
