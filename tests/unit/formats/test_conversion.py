import dataclasses
import stat

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, Form, FormatFaults, compile_conversion, count_records, run_golden

FIRST = "000000000000019,見本　太郎,ミホン　タロウ,1,1985-02-14,-1234567,12.50\n"
HEADER = samples.ROWS.split("\n", 1)[0] + "\n"


@pytest.fixture
def legacy(tmp_path):
    return samples.run(samples.down(), tmp_path, samples.ROWS.encode())


def report(converter, folder, content):
    with pytest.raises(BadRecords) as raised:
        samples.run(converter, folder, content)
    return raised.value.report


def changed(raw, record, item, new):
    """The legacy file with other bytes in one item."""
    start = 0
    for known in samples.MASTER_ITEMS:
        size = known.get("length") or {"生年月日": 7, "所得額": 5, "率": 5}[known["name"]]
        if known.get("name") == item:
            break
        start += size
    at = (record - 1) * samples.MASTER_LENGTH + start
    return raw[:at] + new.ljust(size, b"\x40")[:size] + raw[at + size :]


def test_a_standard_file_becomes_the_bytes_worked_out_by_hand(tmp_path):
    raw = samples.run(samples.down(), tmp_path, (HEADER + FIRST).encode())
    assert raw[:16].hex() == "f2" + "f0" * 13 + "f1f9"
    # 見本 = 3821 + 4B5C of JIS X 0208 plus 8080, as kuten 24-11 and 43-60 say; blank 4040; 太郎 = 4240 4F3A
    assert raw[16:58].hex() == "28" + "b8ab" + "cbdc" + "4040" + "c2c0" + "cfba" + "29" + "40" * 30
    assert raw[89:96].hex() == "f3f6f0f0f2f1f4"
    assert raw[96:101].hex() == "001234567d"
    assert raw[101:106].hex() == "f0f1f2f5c0"


def test_a_file_comes_back_as_it_was(tmp_path, legacy):
    assert samples.run(samples.up(), tmp_path, legacy).decode() == samples.ROWS


@pytest.mark.parametrize("encoding", ["ibm930", "ibm939", "cp932"])
def test_every_encoding_carries_the_file_both_ways(tmp_path, encoding):
    table = samples.gaiji(samples.GAIJI.replace("80A1", "F040").replace("80A2", "F041"))
    form = Form(layout=samples.master(encoding=encoding), tables=(table,))
    down = compile_conversion(samples.csv_form(), form, samples.mapping())
    up = compile_conversion(form, samples.csv_form(), samples.mapping())
    text = samples.ROWS.replace("ガッツ", "ホンマ")
    assert samples.run(up, tmp_path, samples.run(down, tmp_path, text.encode())).decode() == text


def test_the_target_may_be_read_by_its_owner_alone(tmp_path):
    samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_what_was_done_is_counted(tmp_path):
    (tmp_path / "in").write_text(samples.ROWS)
    done = samples.down().convert(tmp_path / "in", tmp_path / "out")
    assert (done.records_in, done.records_out, done.bytes_out) == (3, 3, 3 * samples.MASTER_LENGTH)
    assert done.losses == {}


def test_progress_ends_at_the_size_of_the_source(tmp_path):
    (tmp_path / "in").write_text(samples.ROWS)
    told = []
    samples.down().convert(tmp_path / "in", tmp_path / "out", progress=told.append)
    assert told[-1] == (tmp_path / "in").stat().st_size


def test_a_truncated_last_record_is_an_error_with_its_offset(tmp_path, legacy):
    bad = report(samples.up(), tmp_path, legacy[:-1])
    assert [(one.record, one.offset, one.rule) for one in bad.records] == [(3, 240, "truncated")]


