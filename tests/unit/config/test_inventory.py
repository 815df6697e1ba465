"""The linkage inventory: written for people, read from theirs, compared. A cell never becomes a formula."""

import csv
import io
import json
import zipfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from written_city import ROUTE, changed, write_city

from gateway.cli import main
from gateway.inventory import (
    COLUMNS,
    Entry,
    Listed,
    SheetFault,
    csv_text,
    differences,
    entries,
    mermaid,
    read_sheet,
    sheet,
    skeletons,
    write_xlsx,
)
from gateway.load import load

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEADINGS = (
    "連携ID", "枝番", "標準仕様書関連箇所", "連携機能名Lv1", "連携機能名Lv2", "機能説明", "実装類型", "I/O",
    "連携先システム",    "検討要否", "現行連携ID", "現行連携先システム名", "連携方法", "提供時期", "備考",
)  # fmt: skip
ROW = (
    "023o001", "00", "第2章", "資格", "住民情報照会", "介護保険は、住民記録から住民情報を受け取り、資格を管理する",
    "必須", "I", "住民記録", "要", "K-017", "汎用機", "FTP", "日次", "夜間",
)  # fmt: skip


@pytest.fixture
def city(tmp_path):
    return write_city(tmp_path / "city")


def written(city, old, new):
    """Change the route's file."""
    (city / ROUTE).write_text(changed(ROUTE, old, new)[ROUTE], encoding="utf-8")


def ran(city, *words):
    return CliRunner().invoke(main, ["--config", str(city), "inventory", *words])


