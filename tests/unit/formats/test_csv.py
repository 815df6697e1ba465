import csv
import io

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats import CsvProfile, Layout
from gateway.formats.faults import BadValueError, FaultList
from gateway.formats.standardized.delimited import CsvRecords, join_cells, split_line
from gateway.formats.values.fields import Losses

LAYOUT = Layout.model_validate(
    {
        "name": "l",
        "records": "csv",
        "items": [
            {"name": "a", "type": "X", "length": 9, "id": "00000001"},
            {"name": "b", "type": "N", "length": 9},
        ],
    }
)


def read(content, **profile):
    """Values of the good records, rules of the bad ones."""
    records = CsvRecords(layout=LAYOUT, profile=CsvProfile.model_validate(profile))
    faults = FaultList()
    frames = list(records.frames(io.BytesIO(content), faults))
    values = [records.read(frame, faults, Losses()) for frame in frames]
    return values, faults


def rules(faults):
    with pytest.raises(Exception, match="fault") as raised:
        faults.raise_if_any()
    return [(bad.record, bad.rule, bad.offset) for bad in raised.value.report.records]


CELLS = st.lists(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=9), min_size=2
)


@given(cells=CELLS, quote_all=st.booleans())
def test_a_line_is_written_so_that_python_reads_the_same_cells(cells, quote_all):
    line = join_cells(cells, quote_all=quote_all)
    assert next(csv.reader(io.StringIO(line + "\n", newline=""), strict=True)) == cells


@given(cells=CELLS, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_line_that_python_wrote_is_read_as_the_same_cells(cells, quoting):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="").writerow(cells)
    assert split_line(out.getvalue()) == cells


@pytest.mark.parametrize("line", ['a"b,c', '"a"b,c', '"a', 'a,"b"c"', '"a","b'])
def test_a_quote_out_of_place_is_refused(line):
    with pytest.raises(BadValueError):
        split_line(line)


def test_a_line_end_inside_quotes_belongs_to_the_value():
    values, faults = read(b'a,b\n1,"\xe4\xba\x9c"\n', header="names")
    assert (values, faults.total) == ([["1", "亜"]], 0)
    values, faults = read('a,b\n"1\n2",亜\n3,亜\n'.encode())
    assert values == [None, ["3", "亜"]]
    assert rules(faults) == [(1, "characters", 4)]


@pytest.mark.parametrize(
    ("content", "profile", "expected"),
    [
        (b"a,b\n1,\n2,", {}, (2, "truncated", 9)),
        (b"a,b\r\n1,\r\n2,\n", {"line_end": "crlf"}, (2, "line-end", 9)),
        (b"a,b\r\n1,\r\n", {}, (0, "line-end", 0)),
        (b"a,c\n1,\n", {}, (0, "header", 0)),
        (b"1,\n", {}, (0, "header", 0)),
        (b"", {}, (0, "header", 0)),
        (b"\xef\xbb\xbfa,b\n", {}, (0, "bom", 0)),
        (b"a,b\n", {"bom": True}, (0, "bom", 0)),
        (b"a,b\n\x81,\n", {}, (1, "encoding", 4)),
        (b'a,b\n1,"x\n2,\n', {}, (1, "quotes", 4)),
        (b"a,b\n1\n", {}, (1, "columns", 4)),
        (b"a,b\n1,\xef\xbd\xb1\n", {}, (1, "characters", 4)),
        (b"a,b\n1,\n\n", {}, (2, "columns", 7)),
    ],
)
def test_a_file_that_does_not_fit_its_profile_is_refused_with_the_place(content, profile, expected):
    _, faults = read(content, **profile)
    assert expected in rules(faults)


@pytest.mark.parametrize(
    ("profile", "content"),
    [
        ({}, "a,b\n1,亜\n".encode()),
        ({"bom": True, "line_end": "crlf"}, b"\xef\xbb\xbfa,b\r\n1,\xe4\xba\x9c\r\n"),
        ({"header": False}, "1,亜\n".encode()),
        ({"quoting": "all"}, '"a","b"\n"1","亜"\n'.encode()),
        ({"encoding": "cp932"}, "a,b\n1,亜\n".encode("cp932")),
    ],
)
def test_each_profile_is_written_and_read_back(profile, content):
    records = CsvRecords(layout=LAYOUT, profile=CsvProfile.model_validate(profile))
    assert (records.writer().open() + records.writer().put(["1", "亜"], Losses())[0]) == content
    assert read(content, **profile)[0] == [["1", "亜"]]


def test_ids_may_stand_in_the_header_line():
    layout = samples.standard(items=samples.STANDARD_ITEMS[:5])
    records = CsvRecords(layout=layout, profile=CsvProfile(header="ids"))
    assert records.head() == b"03100001,03100003,03100008,03100011,03100012\n"


def test_an_empty_file_may_stand_for_no_records():
    _, faults = read(b"", no_records="empty")
    assert faults.total == 0
    assert CsvRecords(layout=LAYOUT, profile=CsvProfile(no_records="empty")).writer().close() == b""


def test_a_quote_that_is_never_closed_does_not_swallow_memory():
    _, faults = read(b'a,b\n"' + b"x\n" * 600_000)
    assert (1, "quotes", 4) in rules(faults)


@pytest.mark.parametrize(
    ("kind", "text", "good"),
    [
        ("YEAR", "2026", True),
        ("YEAR", "26", False),
        ("TIME", "23:59:59", True),
        ("TIME", "24:00:00", False),
        ("DATE", "0000-01-01", True),
        ("DATE", "9999-12-31", True),
        ("DATE", "2026-1-1", False),
    ],
)
def test_each_type_allows_what_the_published_list_says(kind, text, good):
    layout = Layout.model_validate({"records": "csv", "items": [{"name": "a", "type": kind}]})
    field = CsvRecords(layout=layout, profile=CsvProfile()).fields[0]
    if good:
        assert field.read(text) == field.write(text) == text
    else:
        with pytest.raises(BadValueError):
            field.read(text)


def test_lengths_are_counted_by_the_declared_rule():
    items = [{"name": "a", "type": "N", "length": 1}]
    for rule, good in (("code-points", False), ("base-characters", True)):
        layout = Layout.model_validate({"records": "csv", "items": items, "length_counts": rule})
        field = CsvRecords(layout=layout, profile=CsvProfile()).fields[0]
        if good:
            assert field.read("辻\U000e0101") == "辻\U000e0101"
        else:
            with pytest.raises(BadValueError):
                field.read("辻\U000e0101")
