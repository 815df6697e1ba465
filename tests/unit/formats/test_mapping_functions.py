"""Conditions, code tables in files, numbers, dates and declared losses in the lines of a mapping, both ways."""

import io
from csv import reader

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.formats import (
    BadRecords,
    Form,
    FormatFaults,
    Layout,
    LookupTable,
    Mapping,
    compile_conversion,
    explain,
    run_golden,
)
from gateway.formats.mappings.datechanges import wording_of

TOGETHER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
KINDS = {"n": ("N", 20), "d": ("DATE", 10), "i": ("S9", 12), "s": ("N", 3), "w": ("N", 72), "y": ("YEAR", 4)}


def form(name, columns):
    """A CSV layout; the first letter of a column tells its type."""
    items = []
    for column in columns:
        kind, length = KINDS.get(column[0], ("X", 12))
        decimals = {"decimals": 3} if kind == "S9" else {}
        items.append({"name": column, "type": kind, "length": length, **decimals})
    return Form(layout=Layout.model_validate({"name": name, "records": "csv", "items": items}))


def mapped(*lines, tables=None, **more):
    mapping = Mapping.model_validate({"name": "m", "from": "f", "to": "t", "items": list(lines), **more})
    return mapping.with_lookups(tables or {})


def converters(columns, others, *lines, **more):
    mapping = mapped(*lines, **more)
    first, second = form("f", columns), form("t", others)
    return compile_conversion(first, second, mapping), compile_conversion(second, first, mapping)


def row(converter, folder, *cells):
    """What one row becomes, once the way back was proved."""
    head = ",".join(item.name for item in converter.source.layout.items)
    content = f"{head}\n{','.join(cells)}\n".encode()
    found = list(reader(io.StringIO(samples.run(converter, folder, content).decode())))[1]
    converter.verify(folder / "in", folder / "out")
    return found


def losses(converter, folder, *cells):
    """What is counted of one row."""
    head = ",".join(item.name for item in converter.source.layout.items)
    (folder / "in").write_text(f"{head}\n{','.join(cells)}\n", encoding="utf-8")
    done = converter.convert(folder / "in", folder / "out")
    converter.verify(folder / "in", folder / "out")
    return done.losses


def rule(converter, folder, *cells):
    """The rule that refuses a row."""
    with pytest.raises(BadRecords) as raised:
        row(converter, folder, *cells)
    (bad,) = raised.value.report.records
    return bad.rule


def faults(*lines, columns=("a", "b"), others=("c", "e")):
    with pytest.raises(FormatFaults) as raised:
        converters(columns, others, *lines)
    return str(raised.value)


KIND = {"from": "k", "to": "kk", "codes": {"1": "P", "2": "C"}}
PERSON = {"from": "n_person", "to": "n", "when": {"k": "1"}}
COMPANY = {"from": "n_company", "to": "n", "when": {"k": ["2"]}}


def test_two_items_become_one_by_a_condition_and_find_their_way_back(tmp_path):
    there, back = converters(["k", "n_person", "n_company"], ["kk", "n"], KIND, PERSON, COMPANY)
    for legacy, standard in ((["1", "見本", ""], ["P", "見本"]), (["2", "", "見本社"], ["C", "見本社"])):
        assert row(there, tmp_path, *legacy) == standard
        assert row(back, tmp_path, *standard) == legacy


def test_the_way_back_may_decide_by_items_of_its_own(tmp_path):
    lines = [
        {"from": "n_person", "to": "n", "when": {"k": "1"}, "when_back": {"kk": ["P", "Q"]}},
        {"from": "k", "to": "kk", "one_way": "the other side knows more kinds", "back": "1"},
    ]
    there, back = converters(["k", "n_person"], ["kk", "n"], *lines)
    assert row(back, tmp_path, "Q", "見本") == ["1", "見本"]
    assert rule(there, tmp_path, "1", "見本") == "round-trip"


def test_a_condition_without_a_way_back_is_a_fault_of_the_mapping():
    message = faults({"from": "a", "to": "c", "when": {"b": "1"}})
    assert "m at items.0.when.b" in message
    assert "write when_back, or one_way" in message
    assert "has no item z" in faults({"from": "a", "to": "c", "when": {"z": "1"}})


def test_two_lines_that_write_one_item_of_one_record_are_an_error(tmp_path):
    lines = [KIND, PERSON, COMPANY | {"when": {"k": ["1", "2"]}}]
    there, _ = converters(["k", "n_person", "n_company"], ["kk", "n"], *lines)
    assert rule(there, tmp_path, "1", "見本", "見本社") == "condition"


