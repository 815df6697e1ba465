"""First versions of routes, layouts and mappings: what is sure is filled in, what is not waits for a person."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from written_city import FILES, changed, write_city

from gateway.cli import main
from gateway.formats import Layout
from gateway.load import load
from gateway.load.stamps import stamps
from gateway.scaffold import mapping_text, propose

SAMPLE = Path(__file__).parents[3] / "config"
BOOK = FILES["layouts/zei-shuno.cpy"]


@pytest.fixture
def city(tmp_path):
    return write_city(tmp_path / "city")


def ran(city, *words):
    return CliRunner().invoke(main, ["--config", str(city), "new", *words])


def read(city, name):
    return yaml.safe_load((city / name).read_text(encoding="utf-8"))


def test_a_new_route_has_the_places_that_its_systems_need(city):
    done = ran(
        city, "route", "kaigo-new", "--vendor", "vendor-b", "--from", "kaigo", "--to", "linkage-master"
    )
    assert done.exit_code == 0
    route = read(city, "routes/vendor-b/kaigo-new.yaml")
    assert route["from"].keys() == {"system", "legacy", "standard"}
    assert route["to"].keys() == {"system", "legacy"}


@pytest.mark.parametrize(
    ("words", "file", "kind"),
    [
        (["route", "neu", "--vendor", "vendor-b", "--from", "kaigo"], "routes/vendor-b/neu.yaml", "route"),
        (["layout", "neu", "--from", "{book}", "--encoding", "jef"], "layouts/neu.yaml", "layout"),
        (
            ["layout", "neu", "--from", "{book}", "--encoding", "jef", "--vendor", "vendor-b"],
            "routes/vendor-b/layouts/neu.yaml",
            "layout",
        ),
        (
            ["mapping", "zei-shuno", "juki-standard"],
            "mappings/zei-shuno-to-juki-standard.yaml",
            "mapping",
        ),
    ],
)
def test_an_editor_finds_the_schema_of_this_version_from_a_new_file(city, tmp_path, words, file, kind):
    book = tmp_path / "book.cpy"
    book.write_text(BOOK, encoding="utf-8")
    done = ran(city, *(word.format(book=book) for word in words))
    assert done.exit_code == 0, done.output
    first = (city / file).read_text(encoding="utf-8").splitlines()[0]
    comment, _, schema = first.partition("=")
    assert comment == "# yaml-language-server: $schema"
    found = ((city / file).parent / schema).resolve()
    assert found == city / f".schema/{kind}.json"
    published = Path(__file__).parents[3] / f"docs/reference/schema/{kind}.json"
    assert found.read_bytes() == published.read_bytes()


def test_the_schemas_in_a_configuration_are_no_part_of_it(city):
    before = stamps(city)
    ran(city, "route", "neu", "--vendor", "vendor-b")
    assert stamps(city).keys() - before.keys() == {"routes/vendor-b/neu.yaml"}


def test_check_names_every_place_of_a_new_route_that_is_still_open_and_nothing_else(city):
    ran(city, "route", "kaigo-new", "--vendor", "vendor-b", "--from", "kaigo", "--to", "juki")
    told = [fault.message.split(";")[0] for fault in load(city, environment={}).errors]
    open_places = sorted(text for text in told if "{?}" in text)
    opened = ["endpoint"] * 4 + ["path"] * 4 + ["title"]
    assert open_places == [f"{key} is still open at {{?}}" for key in opened]
    assert [text for text in told if "{?}" not in text] == [
        "without layouts legacy -> standard cannot be converted",
        "without layouts standard -> legacy cannot be converted",
    ][: len(told) - 9]


def test_a_new_route_runs_once_its_open_places_are_filled_in(city):
    write_city(city, changed("systems.yaml", "standard_from: never", "standard_from: always"))
    ran(
        city, "route", "new-one", "--vendor", "vendor-b", "--from", "linkage-master", "--to", "linkage-master"
    )
    path = city / "routes/vendor-b/new-one.yaml"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace('endpoint: "{?}"', "endpoint: object-storage")
        .replace("{?}{date", "neu/{date")
        .replace("{?}", "x/"),
        encoding="utf-8",
    )
    assert "new-one" in load(city, environment={}).routes


def test_a_new_route_without_systems_shows_both_formats_of_both_ends(city):
    assert ran(city, "route", "open", "--vendor", "vendor-a").exit_code == 0
    route = read(city, "routes/vendor-a/open.yaml")
    assert route["from"].keys() == route["to"].keys() == {"system", "legacy", "standard"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["route", "Neu", "--vendor", "vendor-b"], "Neu is no name"),
        (["route", "neu", "--vendor", "../x"], "../x is no name"),
        (
            ["route", "neu", "--vendor", "vendor-b", "--from", "kaigoo"],
            "unknown system kaigoo; did you mean kaigo?",
        ),
        (["route", "kaigo-inside", "--vendor", "vendor-b"], "kaigo-inside.yaml is there already"),
        (["mapping", "juki-mastr", "juki-standard"], "unknown layout juki-mastr; did you mean juki-master?"),
        (["mapping", "juki-standard", "juki-master", "--name", "juki-to-master"], "is there already"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_writes_nothing(city, words, message):
    before = {path: path.read_bytes() for path in city.rglob("*") if path.is_file()}
    done = ran(city, *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert {path: path.read_bytes() for path in city.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("code", ["utf-8", "cp932"])
def test_a_copybook_becomes_a_layout(city, tmp_path, code):
    book = tmp_path / "SHUNO_REC.cpy"
    book.write_bytes(BOOK.replace("ATENA-NO", "宛名番号").encode(code))
    done = ran(city, "layout", "--from", str(book), "--encoding", "jef")
    assert done.exit_code == 0
    layout = load(city, environment={}).conversions.library.layouts["shuno-rec"]
    assert (layout.length, layout.items[0].name) == (50, "宛名番号")


def test_a_faulty_copybook_is_told_by_its_lines(city, tmp_path):
    book = tmp_path / "shuno.cpy"
    book.write_text(BOOK.replace("X(15)", "Q(15)"), encoding="utf-8")
    done = ran(city, "layout", "--from", str(book), "--encoding", "jef")
    assert done.exit_code == 1
    assert done.stderr == f"{book}:2:1: the picture QQQQQQQQQQQQQQQ is not understood\n"
    assert not (city / "layouts/shuno.yaml").exists()


def test_a_new_mapping_counts_what_is_sure_and_what_is_not(city):
    done = ran(city, "mapping", "zei-shuno", "juki-standard", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "written": str(city / "mappings/zei-shuno-to-juki-standard.yaml"),
        "sure": 0,
        "unsure": 2,
        "unfilled": 0,
    }


def sample_layouts():
    return load(SAMPLE, environment={}).conversions.library


@pytest.mark.parametrize("name", sorted(sample_layouts().layouts))
def test_a_layout_and_itself_agree_in_every_item(name):
    layout = sample_layouts().layouts[name]
    proposal = propose(layout, layout)
    assert all(pair.source == pair.target and not pair.doubts for pair in proposal.pairs)
    assert (proposal.unfilled, proposal.uncarried) == ((), ())


@pytest.mark.parametrize("name", sorted(sample_layouts().mappings))
def test_what_is_proposed_as_sure_is_what_people_wrote(name):
    library = sample_layouts()
    mapping = library.mappings[name]
    source, target = library.layouts[mapping.source], library.layouts[mapping.target]
    written = {
        (named(source, line.source[0]), named(target, line.target[0]))
        for line in mapping.items
        if line.source and line.target
    }
    proposal = propose(source, target)
    sure = {(pair.source, pair.target) for pair in proposal.pairs if not pair.doubts}
    assert sure
    assert sure <= written
    guessed = {(pair.source, pair.target) for pair in proposal.pairs}
    assert len(guessed & written) >= 0.8 * len(written)


def named(layout, word):
    """An item's name, where a mapping may call it by its ID."""
    return layout.leaves[layout.names()[word]].item.name


