"""A long file in parts: the records as they were, what stands around them told anew. Read here without the engine."""

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, CsvProfile, Form, Layout
from gateway.formats.parts import Limit, NoRoom, extract, split

AROUND = {
    "name": "around",
    "records": "fixed",
    "length": 16,
    "encoding": "cp932",
    "kind": {"at": 1, "length": 1, "data": "2"},
    "header": {
        "kind": "1",
        "items": [
            {"name": "k", "type": "text", "length": 1, "default": "1"},
            {"name": "made", "type": "date", "form": "YYYYMMDD"},
            {"type": "filler", "length": 7},
        ],
    },
    "items": [
        {"name": "k", "type": "text", "length": 1, "default": "2"},
        {"name": "id", "type": "text", "length": 10, "width": "half"},
        {"name": "yen", "type": "zoned", "digits": 5},
    ],
    "trailer": {
        "kind": "8",
        "items": [
            {"name": "k", "type": "text", "length": 1, "default": "8"},
            {"name": "n", "type": "zoned", "digits": 5, "counts": "records"},
            {"name": "sum", "type": "zoned", "digits": 10, "totals": "yen"},
        ],
    },
}
LINES = {
    "name": "lines",
    "records": "line",
    "length": 4,
    "encoding": "cp932",
    "items": [{"name": "a", "type": "text", "length": 4, "width": "half"}],
}
WORDS = {**LINES, "name": "words", "records": "rdw", "length": 4}
TABLE = {
    "name": "table",
    "records": "csv",
    "items": [
        {"id": "00100001", "name": "番号", "type": "X", "length": 9},
        {"name": "氏名", "type": "N", "length": 9},
    ],
}


def form(layout, **profile):
    compiled, faults = Form(
        layout=Layout(**layout), profile=CsvProfile(**profile) if profile else None
    ).compiled()
    assert not faults
    return compiled


def parts(tmp_path, layout, content, limit):
    source = tmp_path / "whole"
    source.write_bytes(content)
    counts = split(layout, source, limit, lambda number: tmp_path / f"part.{number}")
    written = [tmp_path / f"part.{number}" for number in range(1, len(counts) + 1)]
    assert not (tmp_path / f"part.{len(counts) + 1}").exists()
    assert {path.stat().st_mode & 0o777 for path in written} <= {0o600}
    return counts, [path.read_bytes() for path in written]


def around(amounts):
    data = [b"2%010d%05d" % (number, yen) for number, yen in enumerate(amounts)]
    return b"120270104".ljust(16) + b"".join(data) + b"8%05d%010d" % (len(amounts), sum(amounts))


def taken_apart(part):
    """Header, data records and trailer of a part, by hand."""
    records = [part[at : at + 16] for at in range(0, len(part), 16)]
    return records[0], records[1:-1], records[-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 99999), min_size=1, max_size=30), st.integers(1, 12))
def test_each_part_has_the_header_and_a_trailer_of_its_own_records(tmp_path_factory, amounts, most):
    whole = around(amounts)
    counts, written = parts(tmp_path_factory.mktemp("p"), form(AROUND), whole, Limit(records=most))
    data = []
    for count, part in zip(counts, written, strict=True):
        header, records, trailer = taken_apart(part)
        assert header == whole[:16]
        assert len(records) == count <= most
        yen = sum(int(record[11:]) for record in records)
        assert trailer == b"8%05d%010d" % (count, yen)
        data += records
    assert data == taken_apart(whole)[1]
    assert all(count == most for count in counts[:-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 99999), min_size=1, max_size=30), st.integers(48, 400))
def test_no_part_has_more_bytes_than_allowed_and_none_could_have_taken_one_more(
    tmp_path_factory, amounts, most
):
    _, written = parts(tmp_path_factory.mktemp("p"), form(AROUND), around(amounts), Limit(bytes=most))
    assert all(len(part) <= most for part in written)
    assert all(len(part) + 16 > most for part in written[:-1])
    assert b"".join(b"".join(taken_apart(part)[1]) for part in written) == around(amounts)[16:-16]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.sampled_from('あい",\nx'), max_size=5), min_size=1, max_size=12),
    st.integers(1, 5),
    st.sampled_from(["all", "minimal"]),
)
def test_parts_of_a_table_have_its_header_line_and_all_its_rows(tmp_path_factory, names, most, quoting):
    rows = [[str(number), name] for number, name in enumerate(names)]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoting == "all" else csv.QUOTE_MINIMAL)
    writer.writerows([["番号", "氏名"], *rows])
    layout = form(TABLE, line_end="crlf", quoting=quoting)
    counts, written = parts(
        tmp_path_factory.mktemp("p"), layout, text.getvalue().encode(), Limit(records=most)
    )
    read = [list(csv.reader(io.StringIO(part.decode(), newline=""))) for part in written]
    assert [one[0] for one in read] == [["番号", "氏名"]] * len(counts)
    assert [row for one in read for row in one[1:]] == rows


@pytest.mark.parametrize(
    ("layout", "content", "expected"),
    [
        (LINES, b"aaaa\r\nbbbb\r\ncccc\r\n", [b"aaaa\r\nbbbb\r\n", b"cccc\r\n"]),
        (WORDS, b"\x00\x08\x00\x00aaaa\x00\x08\x00\x00bbbb", [b"\x00\x08\x00\x00aaaa\x00\x08\x00\x00bbbb"]),
    ],
)
def test_records_keep_their_line_ends_and_length_words(tmp_path, layout, content, expected):
    assert parts(tmp_path, form(layout), content, Limit(records=2))[1] == expected


def test_packed_files_are_split_by_what_is_in_them(tmp_path):
    layout = form(TABLE, compression="gzip", line_end="lf")
    whole = "番号,氏名\n1,あ\n2,い\n3,う\n".encode()
    _, written = parts(tmp_path, layout, gzip.compress(whole), Limit(records=2))
    assert [gzip.decompress(part).decode().splitlines()[1:] for part in written] == [
        ["1,あ", "2,い"],
        ["3,う"],
    ]


def test_a_record_that_is_too_long_by_itself_is_named_and_not_shown(tmp_path):
    with pytest.raises(NoRoom, match="record 2") as refused:
        parts(tmp_path, form(AROUND), around([7]), Limit(bytes=40))
    assert "0000000000" not in str(refused.value)


def test_a_file_that_is_cut_is_not_split(tmp_path):
    with pytest.raises(BadRecords):
        parts(tmp_path, form(AROUND), around([1, 2, 3])[:-3], Limit(records=2))


def test_some_records_of_a_file_make_a_file_of_their_own(tmp_path):
    source, target = tmp_path / "whole", tmp_path / "some"
    source.write_bytes(around([10, 20, 30]))
    assert extract(form(AROUND), source, target, lambda frame: frame.number in {2, 4}) == 2
    header, records, trailer = taken_apart(target.read_bytes())
    assert (header, trailer) == (around([])[:16], b"8%05d%010d" % (2, 40))
    assert [record[11:] for record in records] == [b"00010", b"00030"]


@pytest.mark.parametrize(
    ("limit", "records", "size", "exceeded"),
    [
        (Limit(records=2), 2, 99, False),
        (Limit(records=2), 3, 1, True),
        (Limit(records=2), None, 1, True),
        (Limit(bytes=10), 99, 10, False),
        (Limit(bytes=10), 1, 11, True),
        (Limit(), 99, 99, False),
    ],
)
def test_a_limit_says_which_files_are_too_long(limit, records, size, exceeded):
    assert limit.exceeded_by(records=records, size=size) is exceeded
