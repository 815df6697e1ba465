"""Codes that one system alone knows are found in any character code, and none is seen where there is none."""

import pytest

from gateway.formats import CharacterTable, CsvProfile, Form, Layout, private_use

# a user-defined code as the vendors' manuals place it, and a kanji beside it, in one text item
CODES = {
    "cp932": (b"\xf0\x40", "山田".encode("cp932")),
    "euc-jp": (b"\xf5\xa1", "山田".encode("euc-jp")),
    "ibm930": (b"\x0e\x69\x41\x0f", b"\x0e\x45\x62\x0f"),
    "ibm1399": (b"\x0e\x69\x41\x0f", b"\x0e\x45\x62\x0f"),
    "jef": (b"\x28\x80\xa1\x29", b"\x28\xbb\xb3\x29"),
    "utf-8": ("\ue000".encode(), "山田".encode()),
    "utf-16-be": ("\ue000".encode("utf-16-be"), "山田".encode("utf-16-be")),
}
BLANK = {"ibm930": b"\x40", "ibm1399": b"\x40", "jef": b"\x40", "utf-16-be": b"\x00\x20"}


def layout(encoding, width="mixed"):
    items = [
        {"name": "数", "type": "packed", "digits": 5},
        {"name": "氏名", "type": "text", "length": 12, "width": width},
    ]
    return Layout.model_validate(
        {"name": "x", "records": "fixed", "length": 15, "encoding": encoding, "items": items}
    )


def record(encoding, text):
    blank = BLANK.get(encoding, b" ")
    return b"\x69\xf0\x0e" + text + blank * ((12 - len(text)) // len(blank))


@pytest.mark.parametrize("encoding", CODES)
def test_the_first_record_and_item_with_a_code_of_the_users_is_told(tmp_path, encoding):
    private, known = CODES[encoding]
    path = tmp_path / "file"
    path.write_bytes(record(encoding, known) * 3)
    form = Form(layout=layout(encoding))
    assert private_use(form, path) is None
    path.write_bytes(record(encoding, known) * 2 + record(encoding, known + private))
    found = private_use(form, path)
    assert (found.record, found.item) == (3, "氏名")


def test_full_width_items_have_no_shifts_to_go_by(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\x00\x01\x2c" + b"\x45\x62" * 5 + b"\x69\x41")
    assert private_use(Form(layout=layout("ibm930", "full")), path).record == 1


def test_low_values_in_text_are_no_such_codes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\x00\x01\x2c" + b"\x00" * 12)
    assert private_use(Form(layout=layout("cp932")), path) is None


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_a_line_of_a_csv_with_such_a_code_is_told(tmp_path, encoding):
    csv = Layout.model_validate(
        {
            "name": "c",
            "records": "csv",
            "items": [{"id": "00100001", "name": "氏名", "type": "N", "length": 9}],
        }
    )
    path = tmp_path / "file"
    path.write_bytes("氏名\n山田\n".encode(encoding) + "\ue000\n".encode(encoding))
    form = Form(layout=csv, profile=CsvProfile(encoding=encoding))
    assert private_use(form, path).record == 3


def test_a_table_that_knows_the_code_changes_nothing_of_what_it_is(tmp_path):
    table = "# version: 1\n# approved by: 市\ncode,unicode\nF040,U+20BB7\n"
    form = Form(layout=layout("cp932"), tables=(CharacterTable.parse(table, source="t.csv"),))
    path = tmp_path / "file"
    path.write_bytes(record("cp932", b"\xf0\x41"))
    assert private_use(form, path).record == 1
