"""Lines that join, split and fill up, both ways; and a record explained."""

import io
from csv import reader

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.formats import BadRecords, Form, Layout, Mapping, compile_conversion, explain, run_golden


def csv(name, *columns):
    items = [{"name": column, "type": "N" if column in "xyz" else "X", "length": 20} for column in columns]
    return Form(layout=Layout.model_validate({"name": name, "records": "csv", "items": items}))


def converters(columns, others, *lines, **more):
    mapping = Mapping.model_validate({"name": "m", "from": "f", "to": "t", "items": list(lines), **more})
    first, second = csv("f", *columns), csv("t", *others)
    return compile_conversion(first, second, mapping), compile_conversion(second, first, mapping)


def row(converter, folder, *cells):
    """What one row becomes."""
    head = ",".join(item.name for item in converter.source.layout.items)
    content = f"{head}\n{','.join(cells)}\n".encode()
    found = list(reader(io.StringIO(samples.run(converter, folder, content).decode())))[1]
    converter.verify(folder / "in", folder / "out")
    return found


def rule(converter, folder, *cells):
    """The rule that refuses a row."""
    with pytest.raises(BadRecords) as raised:
        row(converter, folder, *cells)
    (bad,) = raised.value.report.records
    return bad.rule


JOIN = {"from": ["x", "y"], "to": "z", "join": "　"}


def test_a_name_is_joined_and_split_again(tmp_path):
    there, back = converters("xy", "z", JOIN)
    assert row(there, tmp_path, "見本", "太郎") == ["見本　太郎"]
    assert row(back, tmp_path, "見本　太郎") == ["見本", "太郎"]
    assert row(there, tmp_path, "", "") == [""]
    assert row(back, tmp_path, "") == ["", ""]


@pytest.mark.parametrize(
    ("cells", "expected"), [(("見　本", "太郎"), "join"), (("見本", ""), "join"), (("", "太郎"), "join")]
)
def test_a_join_that_could_not_be_split_again_is_refused(tmp_path, cells, expected):
    there, _ = converters("xy", "z", JOIN)
    assert rule(there, tmp_path, *cells) == expected


@pytest.mark.parametrize("whole", ["見本", "見本　太郎　一", "　太郎", "見本　"])
def test_a_text_that_is_not_two_parts_is_not_split_by_guess(tmp_path, whole):
    _, back = converters("xy", "z", JOIN)
    assert rule(back, tmp_path, whole) == "split"


def test_codes_of_fixed_lengths_are_put_together_and_taken_apart(tmp_path):
    there, back = converters("ab", "c", {"from": ["a", "b"], "to": "c", "lengths": [2, 3]})
    assert row(there, tmp_path, "13", "101") == ["13101"]
    assert row(back, tmp_path, "13101") == ["13", "101"]
    assert rule(there, tmp_path, "1", "0101") == "join"
    assert rule(back, tmp_path, "1310") == "split"


@pytest.mark.parametrize("side", ["from", "to"])
def test_zeros_are_filled_up_on_one_side_and_taken_off_on_the_other(tmp_path, side):
    there, back = converters("a", "b", {"from": "a", "to": "b", "zeros": {"side": side, "digits": 5}})
    strip, fill = (there, back) if side == "from" else (back, there)
    for short, filled in (("7", "00007"), ("0", "00000"), ("12345", "12345"), ("", "")):
        assert row(fill, tmp_path, short) == [filled]
        assert row(strip, tmp_path, filled) == [short]
    assert rule(fill, tmp_path, "007") == "zeros"
    assert rule(fill, tmp_path, "123456") == "zeros"
    assert rule(strip, tmp_path, "0007") == "zeros"
    assert rule(strip, tmp_path, "A0007") == "zeros"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(first=st.text("見本太郎　", max_size=5), second=st.text("見本太郎　", max_size=5))
def test_whatever_is_joined_comes_back_or_is_refused(tmp_path, first, second):
    there, back = converters("xy", "z", JOIN)
    try:
        joined = row(there, tmp_path, first, second)
    except BadRecords:
        return
    assert row(back, tmp_path, *joined) == [first, second]


def test_a_golden_case_may_need_several_items():
    case = {"given": {"x": "見本", "y": "太郎"}, "expect": {"z": "見本　太郎"}}
    there, back = converters("xy", "z", JOIN, golden=[case])
    assert run_golden(there) == run_golden(back) == ()
    there, _ = converters("xy", "z", JOIN, golden=[case | {"given": {"x": "見本"}}])
    assert "no line gives" in run_golden(there)[0].message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"from": ["a", "b"], "to": "c"}, "need join or lengths"),
        ({"from": "a", "to": "c", "join": " "}, "need join or lengths"),
        ({"from": ["a", "b"], "to": ["c", "d"], "join": " "}, "on one side only"),
        ({"from": ["a", "b"], "to": "c", "lengths": [1]}, "needs 2 numbers"),
        ({"from": ["a", "b"], "to": "c", "join": ""}, "write lengths"),
        ({"from": ["a", "b"], "to": "c", "join": " ", "codes": {"1": "2"}}, "does nothing else"),
    ],
)
def test_a_line_that_joins_nonsense_is_refused(line, message):
    with pytest.raises(ValidationError, match=message):
        Mapping.model_validate({"from": "f", "to": "t", "items": [line]})


def test_a_record_is_explained_item_by_item_with_bytes_value_rule_and_target(tmp_path):
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    damaged = raw[:216] + b"\xff" * 5 + raw[221:]
    (tmp_path / "file").write_bytes(damaged)
    found = {one.item: one for one in explain(samples.up(), tmp_path / "file", 2)}
    assert (found["性別"].raw, found["性別"].value, found["性別"].becomes) == (b"\xf9", "9", (("性別", "0"),))
    assert (found["氏名"].offset, found["氏名"].raw[:5].hex()) == (136, "2880a180a2")
    assert (found["所得額"].value, found["所得額"].rule) == (None, "packed")
    assert explain(samples.up(), tmp_path / "file", 4) == ()


def test_a_line_of_csv_is_explained_too(tmp_path):
    (tmp_path / "file").write_text(samples.ROWS.replace("2,1950", "7,1950"))
    found = {one.item: one for one in explain(samples.down(), tmp_path / "file", 3)}
    assert found["性別"].rule == "code"
    assert found["率"].becomes == (("率", "999.99"),)
