"""Dates that are not wholly known are put into words that can be read back, and no other words are interpreted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats.faults import BadValueError
from gateway.formats.mappings.datechanges import date_of_wording, wording_of
from gateway.formats.values.dates import canonical

WORDINGS = [
    ("1985-02-00", "昭和６０年２月頃"),
    ("1985-00-00", "昭和６０年頃"),
    ("2019-12-00", "令和元年１２月頃"),
    ("1989-00-00", "１９８９年頃"),
    ("S64-00-00", "昭和６４年頃"),
    ("M45-07-30", "明治４５年７月３０日"),
    ("0000-00-00", "不詳"),
    ("0000-03-14", "年不詳３月１４日頃"),
    ("1950-00-03", "昭和２５年月不詳３日頃"),
]


@pytest.mark.parametrize(("date", "wording"), WORDINGS)
def test_an_unknown_date_is_worded_so_that_it_can_be_read_back(date, wording):
    assert wording_of(date) == wording
    assert date_of_wording(wording) == date


@given(year=st.integers(0, 2100), month=st.integers(0, 12), day=st.integers(0, 31))
def test_every_date_is_worded_and_read_back(year, month, day):
    date = f"{year:04d}-{month:02d}-{day:02d}"
    assert date_of_wording(wording_of(date)) == date


@given(
    era=st.sampled_from("MTSHR"), year=st.integers(1, 99), month=st.integers(0, 12), day=st.integers(0, 31)
)
def test_every_date_of_an_era_is_worded_and_read_back(era, year, month, day):
    date = canonical("MTSHR".index(era), year, month, day)
    assert date_of_wording(wording_of(date)) == date


@pytest.mark.parametrize(
    "wording", ["令和○年頃", "昭和60年頃", "昭和１年頃", "元年頃", "昭和６０年２月", "", "１３月頃"]
)
def test_a_wording_of_another_form_is_never_interpreted(wording):
    with pytest.raises(BadValueError):
        date_of_wording(wording)