def test_a_guess_is_never_active():
    library = sample_layouts()
    source, target = library.layouts["juki-standard"], library.layouts["juki-master"]
    proposal = propose(source, target)
    written = yaml.safe_load(mapping_text(source, target, proposal))
    sure = [{"from": pair.source, "to": pair.target} for pair in proposal.pairs if not pair.doubts]
    assert written["items"] == sure
    assert any(pair.doubts for pair in proposal.pairs)


def test_names_of_a_copybook_are_paired_with_japanese_ones_by_kind_and_order_as_guesses():
    names = [
        ("ATENA-NO", "text", 15),
        ("SHIMEI", "text", 20),
        ("KINGAKU", "zoned", 7),
        ("NOFU-BI", "zoned", 8),
    ]
    items = [
        {"name": name, "type": kind, ("digits" if kind == "zoned" else "length"): long}
        for name, kind, long in names
    ]
    old = Layout.model_validate(
        {"name": "a", "records": "fixed", "length": 50, "encoding": "jef", "items": items}
    )
    wanted = [("宛名番号", "X", 15), ("氏名", "N", 10), ("金額", "S9", 7)]
    new = Layout.model_validate(
        {
            "name": "b",
            "records": "csv",
            "items": [
                *({"name": name, "type": kind, "length": long} for name, kind, long in wanted),
                {"name": "納付日", "type": "DATE"},
                {"name": "備考", "type": "N", "length": 20},
            ],
        }
    )
    proposal = propose(old, new)
    assert [(pair.source, pair.target) for pair in proposal.pairs] == [
        ("ATENA-NO", "宛名番号"),
        ("SHIMEI", "氏名"),
        ("KINGAKU", "金額"),
        ("NOFU-BI", "納付日"),
    ]
    assert all("guessed by kind and order alone" in pair.doubts[0] for pair in proposal.pairs)
    assert proposal.unfilled == ("備考",)


