"""The bad data loop: a file is held, staff correct its bad items in a sheet, and it goes on in its name and order."""

import csv
import hashlib
import io
import json
import sqlite3
from contextlib import closing

import pytest
from openpyxl import load_workbook

from gateway.evidence.correcting import Correction, go_on_corrected
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

GOOD = record("00001", "山田太郎", b"00012")
BAD = (
    record("00002", "鈴木花子", b"0X034")
    + record("00003", "佐藤次郎", b"00056")
    + record("00004", "高橋", b"ABCDE")
)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


async def held(town, content=GOOD + BAD):
    (town.here / "a.dat").write_bytes(content)
    (one,) = (await town.once()).transfers
    return one


def filled(path, *values):
    """Fill in the corrected values (訂正値) as a person would, in either kind of sheet."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        for row, value in enumerate(values, start=2):
            book.worksheets[0].cell(row=row, column=9).value = value
        book.save(path)
        return
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    for row, value in zip(rows[1:], values, strict=False):
        row[8] = value
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def sheet(town, transfer, name):
    path = town.root / name
    made = ran(town, "sheet", transfer.id, "--out", str(path), "--json")
    assert made.returncode == 0, made.stderr
    return path, json.loads(made.stdout)["items"]


def correct(town, transfer, path):
    return ran(town, "release", transfer.id, "--corrected", str(path), "--reason", "原票で確認", "--json")


@pytest.mark.parametrize("name", ["bad.xlsx", "bad.csv"])
async def test_corrected_items_go_on_with_their_file_and_the_rest_keeps_its_bytes(town, name):
    one = await held(town)
    path, items = sheet(town, one, name)
    assert items == 2
    assert path.stat().st_mode & 0o777 == 0o600
    filled(path, "34", "78")
    done = correct(town, one, path)
    assert done.returncode == 0, done.stderr
    await town.once()
    assert town.arrived()["0001.csv"].decode() == (
        "番号,氏名,金額\n00001,山田太郎,12\n00002,鈴木花子,34\n00003,佐藤次郎,56\n00004,高橋,78\n"
    )
    async with town.gateway() as gateway:
        settled = await gateway.journal.find(one.id)
        original = b"".join(
            [chunk async for chunk in gateway._journeys["r"].kept["originals"].open(one.sha256)]
        )
        sums = await gateway.journal.ledger.sums(one.business_date, one.business_date)
    assert original == GOOD + BAD
    expected = GOOD + BAD.replace(b"0X034", b"00034").replace(b"ABCDE", b"00078")
    assert settled.sha256 == hashlib.sha256(expected).hexdigest()
    assert [(summed.records, summed.sent) for summed in sums] == [(4, 4)]


async def test_who_corrected_how_many_items_is_audited_and_no_value_is(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.xlsx")
    filled(path, "34", "78")
    correct(town, one, path)
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        rows = journal.execute("SELECT act, reason, detail FROM audit ORDER BY number").fetchall()
    assert [(act, reason) for act, reason, _ in rows] == [
        ("correct", "原票で確認"),
        ("release", "原票で確認"),
    ]
    assert json.loads(rows[0][2])["items"] == 2
    assert "78" not in {json.loads(rows[0][2])[key] for key in ("original", "corrected")}


async def test_a_correction_that_was_cut_short_leaves_the_original_to_a_plain_release(town, monkeypatch):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    filled(path, "34", "78")

    async def cut(*_):
        raise ConnectionResetError

    async with town.gateway() as gateway:
        monkeypatch.setattr(gateway.journal, "corrected", cut)
        by = Correction(file=path, who="tanaka", reason="原票で確認")
        with pytest.raises(ConnectionResetError):
            await go_on_corrected(gateway.city, gateway.journal, one, by)
    assert ran(town, "release", one.id, "--reason", "もう一度").returncode == 0
    (again,) = (await town.once()).transfers
    assert (again.reason, again.sha256) == ("bad_records", one.sha256)
    assert (town.root / "state/spool" / one.id / "original").read_bytes() == GOOD + BAD
    assert town.arrived() == {}


async def test_a_correction_in_part_holds_the_file_again_for_the_rest(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.xlsx")
    filled(path, "34")
    assert correct(town, one, path).returncode == 0
    (again,) = (await town.once()).transfers
    assert (again.id, again.reason) == (one.id, "bad_records")
    assert "record 4" in again.message
    path, items = sheet(town, again, "rest.xlsx")
    assert items == 1
    filled(path, "78")
    correct(town, again, path)
    await town.once()
    assert len(town.arrived()) == 1


@pytest.mark.parametrize("value", ["many", "123456"])
async def test_a_value_that_the_item_cannot_hold_is_refused_without_being_shown(town, value):
    one = await held(town)
    path, _ = sheet(town, one, "bad.xlsx")
    filled(path, value, "78")
    refused = correct(town, one, path)
    assert refused.returncode == 1
    assert "2 件目のレコード、項目 金額" in refused.stderr
    assert value not in refused.stderr + refused.stdout
    async with town.gateway() as gateway:
        assert await gateway.journal.find(one.id) == one
    filled(path, "34", "78")
    assert correct(town, one, path).returncode == 0


async def test_the_sheet_of_another_file_and_an_empty_one_are_refused(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    empty = correct(town, one, path)
    assert (empty.returncode, "訂正値がありません" in empty.stderr) == (1, True)
    path.write_text(path.read_text(encoding="utf-8-sig").replace(one.id, "another"), encoding="utf-8-sig")
    other = correct(town, one, path)
    assert (other.returncode, "別のファイルの修正表" in other.stderr) == (1, True)


def written(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def store(path, rows, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


async def test_a_row_that_was_moved_onto_a_good_record_changes_nothing(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    filled(path, "34", "78")
    rows = written(path)
    rows[1][1] = "1"
    store(path, rows)
    refused = correct(town, one, path)
    assert (
        refused.returncode,
        "1 件目のレコード、項目 金額：ファイルのこの項目に不備はありません" in refused.stderr,
    ) == (1, True)
    async with town.gateway() as gateway:
        assert await gateway.journal.find(one.id) == one


async def test_two_values_for_one_item_are_refused(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    filled(path, "34", "78")
    rows = written(path)
    store(path, [*rows, [*rows[1][:8], "99", *rows[1][9:]]])
    refused = correct(town, one, path)
    assert (refused.returncode, "訂正値が二つあります" in refused.stderr) == (1, True)


async def test_a_sheet_as_a_japanese_spreadsheet_stores_it_with_its_columns_in_another_order_is_read(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    filled(path, "34", "78")
    store(path, [[*reversed(row), "memo"] for row in written(path)], encoding="cp932")
    done = correct(town, one, path)
    assert done.returncode == 0, done.stderr
    await town.once()
    assert town.arrived()["0001.csv"].decode().splitlines()[2] == "00002,鈴木花子,34"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.xlsx", b"no workbook", "xlsx）として読めません"),
        ("bad.csv", b"\x81\xff\x81", "文字コード"),
        ("bad.csv", b"", "列が変えられています"),
        ("bad.csv", "転送,レコード,訂正値\n".encode(), "列が変えられています"),
    ],
)
async def test_what_is_no_sheet_is_refused_in_a_sentence(town, name, content, said):
    one = await held(town)
    path = town.root / name
    path.write_bytes(content)
    refused = correct(town, one, path)
    assert (refused.returncode, said in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)


async def test_the_sheet_says_whose_record_it_is_where_the_layout_names_a_key(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.csv")
    assert [row[9] for row in written(path)] == ["キー", "番号 00002", "番号 00004"]


async def test_a_correction_that_was_cut_short_begins_again_from_the_original(town):
    one = await held(town)
    path, _ = sheet(town, one, "bad.xlsx")
    filled(path, "34", "78")
    spooled = town.root / "state/spool" / one.id / "original"
    async with town.gateway() as gateway:
        await gateway._journeys["r"].kept["originals"].keep(spooled, one.sha256)
    spooled.unlink()
    spooled.write_bytes(b"half of a correction")
    assert correct(town, one, path).returncode == 0
    await town.once()
    assert "78" in town.arrived()["0001.csv"].decode()


async def test_a_corrected_file_is_found_by_the_digest_with_which_it_came_and_by_that_with_which_it_went_on(
    town,
):
    one = await held(town)
    path, _ = sheet(town, one, "bad.xlsx")
    filled(path, "34", "78")
    assert correct(town, one, path).returncode == 0
    await town.once()
    (leg,) = json.loads(ran(town, "trace", one.sha256, "--json").stdout)
    assert (leg["id"], leg["arrived_sha256"], leg["original_kept"]) == (one.id, one.sha256, True)
    assert json.loads(ran(town, "trace", leg["sha256"], "--json").stdout) == [leg]
    shown = ran(town, "trace", one.id).stdout
    assert f"SHA-256 {one.sha256}  原本 保管中" in shown
    assert f"訂正 SHA-256 {leg['sha256']}" in shown


async def test_a_line_of_csv_is_corrected_as_well(town):
    town.write(
        "routes/v/r.yaml",
        """
        from: {system: new, standard: {endpoint: here, path: "*.csv", layout: csv, ready: at-once}}
        to: {system: old, legacy: {endpoint: there, path: "{seq:04}.dat", layout: fixed}}
        convert: fixed-to-csv
        schedule: {every: 1s}
        """,
    )
    text = '番号,氏名,金額\n00001,山田太郎,12\n00002,"鈴木花子",x\n00003,佐藤次郎,56\n'
    (town.here / "a.csv").write_bytes(text.encode())
    (one,) = (await town.once()).transfers
    path, items = sheet(town, one, "bad.csv")
    assert items == 1
    assert ",x," in path.read_text(encoding="utf-8-sig")
    filled(path, "34")
    assert correct(town, one, path).returncode == 0
    await town.once()
    expected = [
        record("00001", "山田太郎", b"00012"),
        record("00002", "鈴木花子", b"00034"),
        record("00003", "佐藤次郎", b"00056"),
    ]
    assert town.arrived() == {"0001.dat": b"".join(expected)}


def test_a_file_that_is_not_held_for_bad_records_has_no_sheet(town, tmp_path):
    (town.here / "a.dat").write_bytes(GOOD)
    ran(town, "once")
    assert ran(town, "sheet", "none", "--out", str(tmp_path / "s.csv")).returncode == 1
    assert ran(town, "sheet", "none", "--out", str(tmp_path / "s.txt")).returncode == 2