def test_a_refused_file_leaves_no_target_behind(tmp_path, legacy):
    report(samples.up(), tmp_path, legacy[:-1])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("item", "new", "rule", "offset"),
    [
        ("所得額", bytes.fromhex("00123a567d"), "packed", 120 + 96 + 2),
        ("所得額", b"\x40" * 5, "packed", 120 + 96 + 4),
        ("率", bytes.fromhex("f0f140f5c0"), "zoned", 120 + 101 + 2),
        ("氏名", b"\x28\xb8\xab\x29\x28\xb8", "shift", 120 + 16 + 4),
        ("氏名", b"\x28\x80\xa3\x29", "unmapped", 120 + 16 + 1),
        ("氏名", b"\x00" * 42, "unmapped", 120 + 16),
        ("生年月日", b"\xf6\xf0\xf1\xf0\xf1\xf0\xf1", "era", 120 + 89),
        ("生年月日", b"\xf3\xf0\xf1\xf1\xf3\xf0\xf1", "date", 120 + 89),
        ("性別", b"\xf3", "code", 120),
        ("種別", b"\xf3", "constant", 120),
        ("宛名番号", b"\x40" * 15, "required", 120 + 1),
    ],
)
def test_a_bad_item_is_reported_by_record_item_rule_and_offset(  # noqa: PLR0917 - a table of cases
    tmp_path, legacy, item, new, rule, offset
):
    bad = report(samples.up(), tmp_path, changed(legacy, 2, item, new))
    assert [(one.record, one.item, one.rule, one.offset) for one in bad.records] == [(2, item, rule, offset)]


def test_every_bad_item_of_every_record_is_counted_and_a_hundred_are_listed(tmp_path, legacy):
    broken = changed(changed(legacy[:120], 1, "所得額", b"\xff" * 5), 1, "率", b"\xff" * 5)
    bad = report(samples.up(), tmp_path, broken * 80)
    assert (bad.total, len(bad.records)) == (160, 100)


def test_an_era_date_that_the_western_form_would_lose_is_refused(tmp_path, legacy):
    bad = report(samples.up(), tmp_path, changed(legacy, 1, "生年月日", bytes.fromhex("f1f4f5f0f7f3f0")))
    assert (bad.records[0].item, bad.records[0].rule) == ("生年月日", "era")


@pytest.mark.parametrize(
    ("old", "new", "item", "rule"),
    [
        ("見本　太郎", "見本　太郎" * 5, "氏名", "length"),
        ("見本　太郎", "見本　𠮷", "氏名", "unmapped"),
        ("ミホン", "漢字", "氏名_読み仮名", "width"),
        ("-1234567", "-1234567890", "所得額", "length"),
        ("-1234567", "12345.6", "所得額", "decimals"),
        ("12.50", "1234.50", "率", "length"),
        ("1985-02-14", "1985-13-14", "生年月日", "date"),
        ("1985-02-14", "1850-02-14", "生年月日", "era"),
        (",1,1985", ",7,1985", "性別", "code"),
        ("000000000000019", "", "宛名番号", "required"),
        ("000000000000019", "００１", "宛名番号", "characters"),
        (",1,1985", ",1,,1985", "(record)", "columns"),
    ],
)
def test_what_does_not_fit_the_master_is_refused_never_cut(tmp_path, old, new, item, rule):
    bad = report(samples.down(), tmp_path, (HEADER + FIRST).replace(old, new).encode())
    assert [(one.record, one.item, one.rule) for one in bad.records] == [(1, item, rule)]
    assert bad.records[0].offset == len(HEADER.encode())


def test_no_report_shows_a_value_out_of_a_record(tmp_path, legacy):
    texts = []
    for old, new in [
        ("見本　太郎", "秘𠮷密"),
        ("1985-02-14", "1985-99-77"),
        ("12.50", "77777.77"),
        ("ミホン", "秘密"),
    ]:
        texts.append(str(report(samples.down(), tmp_path, (HEADER + FIRST).replace(old, new).encode())))
    broken = changed(legacy, 1, "所得額", bytes.fromhex("00777a567d"))
    texts.append(str(report(samples.up(), tmp_path, broken)))
    assert not [text for text in texts if "秘" in text or "77" in text or "密" in text]


