"""Rows and items that are left out: counted, proved for what is carried, never filled by a guess."""

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, Form, Layout, Selection, SelectionError, compile_conversion, identity

COLUMNS = [
    {"name": "番号", "type": "X", "length": 15, "required": True},
    {"name": "区分", "type": "X", "length": 1},
    {"name": "金額", "type": "S9", "length": 9},
]
PLAIN = Form(layout=Layout.model_validate({"name": "p", "records": "csv", "items": COLUMNS}))


def down(**selections):
    return compile_conversion(samples.csv_form(), samples.legacy_form(), samples.mapping(), **selections)


def up(**selections):
    return compile_conversion(samples.legacy_form(), samples.csv_form(), samples.mapping(), **selections)


def converted(converter, folder, content):
    """The bytes and the counts, once the way back was proved."""
    (folder / "in").write_bytes(content)
    done = converter.convert(folder / "in", folder / "out")
    converter.verify(folder / "in", folder / "out")
    return (folder / "out").read_bytes(), (done.records_in, done.records_out, done.filtered)


@pytest.mark.parametrize(
    "selection",
    [
        {"taken": Selection(rows='性別 = "2" or 所得額 < 0')},
        {"sent": Selection(rows='性別 in ("1", "2") and 種別 = "2"')},
    ],
)
def test_rows_that_do_not_meet_the_condition_are_left_out_and_counted(tmp_path, selection):
    everything = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    size = samples.MASTER_LENGTH
    found, counts = converted(down(**selection), tmp_path, samples.ROWS.encode())
    assert found == everything[:size] + everything[2 * size :]
    assert counts == (3, 2, 1)


def test_a_row_that_was_left_out_by_mistake_is_found_by_the_proof(tmp_path):
    converter = down(taken=Selection(rows='性別 = "2" or 所得額 < 0'))
    found, _ = converted(converter, tmp_path, samples.ROWS.encode())
    (tmp_path / "out").write_bytes(found[: samples.MASTER_LENGTH])
    with pytest.raises(BadRecords) as raised:
        converter.verify(tmp_path / "in", tmp_path / "out")
    assert raised.value.report.records[0].rule == "round-trip"


def test_a_bad_record_holds_the_file_although_it_would_be_left_out(tmp_path):
    converter = down(taken=Selection(rows='性別 = "2"'))
    with pytest.raises(BadRecords):
        samples.run(converter, tmp_path, samples.ROWS.replace("-1234567", "-12A").encode())


@pytest.mark.parametrize("fast", [True, False])
def test_only_the_items_that_are_named_are_sent(tmp_path, fast):
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    converter = up(sent=Selection(items=("宛名番号", "03100011", "所得額")), fast=fast)
    found, counts = converted(converter, tmp_path, raw)
    assert found.decode().splitlines()[1:] == [
        "000000000000019,,,1,,-1234567,",
        "000000000000027,,,0,,0,",
        "000000000000035,,,2,,999999999,",
    ]
    assert counts == (3, 3, 0)
    assert {"氏名", "カナ", "生年月日", "率"} <= set(converter.not_carried)


def test_items_may_be_chosen_by_the_names_of_the_source_too(tmp_path):
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    found, _ = converted(up(taken=Selection(items=("宛名番号", "カナ"))), tmp_path, raw)
    assert found.decode().splitlines()[1] == "000000000000019,,ミホン　タロウ,,,,"


def test_a_legacy_text_that_is_left_out_is_blank(tmp_path):
    everything = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    names = tuple(item["name"] for item in samples.STANDARD_ITEMS if item["name"] != "氏名_読み仮名")
    found, _ = converted(down(taken=Selection(items=names)), tmp_path, samples.ROWS.encode())
    assert found[:58] == everything[:58]
    assert found[58:88] == b"\x40" * 30
    assert found[88:120] == everything[88:120]


@pytest.mark.parametrize(
    ("selection", "side", "key", "message"),
    [
        ({"sent": Selection(items=("宛名番号",))}, "to", "items", "所得額 of layout master cannot be empty"),
        ({"sent": Selection(items=("氏名",))}, "to", "items", "宛名番号 of layout master cannot be empty"),
        ({"sent": Selection(items=("氏",))}, "to", "items", "layout master has no item 氏"),
        ({"taken": Selection(rows="氏 = 1")}, "from", "rows", "氏 is no item of layout standard"),
        ({"sent": Selection(rows="氏名_読み仮名 is empty")}, "to", "rows", "is no item of layout master"),
    ],
)
def test_a_selection_that_cannot_be_made_says_what_to_write(selection, side, key, message):
    with pytest.raises(SelectionError, match=message) as raised:
        down(**selection)
    assert (raised.value.side, raised.value.key) == (side, key)


def test_between_two_ends_of_one_layout_a_selection_needs_no_mapping(tmp_path):
    selection = Selection(rows='区分 = "1"', items=("番号", "金額"))
    converter = compile_conversion(PLAIN, PLAIN, identity(PLAIN.layout), sent=selection)
    with pytest.raises(BadRecords):
        converted(converter, tmp_path, "番号,区分,金額\n,1,5\n".encode())
    assert converter.not_carried == ("区分",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(st.sampled_from("12"), st.integers(-99, 99)), max_size=12))
def test_what_goes_on_and_what_is_filtered_add_up(tmp_path, rows):
    content = "番号,区分,金額\n" + "".join(
        f"{at},{kind},{amount}\n" for at, (kind, amount) in enumerate(rows)
    )
    selection = Selection(rows='区分 = "1" and 金額 > 0')
    converter = compile_conversion(PLAIN, PLAIN, identity(PLAIN.layout), taken=selection)
    found, counts = converted(converter, tmp_path, content.encode())
    wanted = [f"{at},{kind},{amount}" for at, (kind, amount) in enumerate(rows) if kind == "1" and amount > 0]
    assert found.decode().splitlines()[1:] == wanted
    assert counts == (len(rows), len(wanted), len(rows) - len(wanted))
