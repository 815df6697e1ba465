"""Templates: what a source pattern matches and captures, and what a destination's name becomes."""

import unicodedata
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.naming import Companion, DestinationName, NameValues, SourcePattern, TemplateFault

ADMITTED = datetime(2027, 1, 1, 23, 59, 58, tzinfo=UTC)


def values(**changes):
    return NameValues(
        **{"date": date(2026, 12, 31), "time": ADMITTED, "name": "JUKI_1.dat", "seq": 7} | changes
    )


def test_a_file_of_yesterday_is_taken_today_with_its_own_date():
    found = SourcePattern.compile("out/JUKI_{date:%Y%m%d}_*.dat").match("out/JUKI_20261231_a.dat")
    assert found.date == date(2026, 12, 31)
    assert (found.name, found.stem, found.suffix) == ("JUKI_20261231_a.dat", "JUKI_20261231_a", ".dat")


def test_a_name_of_letters_and_marks_is_matched_as_it_reads_and_goes_out_in_one_piece():
    """A Mac writes ガ as two characters (NFD), which no host in CP932 could be sent."""
    name = unicodedata.normalize("NFD", "データ_20270104.dat")
    found = SourcePattern.compile("データ_{date:%Y%m%d}.dat").match(name)
    assert found.date == date(2027, 1, 4)
    assert found.name == name
    assert SourcePattern.compile(unicodedata.normalize("NFD", "ガ*")).match("ガ.csv")
    sent = DestinationName.compile("{stem}-{name}{suffix}").render(values(name=name))
    assert sent == "データ_20270104-データ_20270104.dat.dat"


def test_a_marker_is_spelt_as_the_file_beside_which_it_stands():
    name = unicodedata.normalize("NFD", "ガ.csv")
    assert Companion.compile("{stem}.done").of(f"in/{name}") == f"in/{name.removesuffix('.csv')}.done"


def test_a_kanji_that_reads_like_another_one_stays_itself_in_every_name():
    """CP932 has the old form of 神 (U+FA19) beside the usual one; NFC, alone, makes them one."""
    old, usual = b"\xfb\x7e.csv".decode("cp932"), "神.csv"
    assert unicodedata.normalize("NFC", old) == usual != old
    name = DestinationName.compile("out/{name}")
    assert name.render(values(name=old)) == f"out/{old}"
    assert SourcePattern.compile("神.csv").match(old) is None
    mixed = unicodedata.normalize("NFD", "ガ") + old
    assert name.render(values(name=mixed)) == f"out/ガ{old}"


def test_time_and_number_are_captured():
    found = SourcePattern.compile("D{date:%y%m%d}.T{time:%H%M}.S{seq:04}").match("D270104.T0630.S0012")
    assert (found.date, found.time, found.seq) == (date(2027, 1, 4), time(6, 30), 12)


def test_a_date_may_be_spread_over_folders():
    pattern = SourcePattern.compile("{date:%Y}/{date:%m%d}/*.csv")
    assert pattern.glob == "*/*/*.csv"
    assert pattern.match("2027/0104/a.csv").date == date(2027, 1, 4)


def test_a_key_that_stands_twice_must_say_the_same_twice():
    pattern = SourcePattern.compile("{date}/JUKI_{date}.dat")
    assert pattern.match("20270104/JUKI_20270104.dat").date == date(2027, 1, 4)
    assert pattern.match("20270104/JUKI_20270105.dat") is None


def test_a_day_of_the_year_is_a_date():
    assert SourcePattern.compile("{date:%Y%j}").match("2028366").date == date(2028, 12, 31)
    assert SourcePattern.compile("{date:%Y%j}").match("2027366") is None


@pytest.mark.parametrize(
    "path", ["D20270229", "D20271301", "D2027010", "D202701041", "x/D20270104", "D２０２７０１０４"]
)
def test_what_is_no_date_of_the_calendar_does_not_match(path):
    assert SourcePattern.compile("D{date:%Y%m%d}").match(path) is None


def test_a_star_stays_within_its_folder():
    pattern = SourcePattern.compile("out/*.csv")
    assert pattern.match("out/a.csv")
    assert pattern.match("out/b/a.csv") is None


@given(
    pattern=st.text(alphabet="ab*?.", min_size=1, max_size=12).filter(
        lambda text: "**" not in text and text.strip("./")
    ),
    name=st.text(alphabet="ab.", min_size=1, max_size=16),
)
def test_stars_match_as_in_a_shell(pattern, name):
    try:
        compiled = SourcePattern.compile(pattern)
    except TemplateFault:
        assert set(pattern.replace("?", "x").replace("*", "x")) <= {"."}
        return
    assert (compiled.match(name) is not None) == fnmatchcase(name, pattern)