def test_a_declared_placeholder_is_written_and_counted(tmp_path):
    form = Form(layout=samples.master(unmapped="placeholder"), tables=(samples.gaiji(),))
    down = compile_conversion(samples.csv_form(), form, samples.mapping())
    (tmp_path / "in").write_text((HEADER + FIRST).replace("見本", "𠮷本"))
    done = down.convert(tmp_path / "in", tmp_path / "out")
    assert done.losses == {"氏名: unmapped": 1}
    assert (tmp_path / "out").read_bytes()[16:21].hex() == "28a2aecbdc"
    down.verify(tmp_path / "in", tmp_path / "out")


def test_an_approved_reduction_is_written_and_anything_else_still_refused(tmp_path):
    reduction = samples.gaiji(
        "# version: 1\n# approved by: 市\n# kind: reduction\nunicode,to\nU+20BB7,U+5409\n"
    )
    form = Form(layout=samples.master(unmapped="table"), tables=(samples.gaiji(), reduction))
    down = compile_conversion(samples.csv_form(), form, samples.mapping())
    raw = samples.run(down, tmp_path, (HEADER + FIRST).replace("見本", "𠮷本").encode())
    assert raw[16:21].hex() == "28b5c8cbdc"
    bad = report(down, tmp_path, (HEADER + FIRST).replace("見本", "𠀀本").encode())
    assert bad.records[0].rule == "unmapped"


def test_the_round_trip_gate_passes_what_was_converted(tmp_path, legacy):
    (tmp_path / "csv").write_text(samples.ROWS)
    (tmp_path / "legacy").write_bytes(legacy)
    samples.down().verify(tmp_path / "csv", tmp_path / "legacy")
    samples.up().verify(tmp_path / "legacy", tmp_path / "csv")


@pytest.mark.parametrize(
    ("old", "new", "item"),
    [("-1234567", "-1234566", "所得額"), ("見本", "見木", "氏名"), (",1,1985", ",2,1985", "性別")],
)
def test_the_round_trip_gate_holds_a_file_that_differs_in_one_value(tmp_path, legacy, old, new, item):
    (tmp_path / "csv").write_text(samples.ROWS.replace(old, new, 1))
    (tmp_path / "legacy").write_bytes(legacy)
    with pytest.raises(BadRecords) as raised:
        samples.down().verify(tmp_path / "csv", tmp_path / "legacy")
    assert [(bad.record, bad.item, bad.rule) for bad in raised.value.report.records] == [
        (1, item, "round-trip")
    ]


def test_the_round_trip_gate_holds_a_file_with_a_record_less(tmp_path, legacy):
    (tmp_path / "csv").write_text(samples.ROWS)
    (tmp_path / "legacy").write_bytes(legacy[:240])
    with pytest.raises(BadRecords, match="number of records"):
        samples.down().verify(tmp_path / "csv", tmp_path / "legacy")


def test_a_one_way_line_is_named_and_left_out_on_the_way_back(tmp_path):
    items = [*samples.LINES[:-1], {"from": "率", "to": "率", "one_way": "戻さない"}]
    down = samples.down(items=items)
    assert (down.reversible, down.one_way) == (False, ("率",))
    raw = samples.run(down, tmp_path, samples.ROWS.encode())
    back = samples.run(samples.up(items=items), tmp_path, raw).decode()
    assert back.split("\n")[1].endswith(",-1234567,")


def test_items_that_no_line_carries_are_listed(tmp_path):
    up = samples.up(items=[line for line in samples.LINES if line.get("from") not in {"率", "所得額"}])
    assert up.not_carried == ("所得額", "率")


@pytest.mark.parametrize("content", [b"", HEADER.encode()])
def test_a_file_without_records_becomes_one(tmp_path, content):
    if content:
        assert samples.run(samples.down(), tmp_path, content) == b""
    else:
        assert samples.run(samples.up(), tmp_path, content) == HEADER.encode()


def test_records_are_counted_without_reading_items(tmp_path, legacy):
    (tmp_path / "legacy").write_bytes(legacy)
    (tmp_path / "csv").write_text(samples.ROWS)
    assert count_records(samples.legacy_form(), tmp_path / "legacy") == 3
    assert count_records(samples.csv_form(), tmp_path / "csv") == 3


