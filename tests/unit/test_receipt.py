"""What a consumer's receipt says it took."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.evidence.receipt import count_of
from gateway.evidence.taking import receipt_path


@pytest.mark.parametrize(
    ("content", "item", "count"),
    [
        (b'{"count": 12}', "count", 12),
        (b'{"count": "1,234"}', "count", 1234),
        ("日付,件数\n20270104,12\n".encode(), "件数", 12),
        ("日付,件数\r\n20270104,12\r\n".encode("cp932"), "件数", 12),
        (b"\xef\xbb\xbf" + "件数：12\n".encode(), "件数", 12),
        (b"file=a.dat\ncount = 12\n", "count", 12),
        (b" 12\n", None, 12),
        (b"12 records", None, None),
        (b'{"other": 12}', "count", None),
        (b'{"count": -1}', "count", None),
        (b"count=many", "count", None),
        (b"", "count", None),
        (b"", None, None),
        (b"[1, 2]", "count", None),
    ],
)
def test_the_number_under_an_item_is_found_in_json_csv_and_lines(content, item, count):
    assert count_of(content, item) == count


@given(st.integers(0, 10**9), st.sampled_from(["count", "件数", "records"]))
def test_every_count_comes_back_from_every_form(number, item):
    forms = (
        json.dumps({item: number}),
        json.dumps({item: f"{number:,}"}),
        f"x,{item}\n1,{number}\n",
        f"{item}={number}\n",
    )
    assert {count_of(form.encode(), item) for form in forms} == {number}


@given(st.binary(max_size=200), st.none() | st.text(max_size=5))
def test_no_receipt_whatever_it_holds_breaks_the_look(content, item):
    count = count_of(content, item)
    assert count is None or count >= 0


@pytest.mark.parametrize(
    ("template", "path"),
    [("{name}.ok", "in/a.dat.ok"), ("{stem}.rcv", "in/a.rcv"), ("receipts/{name}", "receipts/a.dat")],
)
def test_a_receipt_is_beside_its_file_or_in_a_folder_of_its_own(template, path):
    assert receipt_path(template, "in/a.dat") == path
