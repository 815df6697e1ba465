"""A mapping or a table that changes on a day: the business date of a file chooses its version."""

import json
from datetime import date

import pytest
from click.testing import CliRunner
from written_city import FILES, write_city

from gateway.cli import main
from gateway.load import load
from gateway.model import Format

NAME = "juki-to-linkage-master"
MAPPING = FILES["mappings/juki-to-master.yaml"]
CONSTANT = MAPPING.replace("{from: 03100003, to: 氏名}", "{to: 氏名, value: 非公開}").split("golden")[0]
VERSION = "mappings/juki-to-master@2027-04-01.yaml"
TABLE = "# version: {}\n# approved by: 情報政策課\n"
GAIJI = TABLE + "code,unicode\n80A1,{}\n"
LOOKUP = TABLE + "from,to\n000000000000019,{}\n"
LOOKING = MAPPING.replace("to: 宛名番号}", "to: 宛名番号, lookup: ids}").split("golden")[0]
WITH_GAIJI = FILES["layouts/juki-master.yaml"].replace("items:", "characters: [own]\nitems:")
LAST, FIRST = date(2027, 3, 31), date(2027, 4, 1)
ROW = "宛名番号,氏名\n000000000000019,{}\n"


def written(folder, changes, on, name="佐藤"):
    """What a row becomes on a day."""
    loaded = load(write_city(folder, changes), environment={})
    assert loaded.errors == ()
    converter = loaded.converter(loaded.routes[NAME], Format.STANDARD, Format.LEGACY, on)
    (folder / "rows").write_text(ROW.format(name), encoding="utf-8")
    converter.convert(folder / "rows", folder / "made")
    converter.verify(folder / "rows", folder / "made")
    return (folder / "made").read_bytes()


def test_the_day_chooses_the_mapping(tmp_path):
    changes = {VERSION: CONSTANT}
    before, after = written(tmp_path, changes, LAST), written(tmp_path, changes, FIRST)
    assert before == written(tmp_path, changes, None)
    assert after == written(tmp_path, {"mappings/juki-to-master.yaml": CONSTANT}, None)
    assert before != after


def test_the_day_chooses_the_table_of_user_defined_characters(tmp_path):
    changes = {
        "layouts/juki-master.yaml": WITH_GAIJI,
        "characters/own.csv": GAIJI.format(1, "U+2000B"),
        "characters/own@2027-04-01.csv": GAIJI.format(2, "U+20089").replace("80A1", "80A2"),
    }
    assert bytes.fromhex("80A1") in written(tmp_path, changes, LAST, "\U0002000b")
    assert bytes.fromhex("80A2") in written(tmp_path, changes, FIRST, "\U00020089")


def test_the_day_chooses_the_table_of_codes(tmp_path):
    changes = {
        "mappings/juki-to-master.yaml": LOOKING,
        "mappings/lookups/ids.csv": LOOKUP.format(1, "A1"),
        "mappings/lookups/ids@2027-04-01.csv": LOOKUP.format(2, "B2"),
    }
    assert written(tmp_path, changes, LAST).startswith("A1".encode("cp037"))
    assert written(tmp_path, changes, FIRST).startswith("B2".encode("cp037"))


def test_convert_takes_the_day_too(tmp_path):
    folder = write_city(tmp_path / "city", {VERSION: CONSTANT})
    (tmp_path / "rows").write_text(ROW.format("佐藤"), encoding="utf-8")
    made = []
    for day in ("2027-03-31", "2027-04-01"):
        out = tmp_path / day
        command = ["--config", str(folder), "convert", str(tmp_path / "rows"), "--layout", "juki-standard"]
        command += ["--to", "juki-master", "--on", day, "-o", str(out), "--json"]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["records_out"] == 1
        made.append(out.read_bytes())
    assert made == [written(tmp_path, {VERSION: CONSTANT}, day) for day in (LAST, FIRST)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mappings/juki-to-master@2027-04-01.yaml", CONSTANT + "nonsense: 1\n"),
        ("mappings/juki-to-master@spring.yaml", CONSTANT),
        ("mappings/nothing@2027-04-01.yaml", CONSTANT),
        ("characters/own@2027-04-01.csv", "code,unicode\n80A1,U+2000B\n"),
        ("characters/nothing@2027-04-01.csv", GAIJI.format(1, "U+2000B")),
        ("mappings/lookups/ids@spring.csv", LOOKUP.format(1, "A1")),
    ],
)
def test_a_version_that_cannot_be_used_is_a_fault_of_its_file(tmp_path, name, content):
    changes = {name: content, "characters/own.csv": GAIJI.format(1, "U+2000B")}
    faults = load(write_city(tmp_path, changes), environment={}).errors
    assert name in {fault.file for fault in faults}


def test_a_route_does_not_run_on_a_table_with_a_broken_version(tmp_path):
    changes = {
        "layouts/juki-master.yaml": WITH_GAIJI,
        "characters/own.csv": GAIJI.format(1, "U+2000B"),
        "characters/own@2027-04-01.csv": "code,unicode\n80A1,U+2000B\n",
    }
    assert NAME in load(write_city(tmp_path, changes), environment={}).rejected