def test_records_with_line_ends_are_cut_by_length_and_checked(tmp_path):
    form = samples.legacy_form(samples.master(records="line", line_end="crlf"))
    down = compile_conversion(samples.csv_form(), form, samples.mapping())
    up = compile_conversion(form, samples.csv_form(), samples.mapping())
    raw = samples.run(down, tmp_path, samples.ROWS.encode())
    assert raw[120:122] == b"\r\n"
    assert samples.run(up, tmp_path, raw).decode() == samples.ROWS
    bad = report(up, tmp_path, raw[:120] + b"\n\r" + raw[122:])
    assert [(one.record, one.rule, one.offset) for one in bad.records] == [(1, "line-end", 120)]


def test_equal_forms_have_equal_fingerprints_and_others_do_not():
    same = Form(layout=samples.master(title="別の題"), tables=(samples.gaiji(),))
    assert same.fingerprint == samples.legacy_form().fingerprint
    others = [
        Form(layout=samples.master(), tables=(samples.gaiji(samples.GAIJI.replace("80A1", "80A3")),)),
        Form(layout=samples.master()),
        Form(layout=samples.master(encoding="ibm930"), tables=(samples.gaiji(),)),
        samples.csv_form(),
        samples.csv_form(bom=True),
    ]
    assert len({form.fingerprint for form in [same, *others]}) == 6


def test_a_form_is_a_value():
    assert dataclasses.replace(samples.legacy_form()) == samples.legacy_form()


GOLDEN = {"given": {"宛名番号": "1", "性別": "0"}, "expect": {"宛名番号": "1", "性別": "9", "種別": "2"}}


def test_a_golden_case_that_comes_out_is_silent_both_ways():
    assert run_golden(samples.down(golden=[GOLDEN])) == ()
    assert run_golden(samples.up(golden=[GOLDEN])) == ()


@pytest.mark.parametrize(
    ("case", "location", "message"),
    [
        ({"expect": {"性別": "8"}}, ("golden", 0, "expect", "性別"), "another value"),
        ({"expect": {"氏名": "x"}}, ("golden", 0, "expect", "氏名"), "no line gives"),
        ({"expect": {"氏": "x"}}, ("golden", 0, "expect", "氏"), "no item"),
        ({"given": {"性別": "5"}, "expect": {"性別": "9"}}, ("golden", 0, "expect", "性別"), "code"),
    ],
)
def test_a_golden_case_that_fails_names_its_place(case, location, message):
    (fault,) = run_golden(samples.down(golden=[GOLDEN | case]))
    assert fault.location == location
    assert message in fault.message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    names=st.lists(st.text("見本太郎亜鰺鯵𠀋　ア々ー", min_size=1, max_size=19), min_size=1, max_size=5),
    income=st.integers(-999_999_999, 999_999_999),
    rate=st.integers(-99999, 99999),
)
def test_any_records_survive_both_ways(tmp_path, names, income, rate):
    sign = "-" if rate < 0 else ""
    amount = f"{sign}{abs(rate) // 100}.{abs(rate) % 100:02d}".replace("-0.00", "0.00")
    rows = [f"{at:015d},{name.strip()},,1,1985-02-00,{income},{amount}\n" for at, name in enumerate(names)]
    text = HEADER + "".join(rows)
    raw = samples.run(samples.down(), tmp_path, text.encode())
    assert samples.run(samples.up(), tmp_path, raw).decode() == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(data=st.data())
def test_a_damaged_record_is_refused_or_comes_back_equal(tmp_path, legacy, data):
    damaged = bytearray(legacy)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(legacy) - 1))] = data.draw(st.integers(0, 255))
    refused = ()
    try:
        samples.run(samples.up(), tmp_path, bytes(damaged))
    except BadRecords as error:
        refused = error.report.records
    assert all(0 <= bad.offset <= len(damaged) for bad in refused)
    if not refused:
        samples.up().verify(tmp_path / "in", tmp_path / "out")


def test_a_mapping_of_other_layouts_is_refused():
    with pytest.raises(FormatFaults) as raised:
        samples.down(**{"from": "other"})
    assert raised.value.faults[0].location == ("from",)
