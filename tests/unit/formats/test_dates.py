"""Dates: eras begin on the days of the rescripts and cabinet orders that ``values.dates`` names; by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats.faults import BadValueError
from gateway.formats.values.dates import parse_form

ERA = parse_form("GYYMMDD", tuple("12345"))
LETTERS = parse_form("GYY.MM.DD", tuple("MTSHR"))
WESTERN = parse_form("YYYYMMDD", ())


@pytest.mark.parametrize(
    ("stored", "date"),
    [
        ("3600214", "1985-02-14"),
        ("3640107", "1989-01-07"),
        ("4010108", "1989-01-08"),
        ("4310430", "2019-04-30"),
        ("5010501", "2019-05-01"),
        ("3011225", "1926-12-25"),
        ("2151224", "1926-12-24"),
        ("1450729", "1912-07-29"),
        ("2010730", "1912-07-30"),
        ("3600200", "1985-02-00"),
        ("3600000", "1985-00-00"),
        ("3600229", "1985-02-29"),
    ],
)
def test_era_dates_have_their_western_form_both_ways(stored, date):
    assert ERA.read(stored) == date
    assert ERA.write(date) == stored


@pytest.mark.parametrize(
    ("stored", "date"),
    [
        ("1450730", "M45-07-30"),
        ("2151225", "T15-12-25"),
        ("3640000", "S64-00-00"),
        ("3640100", "S64-01-00"),
        ("4010000", "H01-00-00"),
        ("4400101", "H40-01-01"),
        ("3000000", "S00-00-00"),
    ],
)
def test_what_the_western_form_would_lose_keeps_its_era(stored, date):
    assert ERA.read(stored) == date
    assert ERA.write(date) == stored


@pytest.mark.parametrize(
    "stored", ["0000000", "9999999", "6010101", "3601301", "3600132", "36002 4", "3６００２１"]
)
def test_what_is_no_date_is_refused(stored):
    with pytest.raises(BadValueError):
        ERA.read(stored)


@pytest.mark.parametrize(
    "date", ["1989-01-00", "1989-00-00", "1850-01-01", "0000-00-00", "2118-05-01x", "9999-12-31"]
)
def test_a_western_date_without_a_certain_era_is_refused(date):
    with pytest.raises(BadValueError):
        ERA.write(date)


def test_an_era_date_does_not_go_into_a_western_item():
    with pytest.raises(BadValueError, match="no unambiguous western form"):
        WESTERN.write("M45-07-30")


@pytest.mark.parametrize("date", ["0000-00-00", "9999-99-99", "1964-00-00", "1999-02-30"])
def test_western_dates_of_no_calendar_are_carried_if_month_and_day_could_be(date):
    if date == "9999-99-99":
        with pytest.raises(BadValueError):
            WESTERN.write(date)
    else:
        assert WESTERN.read(WESTERN.write(date)) == date


def test_letters_and_separators_are_read_and_written():
    assert LETTERS.read("S60.02.14") == "1985-02-14"
    assert LETTERS.write("2026-11-23") == "R08.11.23"
    with pytest.raises(BadValueError, match="separator"):
        LETTERS.read("S60/02/14")


@given(
    era=st.sampled_from("12345"), year=st.integers(0, 99), month=st.integers(0, 12), day=st.integers(0, 31)
)
def test_every_era_date_comes_back_as_it_was(era, year, month, day):
    stored = f"{era}{year:02d}{month:02d}{day:02d}"
    assert ERA.write(ERA.read(stored)) == stored


@given(text=st.text(max_size=9))
def test_any_text_is_a_date_or_refused(text):
    try:
        date = ERA.read(text.ljust(7)[:7])
    except BadValueError:
        return
    assert ERA.write(date) == text.ljust(7)[:7]


@pytest.mark.parametrize("form", ["YYMMDD", "GYYMM", "GYYMMDDX", "GGYYMMDD", "YYYYMMDD"])
def test_a_form_that_does_not_fit_its_eras_is_refused(form):
    with pytest.raises(ValueError, match="a form has"):
        parse_form(form, tuple("12345"))
