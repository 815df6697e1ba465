"""What remains of characters that a destination cannot write and a table lets it write otherwise (縮退)."""

import csv

import pytest

from tests.support.city import CSV, FIXED, MAPPING, Town

REDUCTION = "# version: 1\n# approved by: 情報政策課\n# kind: reduction\nunicode,to\nU+20BB7,U+5409\n"


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def written(town):
    folder = town.root / "state/substitutions"
    return sorted(folder.iterdir()) if folder.exists() else []


async def test_a_file_without_substitutions_leaves_no_ledger(town):
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write(
        "routes/v/r.yaml",
        """
        from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}}
        to: {system: new, standard: {endpoint: there, path: "{seq:04}.csv", layout: csv}}
        convert: fixed-to-csv
        schedule: {every: 1s}
        """,
    )
    (town.here / "a.dat").write_bytes(b"00001" + "山田太郎".encode("cp932").ljust(10) + b"00012")
    await town.once()
    assert len(town.arrived()) == 1
    assert written(town) == []
    assert town.spooled() == []


async def test_every_substitution_outlives_its_transfer_as_codes_with_record_and_item(town):
    town.write("characters/reduce.csv", REDUCTION)
    town.write("layouts/fixed.yaml", FIXED + "characters: [reduce]\nunmapped: table\n")
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write(
        "routes/v/r.yaml",
        """
        from: {system: new, standard: {endpoint: here, path: "*.csv", ready: at-once, layout: csv}}
        to: {system: old, legacy: {endpoint: there, path: "{seq:04}.dat", layout: fixed}}
        convert: fixed-to-csv
        schedule: {every: 1s}
        """,
    )
    (town.here / "a.csv").write_text(
        "番号,氏名,金額\n00001,山田太郎,12\n00002,𠮷田花子,34\n", encoding="utf-8"
    )
    await town.once()
    [content] = town.arrived().values()
    assert content[20:] == b"00002" + "吉田花子".encode("cp932").ljust(10) + b"00034"
    [ledger] = written(town)
    assert ledger.stat().st_mode & 0o777 == 0o600
    [row] = csv.DictReader(ledger.read_text().splitlines())
    assert (row["record"], row["item"]) == ("2", "氏名")
    assert (row["character"], row["replaced_by"], row["code"]) == ("U+20BB7", "U+5409", "8B67")
    assert town.spooled() == []
    assert "花子" not in ledger.read_text()