def workbook(path, *rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def listed(city):
    return entries(Listed(city=load(city, environment={}, now=NOW), now=NOW))


def test_the_columns_are_those_of_a_linkage_sheet_and_then_ours():
    assert tuple(column.heading for column in COLUMNS[:15]) == HEADINGS
    assert len({column.heading for column in COLUMNS}) == len(COLUMNS)


def test_a_route_is_listed_with_its_systems_phase_dates_and_places(city):
    entry = next(one for one in listed(city) if one.route == "juki-to-linkage-master")
    assert (entry.linkage_id, entry.branch, entry.direction) == ("001o001", "00", "O")
    assert (entry.partner, entry.source, entry.target) == ("汎用機 連携用マスタ", "juki", "linkage-master")
    assert (entry.phase, entry.from_date, entry.to_date) == ("現行", "2027-01-04T00:00+09:00", "移行しない")
    assert entry.from_origin == "システム"
    assert entry.to_place.startswith("mainframe: RENKEI.JUKI.")
    assert entry.conversion == "juki-legacy-to-master"


def test_an_import_that_is_not_observed_is_said(city):
    assert "取込は未確認（観測しない）" in [one.taken for one in listed(city)]


def test_a_systems_own_sheet_has_what_comes_in_and_what_goes_out(city):
    rows = json.loads(ran(city, "--system", "linkage-master", "--json").stdout)
    assert [(row["direction"], row["partner"]) for row in rows] == [("I", "住民記録")]


def test_a_workbook_is_written_beside_the_document_for_machines(city, tmp_path):
    told = ran(city, "--format", "xlsx", "--out", str(tmp_path / "list.xlsx"), "--json")
    names = [one.route for one in listed(city)]
    assert [row["route"] for row in json.loads(told.stdout)] == names
    assert [one.route for one in read_sheet(tmp_path / "list.xlsx")] == names


def test_a_rejected_route_is_not_left_out_silently(city):
    written(city, "schedule:", "schedual:")
    assert "経路 juki-to-linkage-master は設定不備のため除きました" in ran(city).stderr


def test_the_workbook_has_a_head_that_stays_filters_and_japanese_headings(city, tmp_path):
    path = tmp_path / "list.xlsx"
    assert ran(city, "--out", str(path)).exit_code == 0
    found = load_workbook(path).active
    assert found.freeze_panes == "C2"
    assert found.auto_filter.ref.startswith("A1:")
    assert tuple(cell.value for cell in found[1])[:15] == HEADINGS
    assert read_sheet(path) == listed(city)


def test_csv_comes_back_as_it_was(city, tmp_path):
    path = tmp_path / "list.csv"
    ran(city, "--out", str(path))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_sheet(path) == listed(city)


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"])
def test_no_text_becomes_a_formula(evil, tmp_path):
    found = (Entry(linkage_id="001o001", branch="00", remarks=evil),)
    write_xlsx(found, tmp_path / "x.xlsx", title="&A")
    (cell,) = [cell for cell in load_workbook(tmp_path / "x.xlsx").active[2] if cell.value == evil]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    with zipfile.ZipFile(tmp_path / "x.xlsx") as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    (row,) = list(csv.DictReader(io.StringIO(csv_text(found).removeprefix("\ufeff"))))
    assert row["備考"] == f"'{evil}"


@given(
    st.lists(st.builds(Entry, **{column.key: st.text(max_size=20) for column in COLUMNS[:20]}), max_size=4)
)
@settings(max_examples=40, deadline=None)
def test_any_text_survives_a_workbook_as_one_line(tmp_path_factory, found):
    path = tmp_path_factory.mktemp("any") / "x.xlsx"
    write_xlsx(found, path, title="見本")
    plain = [Entry(**{key: sheet._told(value) for key, value in asdict(one).items()}) for one in found]
    wanted = tuple(one for one in plain if one != Entry())
    assert read_sheet(path) == wanted


def test_a_sheet_with_titles_above_and_a_heading_in_two_lines_is_understood(tmp_path):
    upper = ["連携ID", "枝番", "連携機能名", None, "Ｉ／Ｏ", "連携先\nシステム"]
    lower = [None, None, "Lv1", "Lv2", None, None]
    path = workbook(
        tmp_path / "s.xlsx",
        ["連携一覧"],
        [None],
        upper,
        lower,
        ["023o001", "00", "資格", "照会", "I", "住民記録"],
    )
    (entry,) = read_sheet(path)
    assert (entry.linkage_id, entry.group, entry.name, entry.direction) == ("023o001", "資格", "照会", "I")
    assert entry.partner == "住民記録"


def test_numbers_of_a_sheet_lose_no_digit_and_gain_no_fraction(tmp_path):
    path = workbook(tmp_path / "s.xlsx", HEADINGS[:3], ["001o001", 1.0, 2.5])
    assert (read_sheet(path)[0].branch, read_sheet(path)[0].section) == ("1", "2.5")


def test_a_sheet_without_known_headings_says_which_are_known(tmp_path):
    with pytest.raises(SheetFault, match="known headings, such as 連携ID"):
        read_sheet(workbook(tmp_path / "s.xlsx", ["a", "b", "c"]))


def test_a_broken_workbook_is_refused_in_words(tmp_path):
    (tmp_path / "s.xlsx").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(SheetFault, match="cannot be read as a workbook"):
        read_sheet(tmp_path / "s.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = workbook(tmp_path / "s.xlsx", HEADINGS, ROW)
    monkeypatch.setattr(sheet, "MOST_BYTES", 1000)
    with pytest.raises(SheetFault, match="split it"):
        read_sheet(path)


def test_a_sheet_becomes_routes_that_check_reads_and_that_keep_what_the_sheet_says(city, tmp_path):
    path = workbook(tmp_path / "s.xlsx", HEADINGS, ROW)
    done = ran(city, "--import", str(path), "--system", "kaigo", "--vendor", "vendor-b")
    assert done.exit_code == 0
    file = city / "routes/vendor-b/023o001-00-in.yaml"
    route = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert (route["from"]["system"], route["to"]["system"]) == ("juki", "kaigo")
    assert route["title"] == "住民情報照会"
    assert route["linkage"] == {
        "id": "023o001", "branch": "00", "section": "第2章", "group": "資格", "name": "住民情報照会",
        "description": "介護保険は、住民記録から住民情報を受け取り、資格を管理する", "kind": "必須", "review": "要",
        "current_id": "K-017", "current_system": "汎用機", "supplied": "日次", "remarks": "夜間",
    }  # fmt: skip
    assert "# 連携方法: FTP" in file.read_text(encoding="utf-8")
    faults = [
        fault for fault in load(city, environment={}).errors if fault.file.endswith("023o001-00-in.yaml")
    ]
    assert faults
    assert all("{?}" in one.message or "cannot be converted" in one.message for one in faults)


def test_an_unknown_partner_is_marked_and_never_guessed(city, tmp_path):
    row = [*ROW[:8], "どこか", *ROW[9:]]
    ran(
        city,
        "--import",
        str(workbook(tmp_path / "s.xlsx", HEADINGS, row)),
        "--system",
        "kaigo",
        "--vendor",
        "vendor-b",
    )
    text = (city / "routes/vendor-b/023o001-00-in.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["from"]["system"] == "{?}"
    assert "# 連携先システム: どこか" in text


def test_a_row_that_goes_both_ways_becomes_two_routes(city, tmp_path):
    row = [*ROW[:7], "I/O", *ROW[8:]]
    path = workbook(tmp_path / "s.xlsx", HEADINGS, row)
    done = ran(city, "--import", str(path), "--system", "kaigo", "--vendor", "vendor-b", "--json")
    names = [one["file"].rsplit("/", 1)[-1] for one in json.loads(done.stdout)["written"]]
    assert names == ["023o001-00-in.yaml", "023o001-00-out.yaml"]


def test_a_route_that_is_there_stays_as_it_is(city, tmp_path):
    path = workbook(tmp_path / "s.xlsx", HEADINGS, ROW)
    words = ("--import", str(path), "--system", "kaigo", "--vendor", "vendor-b")
    ran(city, *words)
    file = city / "routes/vendor-b/023o001-00-in.yaml"
    file.write_text("mine", encoding="utf-8")
    assert ran(city, *words).exit_code == 1
    assert file.read_text(encoding="utf-8") == "mine"


def test_skeletons_that_cannot_be_written_are_wrong_use(city, tmp_path):
    path = workbook(tmp_path / "s.xlsx", HEADINGS, ROW)
    (tmp_path / "flat").write_text("a file", encoding="utf-8")
    words = (
        "--import",
        str(path),
        "--system",
        "kaigo",
        "--vendor",
        "vendor-b",
        "--out",
        str(tmp_path / "flat"),
    )
    done = ran(city, *words)
    assert (done.exit_code, "name another folder with --out" in done.stderr) == (2, True)


def test_rows_without_a_vendor_need_one(city, tmp_path):
    path = workbook(tmp_path / "s.xlsx", HEADINGS, ROW)
    assert ran(city, "--import", str(path)).exit_code == 2


@given(st.builds(Entry, **{column.key: st.text(max_size=30) for column in COLUMNS}))
@settings(max_examples=80, deadline=None)
def test_whatever_a_sheet_says_a_skeleton_is_yaml_with_a_safe_name(entry):
    for one in skeletons([entry], {}, vendor="v"):
        assert set(one.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert yaml.safe_load(one.text).keys() >= {"title", "from", "to", "schedule"}
        assert one.open > 0


def test_two_inventories_differ_by_what_was_added_removed_and_changed():
    one = Entry(linkage_id="001o001", branch="00", direction="O", remarks="a")
    two = Entry(linkage_id="001o002", branch="00", direction="O", remarks="b")
    found = differences((one, two), (replace(one, remarks="c"), replace(two, linkage_id="001o003")))
    assert [(diff.kind, diff.name, diff.changes) for diff in found] == [
        ("changed", "001o001 00 O", (("備考", "a", "c"),)),
        ("removed", "001o002 00 O", ()),
        ("added", "001o003 00 O", ()),
    ]


def test_an_inventory_does_not_differ_from_the_configuration_that_it_came_from(city, tmp_path):
    ran(city, "--out", str(tmp_path / "old.xlsx"))
    same = ran(city, "--diff", str(tmp_path / "old.xlsx"), str(city))
    assert (same.exit_code, same.stdout) == (0, "0 linkages differ\n")
    written(city, "every: 10m", "every: 20m")
    differing = ran(city, "--diff", str(tmp_path / "old.xlsx"), str(city))
    assert differing.exit_code == 1
    assert "契機: 10分ごと → 20分ごと" in differing.stdout


def test_what_is_missing_is_named_where_one_of_two_inventories_is_empty_and_a_faulty_route_is_told(
    city, tmp_path
):
    ran(city, "--out", str(tmp_path / "old.xlsx"))
    listed = [entry.route for entry in read_sheet(tmp_path / "old.xlsx")]
    for file in (city / "routes").glob("*/*.yaml"):
        file.write_text(f"{file.read_text(encoding='utf-8')}shedule: 1\n", encoding="utf-8")
    told = ran(city, "--diff", str(tmp_path / "old.xlsx"), str(city))
    assert told.stdout.splitlines() == [
        *(f"removed {name}" for name in sorted(listed)),
        f"{len(listed)} linkages differ",
    ]
    assert all(f"経路 {name} は設定不備のため除きました" in told.stderr for name in listed)


def test_mermaid_quotes_what_people_wrote():
    text = mermaid((Entry(source="a", target="b", linkage_id='x"|y', phase="過渡期"),), {"a": 'A"] --> evil'})
    assert text.count('"') == 6
    assert 's0["A#34;] --#62; evil"]' in text


def test_markdown_of_a_cell_stays_in_its_cell(city):
    written(city, 'branch: "00"', 'branch: "00", remarks: "a | b"')
    lines = ran(city, "--format", "md").stdout.splitlines()
    assert "a \\| b" in "\n".join(lines)
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_the_map_shows_every_system_that_a_route_joins(city):
    root = ET.fromstring(ran(city, "--format", "svg").stdout)
    said = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"住民記録", "汎用機 連携用マスタ", "001o001-00"} <= said
