"""Tables for spreadsheets: cells come back as they were, nothing is a formula, and only the owner reads the file."""

import csv
import io

import pytest
from openpyxl import load_workbook

from gateway.sheets import sheet, write_private

TITLES = {"day": "業務日", "route": "ルート", "count": "件数"}
ROWS = [{"day": "2027-01-04", "route": "juki", "count": 3}, {"route": "税", "count": None}]


def test_a_csv_file_opens_in_excel_as_japanese():
    content = sheet("csv", TITLES, ROWS, name="台帳")
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read == [["業務日", "ルート", "件数"], ["2027-01-04", "juki", "3"], ["", "税", ""]]


def test_an_xlsx_file_has_its_titles_frozen_filtered_and_numbers_as_numbers():
    page = load_workbook(io.BytesIO(sheet("xlsx", TITLES, ROWS, name="台帳")))["台帳"]
    values = [list(row) for row in page.iter_rows(values_only=True)]
    assert values == [["業務日", "ルート", "件数"], ["2027-01-04", "juki", 3], [None, "税", None]]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:C3")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text):
    rows = [{"route": text}]
    page = load_workbook(io.BytesIO(sheet("xlsx", TITLES, rows, name="t")))["t"]
    assert page["B2"].data_type == "s"
    read = list(csv.reader(io.StringIO(sheet("csv", TITLES, rows, name="t").decode("utf-8-sig"), newline="")))
    assert read[1][1] == f"'{text}"


def test_a_file_is_for_its_owner_alone_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