def test_a_value_for_which_no_line_is_meant_is_an_error_and_not_left_behind(tmp_path):
    there, _ = converters(["k", "n_person"], ["kk", "n"], KIND, PERSON)
    assert row(there, tmp_path, "2", "") == ["C", ""]
    assert rule(there, tmp_path, "2", "見本") == "condition"


def test_two_ways_whose_conditions_do_not_agree_are_found_by_the_proof(tmp_path):
    lines = [KIND, PERSON | {"when_back": {"kk": ["P", "C"]}}]
    there, _ = converters(["k", "n_person"], ["kk", "n"], *lines)
    assert rule(there, tmp_path, "2", "") == "round-trip"


def test_a_golden_case_and_an_explanation_follow_the_condition(tmp_path):
    case = {"given": {"k": "2", "n_company": "見本社"}, "expect": {"kk": "C", "n": "見本社"}}
    wrong = {"given": {"k": "1", "n_company": "見本社"}, "expect": {"n": "見本社"}}
    columns = ["k", "n_person", "n_company"], ["kk", "n"]
    there, back = converters(*columns, KIND, PERSON, COMPANY, golden=[case])
    assert run_golden(there) == run_golden(back) == ()
    there, _ = converters(*columns, KIND, PERSON, COMPANY, golden=[wrong])
    assert "no line gives" in run_golden(there)[0].message
    (tmp_path / "file").write_text("k,n_person,n_company\n2,,見本社\n", encoding="utf-8")
    found = {one.item: one.becomes for one in explain(there, tmp_path / "file", 1)}
    assert found == {"k": (("kk", "C"),), "n_person": (), "n_company": (("n", "見本社"),)}


LOOKUP = "# version: 1\n# approved by: 情報政策課\nfrom,to,note\n101,0013101,千代田\n102,0013102,\n"


def test_codes_may_stand_in_a_file_of_their_own(tmp_path):
    table = LookupTable.parse(LOOKUP, source="mappings/lookups/wards.csv")
    assert (table.version, table.approved_by) == ("1", "情報政策課")
    assert (table.name, table.codes) == ("wards", {"101": "0013101", "102": "0013102"})
    line = {"from": "a", "to": "b", "lookup": "wards"}
    there, back = converters("a", "b", line, tables={"wards": table.codes})
    assert row(there, tmp_path, "102") == ["0013102"]
    assert row(back, tmp_path, "0013101") == ["101"]
    assert rule(there, tmp_path, "103") == "code"


def test_a_table_with_a_code_that_the_item_cannot_hold_is_a_fault_that_names_it():
    line = {"from": "a", "to": "n", "lookup": "wards"}
    with pytest.raises(FormatFaults) as raised:
        converters("a", "n", line, tables={"wards": {"1": "区", "2": "区" * 21}})
    (fault,) = raised.value.faults
    assert fault.location == ("items", 0, "lookup")
    assert f"n of layout t cannot hold '{'区' * 21}' of that table" in fault.message


def test_a_lookup_that_nobody_loaded_is_a_fault():
    assert "no usable table wards" in faults({"from": "a", "to": "c", "lookup": "wards"})


def test_a_part_of_an_item_is_one_way_and_the_way_back_gets_what_was_said(tmp_path):
    line = {"from": "a", "to": "b", "part": {"at": 3, "length": 2}, "one_way": "要約", "back": "0000"}
    there, back = converters("a", "b", line)
    assert row(there, tmp_path, "987654") == ["76"]
    assert row(there, tmp_path, "") == [""]
    assert row(back, tmp_path, "76") == ["0000"]
    assert rule(there, tmp_path, "987") == "part"
    assert there.one_way == ("a",)


@pytest.mark.parametrize(
    ("line", "left", "right"),
    [
        ({"scale": 3}, "12", "12000.000"),
        ({"scale": 3}, "-0.007", "-7.000"),
        ({"scale": -2}, "12300", "123.000"),
        ({"negated": True}, "5", "-5.000"),
        ({"negated": True}, "0", "0.000"),
        ({"scale": 1, "negated": True}, "5", "-50.000"),
        ({"scale": 3}, "", ""),
    ],
)
def test_numbers_are_scaled_and_negated_exactly_both_ways(tmp_path, line, left, right):
    there, back = converters(["ia"], ["ib"], {"from": "ia", "to": "ib"} | line)
    assert row(there, tmp_path, left) == [right]
    (again,) = row(back, tmp_path, right)
    assert (again and float(again)) == (left and float(left))


@TOGETHER
@given(number=st.integers(-(10**8), 10**8), power=st.integers(-3, 3))
def test_any_scaled_number_comes_back_or_is_refused(tmp_path, number, power):
    there, back = converters(
        ["ia"], ["ib"], {"from": "ia", "to": "ib", "scale": power} if power else {"from": "ia", "to": "ib"}
    )
    try:
        (scaled,) = row(there, tmp_path, str(number))
    except BadRecords:
        assert abs(number) * 10**power >= 10**9 or power < 0
        return
    assert row(back, tmp_path, scaled) == [f"{number}.000"]


