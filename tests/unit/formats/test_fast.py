"""The kernels and the reference path give the same bytes and the same faults, whatever comes in."""

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, Form, Layout, Mapping, compile_conversion
from gateway.formats.faults import FaultList
from gateway.formats.values.fields import Losses

TOGETHER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
GAIJI = {"cp932": "F040", "euc-jp": "8FF5A1"}


def outcome(converter, folder, content):
    """The bytes, or what is reported."""
    try:
        return samples.run(converter, folder, content)
    except BadRecords as error:
        return error.report


def legacy(encoding="jef", **changes):
    return Form(layout=samples.master(encoding=encoding, characters=[], **changes), tables=())


def pair(source, target, mapping):
    both = [compile_conversion(source, target, mapping, fast=fast) for fast in (True, False)]
    assert [converter.fast is not None for converter in both] == [True, False]
    return both


ROWS = samples.ROWS.replace("𠀋辻󠄁", "木")


@pytest.fixture(params=["jef", "keis83", "jips-e", "ibm939", "ibm1390", "cp932"])
def encoded(request, tmp_path):
    form = legacy(request.param)
    down = compile_conversion(samples.csv_form(), form, samples.mapping())
    text = ROWS.replace("ミホン", "ホンマ").replace("ガッツ", "カガミ")
    return form, samples.run(down, tmp_path, text.encode())


def test_ordinary_records_never_leave_the_kernels(tmp_path, encoded):
    form, raw = encoded
    fast, slow = pair(form, samples.csv_form(), samples.mapping())
    expected = samples.run(slow, tmp_path, raw)
    (tmp_path / "in").write_bytes(raw)

    def refuse(frame):
        raise AssertionError(frame.number)

    with (tmp_path / "in").open("rb") as stream:
        rows = b"".join(bytes(chunk) for _, chunk in fast.fast(refuse, FaultList(), Losses(), stream, None))
    assert expected.endswith(rows)
    assert rows.count(b"\n") == 3


@TOGETHER
@given(data=st.data())
def test_damaged_records_end_alike_on_both_paths(tmp_path, encoded, data):
    form, raw = encoded
    damaged = bytearray(raw * 2)
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    fast, slow = pair(form, samples.csv_form(), samples.mapping())
    assert outcome(fast, tmp_path, content) == outcome(slow, tmp_path, content)


ITEMS = [
    {"name": "a", "type": "zoned", "digits": 4, "signed": True, "sign": "leading-separate"},
    {"name": "b", "type": "zoned", "digits": 4, "signed": True, "sign": "leading", "decimals": 1},
    {"name": "c", "type": "packed", "digits": 4, "decimals": -2},
    {
        "name": "d",
        "type": "date",
        "form": "YYYYMMDD",
        "coding": "packed",
        "meanings": {"zeros": "9999-12-31"},
    },
    {"name": "e", "type": "date", "form": "GYYMMDD", "eras": list("MTSHR")},
    {"name": "f", "type": "text", "length": 8, "width": "half"},
    {"name": "g", "type": "text", "length": 8, "width": "full"},
    {"name": "h", "type": "text", "length": 8},
    {"name": "i", "type": "text", "length": 10, "width": "half", "meanings": {"low": ""}},
    {"name": "j", "type": "text", "length": 4, "width": "half"},
    {"name": "k", "type": "packed", "digits": 3, "signed": True, "default": "-7"},
    {"type": "filler", "length": 3},
]
COLUMNS = [
    {"name": "a", "type": "S9", "length": 4},
    {"name": "b", "type": "S9", "length": 6, "decimals": 2},
    {"name": "c", "type": "X", "length": 6},
    {"name": "d", "type": "DATE"},
    {"name": "e", "type": "DATE", "required": True},
    {"name": "f", "type": "TIME"},
    {"name": "g", "type": "N", "length": 3},
    {"name": "h", "type": "N", "length": 3},
    {"name": "i", "type": "DATE"},
    {"name": "j", "type": "YEAR"},
    {"name": "z", "type": "X", "length": 3, "default": "A-1"},
]
SIZES = [5, 4, 3, 5, 7, 8, 8, 8, 10, 4, 2, 3]