@given(
    when=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
    number=st.integers(0, 999_999),
)
def test_what_a_name_says_is_read_back_from_it(when, number):
    text = "RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}.S{seq:06}"
    name = DestinationName.compile(text).render(values(date=when.date(), time=when, seq=number))
    found = SourcePattern.compile(text).match(name)
    assert (found.date, found.time, found.seq) == (when.date(), when.time().replace(microsecond=0), number)


def test_a_long_pattern_of_stars_is_matched_in_no_time():
    pattern = SourcePattern.compile("*a" * 40 + "*b")
    assert pattern.match("a" * 900 + "c") is None


def test_a_destination_carries_the_business_date_and_the_admission_time():
    name = DestinationName.compile("RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}")
    assert name.render(values()) == "RENKEI.JUKI.D261231.T235958"


def test_a_destination_may_take_the_source_name_apart():
    name = DestinationName.compile("in/{stem}{revision}{suffix}")
    assert name.render(values()) == "in/JUKI_1.dat"
    assert name.render(values(revision=3)) == "in/JUKI_1-r3.dat"


def test_a_taken_name_gives_the_next_free_second():
    name = DestinationName.compile("T{time:%H%M%S}")
    assert list(islice(name.candidates(values()), 3)) == ["T235958", "T235959", "T000000"]


def test_a_taken_name_of_minutes_gives_the_next_minute():
    name = DestinationName.compile("T{time:%H%M}")
    assert list(islice(name.candidates(values()), 2)) == ["T2359", "T0000"]


def test_a_taken_name_with_a_number_gives_the_next_number_while_there_is_room():
    name = DestinationName.compile("S{seq:02}")
    assert list(name.candidates(values(seq=98))) == ["S98", "S99"]


def test_a_taken_name_without_either_gives_no_other():
    assert list(DestinationName.compile("{name}").candidates(values())) == ["JUKI_1.dat"]


def test_a_number_that_has_outgrown_its_digits_is_refused_and_not_cut():
    with pytest.raises(TemplateFault, match="no room for number 100"):
        DestinationName.compile("{seq:02}").render(values(seq=100))


def test_a_name_knows_what_it_depends_on():
    name = DestinationName.compile("a/{seq:06}.csv")
    assert name.uses("seq")
    assert not name.uses("time")
    assert not name.constant
    assert DestinationName.compile("a/b.csv").constant


def test_a_marker_stands_beside_its_file():
    assert Companion.compile("{name}.done").of("juki/out/a.csv") == "juki/out/a.csv.done"
    assert Companion.compile("{stem}.end").of("a.csv") == "a.end"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{dat}", "has an unknown key {dat}; did you mean {date}?"),
        ("{name}", "cannot use {name}; known here: {date} {seq} {time}"),
        ("a{", "has a single {; braces stand in pairs around a key, such as {date:%Y%m%d}"),
        ("{date:%q}", "has %q in {date}; known there: %Y %y %m %d %j"),
        (
            "{date:%Y%m}",
            "captures no whole date; write year, month and day, such as {date:%Y%m%d}, or * instead",
        ),
        ("{time:%H}", "captures no whole time; write hour and minute, such as {time:%H%M%S}, or * instead"),
        ("{date:%Y/%m/%d}", "has a / inside braces; write {date:%Y}/{date:%m%d}, one for each folder"),
        ("{date:YYYYMMDD}", "has {date:YYYYMMDD} without any %; write {date:%Y%m%d}"),
        ("{seq:x}", "has {seq:x}; after seq: stands a number of digits up to 18, such as {seq:06}"),
        ("a/**/b", "has **; write the folders one by one, * matches within one"),
        (
            "../a",
            "cannot be used: an empty, '.' or '..' segment; write a path relative to the endpoint's root",
        ),
        ("/a", "cannot be used: an empty, '.' or '..' segment; write a path relative to the endpoint's root"),
        (".lgw-*", "begins as the names of unfinished files do; write another name"),
    ],
)
def test_a_source_pattern_that_cannot_be_used_says_what_to_write(text, message):
    with pytest.raises(TemplateFault) as fault:
        SourcePattern.compile(text)
    assert str(fault.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a*.csv", "has *, which matches and cannot be written; use {name} or {seq}"),
        ("{names}", "has an unknown key {names}; did you mean {name}?"),
        ("{name:x}", "has {name:x}; write {name} alone"),
        ("a\\b", "cannot be used: a backslash in the name; write a path relative to the endpoint's root"),
    ],
)
def test_a_destination_that_cannot_be_used_says_what_to_write(text, message):
    with pytest.raises(TemplateFault) as fault:
        DestinationName.compile(text)
    assert str(fault.value) == message


def test_a_marker_of_one_name_for_all_files_is_refused():
    with pytest.raises(TemplateFault, match="the same for every file"):
        Companion.compile("done")
