"""Published tables of vendors become tables that a city approves: what is built in is left out, nothing is guessed."""

import json

import pytest
import samples
from click.testing import CliRunner

from gateway.cli import main
from gateway.formats import CharacterTable, Form, Layout, compile_conversion, import_characters
from gateway.formats.characters.codepages import charset


def published(*rows):
    """The text of a published table; a row is code, code point, options, and further keys."""
    return json.dumps(
        [
            {"code": code, "unicode": point, "options": list(options), **more}
            for code, point, options, more in rows
        ]
    )


def imported(*rows, encoding="jef", selectors="none", **more):
    found = import_characters(
        published(*rows), encoding=encoding, selectors=selectors, version="1", approved_by="市", **more
    )
    lines = [line for line in found.text.splitlines() if not line.startswith("#")]
    assert lines[0] == "code,unicode,use"
    assert found.codes == len(lines) - 1
    return lines[1:], found.left_out


def read_with(text, encoding, single=None):
    """The character code of a layout with this table."""
    table = CharacterTable.parse(text, source="characters/x.csv")
    layout = Layout.model_validate(
        {
            "name": "l",
            "records": "fixed",
            "length": 8,
            "encoding": encoding,
            "single": single,
            "characters": ["x"],
            "items": [{"name": "a", "type": "text", "length": 8}],
        }
    )
    records, faults = Form(layout=layout, tables=(table,)).compiled()
    assert not faults
    return records.field(0).charset


JEF = (
    ("41A1", "4E02", [], {}),
    ("67A5", "8FBB", ["oneway"], {"hd": "E0102", "aj1": "E0100"}),
    ("B0A1", "4E9C", [], {}),
    ("A6B2", "2211", ["encode_only"], {}),
)


@pytest.mark.parametrize(
    ("selectors", "line"),
    [("hd", "67A5,U+8FBB U+E0102,"), ("aj1", "67A5,U+8FBB U+E0100,"), ("none", "67A5,U+8FBB,read")],
)
def test_what_is_built_in_is_left_out_and_a_variant_keeps_its_selector(selectors, line):
    assert imported(*JEF, selectors=selectors) == (["41A1,U+4E02,", line], ())
    found = import_characters(
        published(*JEF), encoding="jef", selectors=selectors, version="1", approved_by="市"
    )
    table = CharacterTable.parse(found.text, source="characters/jef.csv")
    form = Form(layout=samples.master(), tables=(table,))
    assert compile_conversion(samples.csv_form(), form, samples.mapping()).reversible


def test_a_mark_that_belongs_to_a_character_goes_with_it():
    lines, _ = imported(("71AB", "1B019", [], {}), ("71AC", "1B019", [], {"sp": "3099"}))
    assert lines == ["71AB,U+1B019,", "71AC,U+1B019 U+3099,"]


@pytest.mark.parametrize(("selectors", "line"), [("hd", "42BB,U+4FAE U+E0103,"), ("none", "42BB,U+FA30,")])
def test_of_a_selector_and_a_compatibility_ideograph_the_declared_one_is_taken(selectors, line):
    rows = ("42BB", "4FAE", ["oneway"], {"hd": "E0103"}), ("42BB", "FA30", ["cjk_ci"], {})
    assert imported(*rows, selectors=selectors) == ([line], ())


def test_a_code_with_two_characters_is_left_out_and_named_in_the_table():
    rows = ("2838", "2537", [], {}), ("2838", "252F", [], {}), ("7421", "E000", [], {})
    lines, left_out = imported(*rows, encoding="jips-j")
    assert lines == ["7421,U+E000,"]
    assert left_out == ("2838 stands for U+2537 and U+252F",)
    found = import_characters(
        published(*rows),
        encoding="jips-j",
        selectors="none",
        version="1",
        approved_by="市",
        source="nec.json",
    )
    assert "# left out: 2838 stands for U+2537 and U+252F" in found.text.splitlines()
    assert "# from: nec.json, SHA-256 " in found.text