@TOGETHER
@given(data=st.data(), encoding=st.sampled_from(["jef", "ibm930", "cp932"]), line=st.booleans())
def test_any_records_of_all_kinds_of_items_end_alike_on_both_paths(tmp_path, data, encoding, line):
    layout = {
        "name": "l",
        "records": "line" if line else "fixed",
        "encoding": encoding,
        "length": 67,
        "items": ITEMS,
    }
    source = Form(layout=Layout.model_validate(layout))
    target = Form(layout=Layout.model_validate({"name": "s", "records": "csv", "items": COLUMNS}))
    lines = [{"from": item["name"], "to": item["name"]} for item in ITEMS[:10]]
    mapping = Mapping.model_validate({"from": "l", "to": "s", "items": lines})
    down = compile_conversion(target, source, mapping)
    row = "-12,3.50,4500,9999-12-31,1985-02-00,12:30:00,亜ア,木,2026-01-02,1999,A-1\n"
    header = ",".join(column["name"] for column in COLUMNS) + "\n"
    raw = bytearray(samples.run(down, tmp_path, (header + row * 2).encode()))
    starts = [sum(SIZES[:at]) for at in range(len(SIZES))]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, 10))
        size = SIZES[at]
        kind = st.sampled_from(
            [b"\x40" * size, b"\x00" * size, b"\xf0" * size, b"\x30" * size, b"\x20" * size]
        )
        new = data.draw(kind | st.binary(min_size=size, max_size=size))
        raw[starts[at] : starts[at] + size] = new
    fast, slow = pair(source, target, mapping)
    assert outcome(fast, tmp_path, bytes(raw)) == outcome(slow, tmp_path, bytes(raw))


@pytest.mark.parametrize(
    "changes",
    [
        {"unmapped": "placeholder"},
        {
            "items": [
                samples.MASTER_ITEMS[0],
                samples.MASTER_ITEMS[1] | {"justify": "right"},
                *samples.MASTER_ITEMS[2:],
            ]
        },
    ],
)
def test_what_is_not_plain_goes_by_the_reference_path(changes):
    converter = compile_conversion(legacy(**changes), samples.csv_form(), samples.mapping())
    assert converter.fast is None


def test_progress_and_counts_are_told_by_the_kernels_too(tmp_path, encoded):
    form, raw = encoded
    fast, _ = pair(form, samples.csv_form(), samples.mapping())
    (tmp_path / "in").write_bytes(raw * 20_000)
    told = []
    done = fast.convert(tmp_path / "in", tmp_path / "out", progress=told.append)
    assert (done.records_in, done.bytes_out) == (60_000, (tmp_path / "out").stat().st_size)
    assert told == sorted(told)
    assert told[-1] == len(raw) * 20_000


def test_ordinary_lines_never_leave_the_kernels(tmp_path):
    fast, slow = pair(samples.csv_form(), legacy("jef"), samples.mapping())
    expected = samples.run(slow, tmp_path, ROWS.encode())

    def refuse(frame):
        raise AssertionError(frame.number)

    with (tmp_path / "in").open("rb") as stream:
        rows = b"".join(bytes(chunk) for _, chunk in fast.fast(refuse, FaultList(), Losses(), stream, None))
    assert rows == expected


CELLS = st.sampled_from([
    "", "-0.05", "12.50", "00012", "1.", "-", "9999999999", "1985-02-14", "1989-01-00", "1850-01-01", "9999-12-31",
    "亜", "ｱ", "髙𠀋", "辻\U000e0101", '"', '"a""b"', '"x\ny"', "12:30:00", "2026", "ガ゛", "ヷ", "A" * 30, "亜" * 60,
    "\r", "0",
])  # fmt: skip


