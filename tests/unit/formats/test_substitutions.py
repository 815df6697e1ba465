"""The ledger of characters that a reduction table replaced."""

import stat

import pytest
import samples

from gateway.formats import BadRecords, CharacterTable, Form, compile_conversion, substitutions

REDUCTION = "# version: 1\n# approved by: 市\n# kind: reduction\nunicode,to\nU+9AD9,U+9AD8\nU+20BB7,U+5409\n"
HEAD = "record,item,character,replaced_by,code\n"


def down():
    layout = samples.master(unmapped="table", characters=["gaiji", "reduction"])
    table = CharacterTable.parse(REDUCTION, source="characters/reduction.csv")
    form = Form(layout=layout, tables=(samples.gaiji(), table))
    return compile_conversion(samples.csv_form(), form, samples.mapping())


def rows(*names):
    lines = [f"{number:015},{name},,1,1985-02-14,0,0" for number, name in enumerate(names, start=1)]
    return "\n".join([samples.ROWS.partition("\n")[0], *lines, ""])


def convert(folder, content, target="out"):
    (folder / "in").write_text(content, encoding="utf-8")
    converted = down().convert(folder / "in", folder / target, ledger=folder / "ledger.csv")
    return converted, (folder / "ledger.csv").read_text(encoding="utf-8")


def test_every_substitution_stands_in_the_ledger_with_record_item_and_codes_and_nothing_else(tmp_path):
    converted, ledger = convert(tmp_path, rows("髙橋", "見本", "𠮷田　髙"))
    # JEF shares JIS X 0208 plus 8080 with EUC-JP here.
    assert ledger == HEAD + (
        "1,氏名,U+9AD9,U+9AD8,B9E2\n3,氏名,U+20BB7,U+5409,B5C8\n3,氏名,U+9AD9,U+9AD8,B9E2\n"
    )
    assert "高吉".encode("euc_jp").hex().upper() == "B9E2B5C8"
    assert converted.losses == {"氏名: unmapped": 3}
    assert stat.S_IMODE((tmp_path / "ledger.csv").stat().st_mode) == 0o600


def test_a_file_without_substitutions_has_an_empty_ledger(tmp_path):
    assert convert(tmp_path, rows("見本"))[1] == HEAD


def test_a_refused_file_leaves_no_ledger(tmp_path):
    with pytest.raises(BadRecords):
        convert(tmp_path, rows("髙橋", "\u9fa5\u9fa5" * 30))
    assert not (tmp_path / "ledger.csv").exists()


def test_a_ledger_is_bounded_and_says_what_it_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(substitutions, "MOST_ROWS", 2)
    _, ledger = convert(tmp_path, rows("髙", "髙", "髙", "髙"))
    assert ledger.splitlines()[3:] == ["0,(more),,,2"]
