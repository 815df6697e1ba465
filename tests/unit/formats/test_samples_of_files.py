"""Which codes of a sample are in no table."""

import json

import pytest
import samples
from click.testing import CliRunner

from gateway.cli import main
from gateway.formats import Form, Layout, OutsideCode, look_outside

ITEMS = [
    {"name": "種別", "type": "text", "length": 1, "width": "half"},
    {"name": "氏名", "type": "text", "length": 10, "meanings": {"low": ""}},
    {"name": "額", "type": "packed", "digits": 5},
]
NUMBER = "12345f"


def sample(folder, *records):
    (folder / "sample.dat").write_bytes(b"".join(bytes.fromhex(record) for record in records))
    return folder / "sample.dat"


def looked(path, **changes):
    text = {"name": "l", "records": "fixed", "length": 14, "encoding": "jef", "items": ITEMS} | changes
    return look_outside(Form(layout=Layout.model_validate(text), tables=(samples.gaiji(),)), path)


def test_codes_outside_the_tables_are_said_with_count_first_record_and_item(tmp_path):
    path = sample(
        tmp_path,
        f"c1 28b0a180a129 40404040 {NUMBER}",  # 80A1 is in the table
        f"c1 2880a380a329 40404040 {NUMBER}",
        f"00 2880a380fe29 40404040 {NUMBER}",
        f"c1 00000000000000000000 {NUMBER}",  # low values have a declared meaning
    )
    found = looked(path)
    assert (found.records, found.unreadable) == (4, 0)
    assert found.outside == (
        OutsideCode(code="80A3", count=3, record=2, item="氏名"),
        OutsideCode(code="00", count=1, record=3, item="種別"),
        OutsideCode(code="80FE", count=1, record=3, item="氏名"),
    )


def test_what_is_wrong_otherwise_is_counted_and_bytes_of_numbers_are_no_codes(tmp_path):
    path = sample(tmp_path, f"c1 28b0a1b0a1b0a1b0a140 {NUMBER}", "c1 4040404040404040404000ffff", "c1")
    assert (looked(path).unreadable, looked(path).outside) == (2, ())


@pytest.mark.parametrize(
    ("encoding", "record", "code"),
    [("utf-8", "見\ue000".encode(), "EE8080"), ("utf-16-be", "\ue000".encode("utf-16-be"), "E000"),
     ("cp932", b"\xf0\x40", "F040"), ("jis", b"\x1b$B~~\x1b(B", "7E7E"), ("ibm930", b"\x0e\x69\x41\x0f", "6941")],
)  # fmt: skip
def test_every_encoding_says_its_own_code(tmp_path, encoding, record, code):
    blank = {"utf-16-be": b"\0 ", "ibm930": b"\x40"}.get(encoding, b" ")
    (tmp_path / "s").write_bytes(record + blank * ((12 - len(record)) // len(blank)))
    items = [{"name": "氏名", "type": "text", "length": 12}]
    layout = Layout.model_validate({"records": "fixed", "length": 12, "encoding": encoding, "items": items})
    assert [one.code for one in look_outside(Form(layout=layout), tmp_path / "s").outside] == [code]


def city(folder):
    (folder / "layouts").mkdir()
    text = {"records": "fixed", "length": 14, "encoding": "jef", "items": ITEMS}
    (folder / "layouts/master.yaml").write_text(json.dumps(text), encoding="utf-8")
    csv = {"records": "csv", "items": [{"name": "a", "type": "X", "length": 1}]}
    (folder / "layouts/standard.yaml").write_text(json.dumps(csv), encoding="utf-8")
    return folder


def run(folder, *words):
    return CliRunner().invoke(main, ["--config", str(folder), "check", *words])


def test_check_says_what_a_sample_needs_and_shows_no_value(tmp_path):
    path = sample(tmp_path, f"c1 28b0a180a329 40404040 {NUMBER}")
    done = run(city(tmp_path), "--sample", str(path), "--layout", "master")
    assert done.exit_code == 1
    assert "80A3  1      1             氏名" in done.output
    assert "1 codes outside the tables" in done.output
    assert "亜" not in done.output
    assert "B0A1" not in done.output


def test_check_says_it_as_json_and_with_exit_0_where_nothing_is_missing(tmp_path):
    path = sample(tmp_path, f"c1 28b0a129 4040404040 40 {NUMBER}")
    done = run(city(tmp_path), "--sample", str(path), "--layout", "master", "--json")
    assert (done.exit_code, json.loads(done.output)["outside"]) == (0, [])


@pytest.mark.parametrize("words", [["--layout", "master"], ["--layout", "mastre"], ["--layout", "standard"]])
def test_a_sample_without_its_legacy_layout_is_wrong_use(tmp_path, words):
    path = sample(tmp_path, f"c1 28b0a129 4040404040 40 {NUMBER}")
    sampled = [] if words[1] == "master" else ["--sample", str(path)]
    assert run(city(tmp_path), *words, *sampled).exit_code == 2