@TOGETHER
@given(
    data=st.data(),
    encoding=st.sampled_from(["jef", "jips-e", "ibm1390", "cp932", "euc-jp"]),
    crlf=st.booleans(),
)
def test_changed_cells_end_alike_on_both_paths(tmp_path, data, encoding, crlf):
    lines = (ROWS.replace("ミホン", "ホンマ") * 2).splitlines()
    rows = [line.split(",") for line in lines[:4] + lines[5:]]
    for _ in range(data.draw(st.integers(0, 3))):
        rows[data.draw(st.integers(0, 6))][data.draw(st.integers(0, 6))] = data.draw(CELLS)
    content = bytearray("".join(",".join(row) + ("\r\n" if crlf else "\n") for row in rows).encode())
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    standard = samples.csv_form(line_end="crlf" if crlf else "lf")
    fast, slow = pair(standard, legacy(encoding), samples.mapping())
    assert outcome(fast, tmp_path, content) == outcome(slow, tmp_path, content)


@TOGETHER
@given(data=st.data(), encoding=st.sampled_from(["jef", "ibm930", "cp932"]), line=st.booleans())
def test_any_cells_for_all_kinds_of_items_end_alike_on_both_paths(tmp_path, data, encoding, line):
    layout = {
        "name": "l",
        "records": "line" if line else "fixed",
        "encoding": encoding,
        "length": 67,
        "items": ITEMS,
    }
    target = Form(layout=Layout.model_validate(layout))
    source = Form(layout=Layout.model_validate({"name": "s", "records": "csv", "items": COLUMNS}))
    lines = [{"from": item["name"], "to": item["name"]} for item in ITEMS[:10]]
    mapping = Mapping.model_validate({"from": "l", "to": "s", "items": lines})
    row = [
        "-12",
        "3.50",
        "4500",
        "9999-12-31",
        "1985-02-00",
        "12:30:00",
        "亜ア",
        "木",
        "2026-01-02",
        "1999",
        "A-1",
    ]
    for _ in range(data.draw(st.integers(0, 3))):
        row[data.draw(st.integers(0, 10))] = data.draw(
            CELLS | st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,3})?", fullmatch=True)
        )
    header = ",".join(column["name"] for column in COLUMNS) + "\n"
    content = (header + (",".join(row) + "\n") * 2).encode()
    fast, slow = pair(source, target, mapping)
    assert outcome(fast, tmp_path, content) == outcome(slow, tmp_path, content)


def test_a_file_of_many_blocks_is_the_same_on_both_paths(tmp_path):
    fast, slow = pair(samples.csv_form(), legacy("jef"), samples.mapping())
    head, body = ROWS.split("\n", 1)
    odd = body.replace("000000000000019", '"000000000000019"')
    content = (head + "\n" + (body * 700 + odd) * 12).encode()
    assert len(content) > 3 << 20 >> 1
    assert outcome(fast, tmp_path, content) == outcome(slow, tmp_path, content)


def held(converter, first, second):
    """What the round-trip gate reports, or nothing."""
    try:
        converter.verify(first, second)
    except BadRecords as error:
        return error.report
    return None


@settings(TOGETHER, max_examples=100)
@given(data=st.data(), up=st.booleans())
def test_the_gate_says_the_same_with_and_without_kernels(tmp_path, data, up):
    ends = (legacy("jef"), samples.csv_form())
    fast, slow = pair(*(ends if up else ends[::-1]), samples.mapping())
    down = compile_conversion(samples.csv_form(), legacy("jef"), samples.mapping(), fast=False)
    old, new = tmp_path / "old", tmp_path / "new"
    new.write_text(ROWS)
    down.convert(new, old)
    for path in (old, new):
        damaged = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 2))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(damaged[: data.draw(st.just(len(damaged)) | st.integers(0, len(damaged)))])
    pairs = (old, new) if up else (new, old)
    assert held(fast, *pairs) == held(slow, *pairs)


def test_an_ordinary_file_is_proved_by_the_kernels_alone(tmp_path, encoded):
    form, raw = encoded
    (tmp_path / "old").write_bytes(raw)
    for source, target, names in (
        (form, samples.csv_form(), ("old", "new")),
        (samples.csv_form(), form, ("new", "again")),
    ):
        fast, _ = pair(source, target, samples.mapping())
        first, second = (tmp_path / name for name in names)
        fast.convert(first, second)
        assert fast._proved(first, second)