SIGN = {"from": ["k", "ia"], "to": "ib", "sign": {"plus": "0", "minus": "1"}}


def test_a_sign_in_an_item_of_its_own_goes_into_the_number_and_comes_out_again(tmp_path):
    there, back = converters(["k", "ia"], ["ib"], SIGN)
    for parts, whole in ((["0", "5.000"], "5.000"), (["1", "5.000"], "-5.000"), (["0", "0.000"], "0.000")):
        assert row(there, tmp_path, *parts) == [whole]
        assert row(back, tmp_path, whole) == parts
    assert rule(there, tmp_path, "1", "0") == "sign"
    assert rule(there, tmp_path, "2", "5") == "sign"
    assert rule(there, tmp_path, "0", "-5") == "sign"


def test_a_date_becomes_its_year_only_where_no_more_is_known(tmp_path):
    there, back = converters("d", "y", {"from": "d", "to": "y", "year": "to"})
    assert row(there, tmp_path, "1985-00-00") == ["1985"]
    assert row(back, tmp_path, "1985") == ["1985-00-00"]
    assert rule(there, tmp_path, "1985-02-14") == "year"


def test_a_date_cut_to_its_year_is_a_declared_loss_that_is_counted(tmp_path):
    there, _ = converters("d", "y", {"from": "d", "to": "y", "year": "to", "loses": "truncation"})
    assert row(there, tmp_path, "1985-02-14") == ["1985"]
    assert losses(there, tmp_path, "1985-02-14") == {"d: truncation": 1}
    assert losses(there, tmp_path, "1985-00-00") == {}


ERAS = ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("shared", "written", "year"),
    [
        ("refuse", "360", "1985"),
        ("refuse", "508", "2026"),
        ("later", "501", "2019"),
        ("earlier", "431", "2019"),
        ("earlier", "364", "1989"),
        ("later", "101", "1868"),
    ],
)
def test_a_year_of_an_era_is_a_western_year_and_back(tmp_path, shared, written, year):
    line = {"from": "a", "to": "y", "era_year": {"side": "from", "eras": ERAS, "shared": shared}}
    there, back = converters("a", "y", line)
    assert row(there, tmp_path, written) == [year]
    assert row(back, tmp_path, year) == [written]


@pytest.mark.parametrize(
    ("shared", "written"), [("refuse", "501"), ("later", "431"), ("earlier", "501"), ("later", "9AB")]
)
def test_a_year_of_an_era_that_would_not_come_back_is_refused(tmp_path, shared, written):
    line = {"from": "a", "to": "y", "era_year": {"side": "from", "eras": ERAS, "shared": shared}}
    there, _ = converters("a", "y", line)
    assert rule(there, tmp_path, written) == "era"


@pytest.mark.parametrize(
    ("held", "unknown", "date"),
    [("as-is", "1938-03-00", "1938-03-00"), ("empty", "1938-03-00", ""), ("first-day", "1938-03-00", "1938-03-01"),
     ("first-day", "0000-00-00", ""), ("empty", "0000-00-00", "")],
)  # fmt: skip
def test_an_unknown_date_goes_with_flag_and_wording_and_comes_back(tmp_path, held, unknown, date):
    line = {"from": "a", "to": ["d", "k", "w"], "unknown": {"known": "0", "unknown": "1", "date": held}}
    there, back = converters(["a"], ["d", "k", "w"], line)
    assert row(there, tmp_path, unknown) == [date, "1", wording_of(unknown)]
    assert row(back, tmp_path, date, "1", wording_of(unknown)) == [unknown]
    assert row(there, tmp_path, "1985-02-14") == ["1985-02-14", "0", ""]
    assert row(back, tmp_path, "1985-02-14", "0", "") == ["1985-02-14"]
    assert row(there, tmp_path, "") == ["", "", ""]
    assert row(back, tmp_path, "", "", "") == [""]
    assert rule(back, tmp_path, date, "0", wording_of(unknown)) == "unknown"
    assert rule(back, tmp_path, "1985-02-14", "1", "") == "unknown"


def test_an_unknown_date_may_go_with_a_wording_alone(tmp_path):
    there, back = converters(["a"], ["d", "w"], {"from": "a", "to": ["d", "w"], "unknown": {}})
    assert row(there, tmp_path, "1938-03-00") == ["1938-03-00", "昭和１３年３月頃"]
    assert row(back, tmp_path, "1938-03-00", "昭和１３年３月頃") == ["1938-03-00"]