def test_codes_of_jips_e_go_through_the_eight_bit_table_of_nec():
    # E0 is B8 and A1 is 42 there (the published table of NEC's 8-bit code and EBCDIC); 7421 is A3 and 4F.
    rows = ("E0A1", "4E02", [], {}), ("7421", "E000", [], {}), ("80A1", "4E03", [], {})
    lines, left_out = imported(*rows, encoding="jips-e")
    assert lines == ["B842,U+4E02,", "A34F,U+E000,"]
    assert left_out == ("80A1 is no code here",)


def test_single_bytes_are_held_against_the_declared_variant_and_may_change_places():
    # Fujitsu's kana variant has 5B as a backslash and E0 as a dollar; this table has them the other way round.
    rows = (
        ("5B", "0024", [], {}), ("E0", "005C", [], {}), ("81", "FF71", [], {}), ("0E", "000E", ["compatible"], {})
    )  # fmt: skip
    built_in = charset("jef", "fujitsu-kana")
    assert (built_in.single[0x5B], built_in.single[0xE0], built_in.single[0x81]) == ("\\", "$", "ｱ")
    assert imported(*rows, single="fujitsu-kana") == (["5B,U+0024,", "E0,U+005C,"], ())
    found = import_characters(
        published(*rows),
        encoding="jef",
        single="fujitsu-kana",
        selectors="none",
        version="1",
        approved_by="市",
    )
    changed = read_with(found.text, "jef", "fujitsu-kana")
    assert changed.read(b"\x5b\xe0", "half") == "$\\"
    assert changed.write("$\\", "half") == b"\x5b\xe0"


def test_a_table_that_says_what_is_built_in_comes_out_without_lines():
    every = [(f"{code:02X}", f"{ord(text):04X}", [], {}) for code, text in charset("jef").single.items()]
    assert imported(*every) == ([], ())


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "[1]",
        "nothing",
        '[{"code": "41A1"}]',
        '[{"code": "41A1", "unicode": "110000", "options": []}]',
    ],
)
def test_what_is_no_published_table_is_refused(text):
    with pytest.raises(ValueError, match="not a list of codes"):
        import_characters(text, encoding="jef", selectors="hd", version="1", approved_by="市")


def test_single_and_double_bytes_do_not_stand_in_one_table():
    with pytest.raises(ValueError, match="mixes single and double bytes"):
        imported(("41", "0041", [], {}), ("41A1", "4E02", [], {}))


def ran(folder, *arguments):
    return CliRunner().invoke(main, ["--config", str(folder), "new", "characters", *arguments])


def test_the_command_writes_a_table_that_a_layout_can_name(tmp_path):
    (tmp_path / "jef.json").write_text(published(*JEF), encoding="utf-8")
    asked = ("jef-extension", "--from", str(tmp_path / "jef.json"), "--encoding", "jef", "--selectors", "hd")
    said = ran(tmp_path, *asked, "--version", "2", "--approved-by", "情報政策課", "--json")
    assert said.exit_code == 0, said.output
    assert json.loads(said.output) == {
        "written": str(tmp_path / "characters" / "jef-extension.csv"), "codes": 2, "left_out": 0
    }  # fmt: skip
    table = CharacterTable.parse(
        (tmp_path / "characters" / "jef-extension.csv").read_text("utf-8"), source="jef-extension.csv"
    )
    assert (table.version, table.approved_by) == ("2", "情報政策課")
    assert table.codes == ((0x41A1, "丂"), (0x67A5, "辻\U000e0102"))
    again = ran(tmp_path, *asked, "--version", "2", "--approved-by", "情報政策課")
    assert again.exit_code == 2
    assert "is there already" in again.output


def test_the_command_says_what_is_no_published_table(tmp_path):
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    asked = (
        "x",
        "--from",
        str(tmp_path / "x.json"),
        "--encoding",
        "jef",
        "--version",
        "1",
        "--approved-by",
        "市",
    )
    said = ran(tmp_path, *asked)
    assert said.exit_code == 1
    assert "x.json: not a list of codes" in said.output
    assert not (tmp_path / "characters").exists()