def test_items_are_paired_by_their_published_id():
    one = Layout.model_validate(
        {
            "name": "a",
            "records": "csv",
            "items": [{"id": "03100003", "name": "氏名", "type": "N", "length": 9}],
        }
    )
    other = Layout.model_validate(
        {
            "name": "b",
            "records": "csv",
            "items": [{"id": "03100003", "name": "名称", "type": "N", "length": 9}],
        }
    )
    (pair,) = propose(one, other).pairs
    assert (pair.source, pair.target, pair.doubts) == ("氏名", "名称", ())


def test_the_reference_is_written_where_it_is_asked_for(city, tmp_path):
    done = CliRunner().invoke(main, ["reference", str(tmp_path / "manual"), "--json"])
    assert done.exit_code == 0
    written = json.loads(done.stdout)["written"]
    assert str(tmp_path / "manual/route.md") in written
    assert all(Path(path).is_file() for path in written)


KAZEI = """\
       01  KAZEI-REC.
           05  KUBUN            PIC X(01).
           05  ATENA-NO         PIC X(15).
           05  SHIMEI           PIC N(16).
           05  SEINENGAPPI      PIC 9(08).
           05  SHOTOKU-GAKU     PIC S9(09) COMP-3.
           05  FILLER           PIC X(10).
"""
KAZEI_CSV = """\
records: csv
items:
  - {name: 宛名番号, type: X, length: 15, key: true}
  - {name: 氏名, type: N, length: 16}
  - {name: 生年月日, type: DATE}
  - {name: 総所得金額等, type: S9, length: 9}
"""


def test_from_a_copybook_to_a_checked_route_by_what_the_commands_and_check_say(city, tmp_path):
    """The way of a new vendor: nothing is written but what a comment or a message asks for."""
    write_city(
        city,
        changed(
            "systems.yaml",
            "vendor: vendor-a, standard_from: 2027-01-04T00:00:00+09:00",
            "vendor: vendor-a, standard_from: always",
        ),
    )
    (tmp_path / "KAZEI.cpy").write_text(KAZEI)
    (city / "layouts/kazei-standard.yaml").write_text(KAZEI_CSV, encoding="utf-8")
    assert ran(city, "layout", "--from", str(tmp_path / "KAZEI.cpy"), "--encoding", "cp932").exit_code == 0
    layout = city / "layouts/kazei.yaml"
    text = layout.read_text(encoding="utf-8")
    asked = "type: date, form: YYYYMMDD"
    assert (
        f"{{name: SEINENGAPPI, type: zoned, digits: 8}}   # 49-56 9(8); 日付なら / a date? {asked}\n" in text
    )
    layout.write_text(text.replace("type: zoned, digits: 8", asked), encoding="utf-8")
    assert ran(city, "mapping", "kazei", "kazei-standard").exit_code == 0
    mapping = city / "mappings/kazei-to-kazei-standard.yaml"
    assert "is still open; write an item of layout kazei" in told(city)
    lines = mapping.read_text(encoding="utf-8").replace("  # ? ", "  ").splitlines(keepends=True)
    mapping.write_text("".join(line for line in lines if "{?}" not in line), encoding="utf-8")
    words = ("route", "kazei-new", "--vendor", "vendor-b", "--from", "linkage-master", "--to", "juki")
    assert ran(city, *words).exit_code == 0
    route = city / "routes/vendor-b/kazei-new.yaml"
    assert "path is still open at {?}; write there what the files are called" in told(city)
    text = (
        route.read_text(encoding="utf-8")
        .replace('title: "{?}"', "title: 課税")
        .replace('endpoint: "{?}"', "endpoint: object-storage")
        .replace("{?}{date", "kazei/{date")
        .replace("{?}{name}", "kazei-in/{stem}.csv")
    )
    for name in ("kazei", "kazei-standard"):
        text = text.replace("# layout: LAYOUT ", f"layout: {name} ", 1)
    route.write_text(
        text.replace("# convert: [MAPPING]", "convert: [kazei-to-kazei-standard]"), encoding="utf-8"
    )
    assert told(city) == ""
    assert "kazei-new" in load(city, environment={}).routes


def told(city):
    return "\n".join(map(str, load(city, environment={}).errors))


def test_what_one_vendor_alone_uses_is_written_into_its_own_folder(city, tmp_path):
    (tmp_path / "KAZEI.cpy").write_text(KAZEI)
    words = ("layout", "--from", str(tmp_path / "KAZEI.cpy"), "--encoding", "cp932", "--vendor", "vendor-b")
    assert ran(city, *words).exit_code == 0
    (city / "layouts/kazei-standard.yaml").write_text(KAZEI_CSV, encoding="utf-8")
    assert ran(city, "mapping", "kazei", "kazei-standard", "--vendor", "vendor-b").exit_code == 0
    own = city / "routes/vendor-b"
    assert (own / "layouts/kazei.yaml").exists()
    text = (own / "mappings/kazei-to-kazei-standard.yaml").read_text(encoding="utf-8")
    assert "from: kazei\nto: kazei-standard\n" in text
    others = ran(city, "mapping", "kazei", "kazei-standard", "--vendor", "vendor-a")
    assert (others.exit_code, "unknown layout kazei; " in others.stderr) == (2, True)