def test_a_text_is_cut_where_the_mapping_says_so_and_each_cut_is_counted(tmp_path):
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s", "loses": "truncation"})
    assert row(there, tmp_path, "見本一") == ["見本一"]
    assert row(there, tmp_path, "見本一二三") == ["見本一"]
    assert losses(there, tmp_path, "見本一二三") == {"n: truncation": 1}
    assert losses(there, tmp_path, "見本一") == {}
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s"})
    assert rule(there, tmp_path, "見本一二三") == "length"


def test_a_cut_never_parts_a_character_from_its_selector(tmp_path):
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s", "loses": "truncation"})
    assert row(there, tmp_path, "見本辻\U000e0101") == ["見本"]


def test_numbers_are_never_cut():
    message = faults({"from": "a", "to": "ib", "loses": "truncation"}, others=("ib",))
    assert "ib is no text, and nothing else may be cut" in message


def test_codes_that_become_one_are_a_declared_loss_that_is_counted(tmp_path):
    line = {"from": "a", "to": "b", "codes": {"1": "1", "2": "1", "3": "3"}, "loses": "reduction"}
    there, back = converters("a", "b", line)
    assert losses(there, tmp_path, "2") == {"a: reduction": 1}
    assert losses(there, tmp_path, "1") == {}
    assert row(there, tmp_path, "2") == ["1"]
    assert row(back, tmp_path, "1") == ["1"]
    del line["loses"]
    assert "two codes become one" in faults(line, columns="a", others="b")


def test_padding_that_the_other_side_does_not_hold_goes_only_where_it_is_declared(tmp_path):
    there, _ = converters(["a"], ["ib"], {"from": "a", "to": "ib"})
    assert rule(there, tmp_path, "007") == "round-trip"
    there, _ = converters(["a"], ["ib"], {"from": "a", "to": "ib", "loses": "padding"})
    assert row(there, tmp_path, "007") == ["7.000"]
    assert losses(there, tmp_path, "007") == {"a: padding": 1}
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s", "loses": "padding"})
    assert row(there, tmp_path, "見本　　　") == ["見本"]
    assert rule(there, tmp_path, "見本一二") == "length"


def test_no_other_difference_passes_as_a_declared_loss(tmp_path):
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s", "loses": "truncation"})
    samples.run(there, tmp_path, "n\n見本一二三\n".encode())
    (tmp_path / "out").write_bytes("s\n見本\n".encode())
    with pytest.raises(BadRecords) as raised:
        there.verify(tmp_path / "in", tmp_path / "out")
    assert raised.value.report.records[0].rule == "round-trip"


@TOGETHER
@given(text=st.text("見本\U000e0101ア　", max_size=8))
def test_whatever_is_cut_stays_a_beginning_of_what_was_there(tmp_path, text):
    there, _ = converters(["n"], ["s"], {"from": "n", "to": "s", "loses": "truncation"})
    (cut,) = row(there, tmp_path, text)
    assert text.startswith(cut)
    assert len(cut) <= 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"from": "a", "to": "c", "part": {"at": 1, "length": 1}}, "say why with one_way"),
        ({"from": "a", "to": "c", "year": "to", "scale": 1}, "does nothing else"),
        ({"from": "a", "to": "c", "codes": {"1": "2"}, "lookup": "x"}, "not both"),
        ({"from": "a", "to": "c", "back": "1"}, "belongs to a line with one_way"),
        ({"from": "a", "to": "c", "when_back": {"c": "1"}}, "line with when"),
        ({"from": ["a", "b", "d"], "to": "c", "sign": {"plus": "1", "minus": "2"}}, "needs two items"),
        ({"from": ["a", "b"], "to": "c", "sign": {"plus": "1", "minus": "1"}}, "the same"),
        ({"from": "a", "to": ["b", "c"], "unknown": {"known": "0", "unknown": "1"}}, "unknown needs a date"),
        ({"from": "a", "to": ["b", "c"], "unknown": {"known": "0"}}, "belong together"),
        ({"to": "c", "value": "1", "loses": "padding"}, "constant for one item"),
    ],
)  # fmt: skip
def test_a_line_that_says_nonsense_is_refused(line, message):
    with pytest.raises(ValidationError, match=message):
        mapped(line)


def test_lines_that_kernels_do_not_know_take_the_reference_path(tmp_path):
    plain = compile_conversion(samples.csv_form(), samples.legacy_form(), samples.mapping())
    assert plain.fast is not None
    for change in ({"loses": "truncation"}, {"when": {"性別": "1"}, "one_way": "test"}):
        lines = [line | change if line.get("to") == "カナ" else line for line in samples.LINES]
        assert samples.down(items=lines).fast is None
