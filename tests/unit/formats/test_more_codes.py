"""JIS, UTF-8 and UTF-16 as record encodings, KEIS90, JIPS internal, and shifts that hold over items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_records import faults, read, records

from gateway.formats import BadRecords, CharacterTable, FormatFaults
from gateway.formats.characters.codepages import charset
from gateway.formats.faults import BadValueError
from gateway.formats.fixedlength.fixedcompiler import FixedCompiler
from gateway.formats.layouts.layout import Layout
from gateway.formats.values.fields import Losses

# The characters of JIS X 0208 that Python's ISO-2022-JP has, ASCII and half-width kana: an independent codec.
KANJI = [
    bytes((0x1B, 0x24, 0x42, lead, trail, 0x1B, 0x28, 0x42)).decode("iso2022_jp", "ignore")
    for lead in range(0x21, 0x75)
    for trail in range(0x21, 0x7F)
]
JIS_X_0208 = sorted({text for text in KANJI if len(text) == 1})
PLAIN = [chr(code) for code in range(0x20, 0x7F)]
KANA = [chr(code) for code in range(0xFF61, 0xFFA0)]
ORDINARY = st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"], exclude_characters="\ufeff")


def refused(encoding, raw, width="mixed"):
    with pytest.raises(BadValueError) as raised:
        charset(encoding).read(raw, width)
    return raised.value.rule, raised.value.at


@given(text=st.lists(st.sampled_from([*JIS_X_0208, *PLAIN])).map("".join))
def test_jis_is_written_as_python_writes_iso_2022_jp(text):
    assert charset("jis").write(text, "mixed") == text.encode("iso2022_jp")


@given(text=st.lists(st.sampled_from([*JIS_X_0208, *PLAIN, *KANA])).map("".join))
def test_jis_with_half_width_kana_comes_back_and_python_reads_the_same(text):
    raw = charset("jis").write(text, "mixed")
    assert charset("jis").read(raw, "mixed") == text
    assert raw.decode("iso2022_jp_ext") == text


def test_every_escape_of_jis_is_read():
    raw = b"A\x1b$@0!\x1b(J\\~\x1b(I1\x1b$B0!\x1b(B~\xb1"
    assert charset("jis").read(raw, "mixed") == "A亜¥‾ｱ亜~ｱ"


@pytest.mark.parametrize(
    ("raw", "rule", "at"),
    [
        (b"A\x1b$B0!", "shift", 5),
        (b"\x1b$B0\x1b(B", "unmapped", 3),
        (b"\x1b$B0!0", "cut", 5),
        (b"\x1b$A0!", "unmapped", 0),
    ],
)
def test_a_jis_text_that_is_cut_or_unknown_is_an_error_with_its_place(raw, rule, at):
    assert refused("jis", raw) == (rule, at)


def test_jis_items_of_one_width_have_no_escapes():
    assert charset("jis").write("亜", "full") == b"0!"
    assert charset("jis").write("Aｱ", "half") == b"A\xb1"


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-be", "utf-16-le"])
@given(text=st.text(ORDINARY))
def test_unicode_records_are_what_python_encodes(codec, text):
    code = charset(codec)
    assert code.write(text, "mixed") == text.encode(codec)
    assert code.read(text.encode(codec), "mixed") == text


@pytest.mark.parametrize(
    ("codec", "raw", "rule", "at"),
    [
        ("utf-8", "氏名".encode()[:5], "cut", 3),
        ("utf-8", b"A\xb1B", "encoding", 1),
        ("utf-8", b"A\x00", "unmapped", 1),
        ("utf-8", "氏\ue000".encode(), "unmapped", 3),
        ("utf-16-be", b"\x00A\x00", "cut", 2),
        ("utf-16-le", b"A\x00\x00\xd8A\x00", "encoding", 2),
        ("utf-16-be", b"\xfe\xff\x00A", "unmapped", 0),
    ],
)
def test_bytes_that_are_no_plain_unicode_are_refused_with_their_place(codec, raw, rule, at):
    assert refused(codec, raw) == (rule, at)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-be"])
def test_a_private_use_character_is_what_the_table_of_its_system_says(codec):
    table = CharacterTable.parse(
        "# version: 1\n# approved by: 市\ncode,unicode\nE000,U+8FBB U+E0101\n", source="g.csv"
    )
    layout = {"name": "l", "records": "fixed", "length": 12, "encoding": codec, "characters": ["g"]}
    compiler = FixedCompiler(
        Layout.model_validate(layout | {"items": [{"name": "氏名", "type": "text", "length": 12}]}), (table,)
    )
    compiled = compiler.compile()
    assert compiler.faults == []
    padded = "辻\ue000".encode(codec).ljust(12) if codec == "utf-8" else "辻\ue000    ".encode(codec)
    assert read(compiled, padded) == [{"氏名": "辻辻\U000e0101"}]
    raw, wrong = compiled.writer().put(["辻\U000e0101辻"], Losses())
    assert (raw.decode(codec).rstrip(), wrong) == ("\ue000辻", [])


def test_an_utf_16_record_has_text_dates_and_packed_numbers():
    layout = {
        "length": 36,
        "encoding": "utf-16-be",
        "items": [
            {"name": "氏名", "type": "text", "length": 8, "width": "full"},
            {"name": "番号", "type": "text", "length": 8, "width": "half"},
            {"name": "日", "type": "date", "form": "YYYYMMDD", "meanings": {"zeros": ""}},
            {"name": "額", "type": "packed", "digits": 3, "signed": True},
            {"type": "filler", "length": 2},
        ],
    }
    compiled = records(**layout)
    raw = "見本　　12  20260401".encode("utf-16-be") + bytes.fromhex("123d0020")
    assert read(compiled, raw) == [{"氏名": "見本", "番号": "12", "日": "2026-04-01", "額": "-123"}]
    assert compiled.writer().put(["見本", "12", "2026-04-01", "-123", None], Losses()) == (raw, [])


@pytest.mark.parametrize(
    ("encoding", "item", "message"),
    [
        ("utf-16-le", {"type": "text", "length": 3}, "needs an even length"),
        ("utf-16-le", {"type": "zoned", "digits": 4}, "no digits of one byte"),
        ("utf-8", {"type": "text", "length": 4, "width": "full"}, "no double-byte characters"),
    ],
)
def test_what_an_encoding_cannot_hold_is_a_fault_of_the_layout(encoding, item, message):
    found = faults(encoding=encoding, length=4, items=[{"name": "a"} | item])
    assert message in found["items", 0]


def test_keis90_is_keis83_until_a_table_says_more():
    assert charset("keis90").double == charset("keis83").double
    assert charset("keis90").write("A亜", "mixed").hex() == "c10a42b0a10a41"


LOADED = "# version: 1\n# approved by: 市\ncode,unicode\n3021,U+4E9C\n2121,U+3000\n"


def test_jips_internal_is_what_its_table_says_and_nothing_else():
    items = [{"name": "氏名", "type": "text", "length": 6, "width": "full"}]
    layout = {
        "name": "l",
        "records": "fixed",
        "length": 6,
        "encoding": "jips-internal",
        "characters": ["n"],
        "items": items,
    }
    compiler = FixedCompiler(Layout.model_validate(layout), (CharacterTable.parse(LOADED, source="n.csv"),))
    compiled = compiler.compile()
    assert compiler.faults == []
    assert read(compiled, bytes.fromhex("302121212121")) == [{"氏名": "亜"}]
    with pytest.raises(BadRecords, match="unmapped"):
        read(compiled, bytes.fromhex("302221212121"))


def test_jips_internal_without_a_table_or_with_mixed_text_is_refused():
    found = faults(encoding="jips-internal", length=4, items=[{"name": "a", "type": "text", "length": 4}])
    assert "no source of them could be verified" in found["encoding",]
    assert "write width: half or full" in found["items", 0]


NAMES = [
    {"name": "氏", "type": "text", "length": 6},
    {"name": "額", "type": "packed", "digits": 3},
    {"name": "名", "type": "text", "length": 6},
]


def test_with_shift_record_a_text_goes_on_as_the_one_before_ended():
    compiled = records(length=14, encoding="keis83", shift="record", items=NAMES)
    raw = bytes.fromhex("0a42b0a1b0a1012fb0a10a41c1c1")
    assert read(compiled, raw * 2) == [{"氏": "亜亜", "額": "12", "名": "亜AA"}] * 2


def test_with_shift_item_the_same_record_is_an_error_with_its_place():
    compiled = records(length=14, encoding="keis83", items=NAMES)
    with pytest.raises(BadRecords) as raised:
        read(compiled, bytes.fromhex("0a42b0a1b0a1012fb0a10a41c1c1"))
    first, second = raised.value.report.records
    assert (first.item, first.rule, first.offset) == ("氏", "shift", 0)
    assert (second.item, second.rule, second.offset) == ("名", "unmapped", 10)


@pytest.mark.parametrize("encoding", ["jef", "keis83", "ibm930", "jips-e", "jis"])
@given(data=st.data())
def test_a_run_cut_anywhere_between_two_items_reads_as_if_it_was_not_cut(encoding, data):
    code = charset(encoding)
    text = "".join(data.draw(st.lists(st.sampled_from(["亜", "辻", "A", "1"]), min_size=1, max_size=12)))
    whole = code.write(text, "mixed")
    at = data.draw(st.sampled_from(cuts(code, whole)))
    first, left = code.resumed(whole[:at], b"")
    second, rest = code.resumed(whole[at:], left)
    assert code.read(first, "mixed") + code.read(second, "mixed") == text
    assert rest == b""


def cuts(code, whole):
    """Where a text may be cut: between two characters."""
    found = []
    for at in range(len(whole) + 1):
        try:
            code.read(code.resumed(whole[:at], b"")[0], "mixed")
            code.read(code.resumed(whole[at:], code.resumed(whole[:at], b"")[1])[0], "mixed")
            found.append(at)
        except BadValueError:
            continue
    return found


def test_what_is_written_under_shift_record_ends_every_item_with_single_bytes():
    compiled = records(length=14, encoding="jef", shift="record", items=NAMES)
    raw, wrong = compiled.writer().put(["亜亜", "12", "亜"], Losses())
    assert (raw.hex(), wrong) == ("28b0a1b0a129012f28b0a1294040", [])
    _, wrong = compiled.writer().put(["亜亜亜", "12", "亜"], Losses())
    assert [(item, error.rule) for item, error in wrong] == [("氏", "length")]


@pytest.mark.parametrize(
    ("encoding", "entry"),
    [
        ("jef", "28,U+2000B"),
        ("jef", "2941,U+2000B"),
        ("keis83", "0A41,U+2000B"),
        ("cp932", "4141,U+2000B"),
        ("cp932", "81,U+2000B"),
    ],
)
def test_a_code_that_cannot_be_read_back_is_a_fault_of_its_table(encoding, entry):
    assert "cannot be read back" in table_fault(encoding, entry)


@pytest.mark.parametrize("entry", ["40,U+2000C", "F0,U+2000C", "4040,U+2000C"])
def test_a_table_may_not_take_the_code_of_a_blank_or_a_digit(entry):
    assert "a blank or a digit loses its code" in table_fault("ibm1390", entry)


def table_fault(encoding, entry):
    table = CharacterTable.parse(f"# version: 1\n# approved by: 市\ncode,unicode\n{entry}\n", source="g.csv")
    layout = {"name": "l", "records": "fixed", "length": 4, "encoding": encoding, "characters": ["g"]}
    compiler = FixedCompiler(
        Layout.model_validate(layout | {"items": [{"name": "a", "type": "text", "length": 4}]}), (table,)
    )
    assert {fault.model for fault in compiler.faults} == {"table"}
    return " ".join(fault.message for fault in compiler.faults)


@pytest.mark.parametrize(
    "entry",
    ["-0A1,U+2000B", "0x41,U+2000B", "8_01,U+2000B", "80A1,U+D800", "80A1,U+000A", f"80A1,{'U' * 140000}"],
)
def test_what_is_no_code_or_no_character_is_refused_with_its_line(entry):
    with pytest.raises(FormatFaults) as raised:
        CharacterTable.parse(f"# version: 1\n# approved by: 市\ncode,unicode\n{entry}\n", source="g.csv")
    assert {fault.location[0] for fault in raised.value.faults} == {4}


def test_a_character_with_a_single_and_a_double_code_is_written_by_width():
    code = charset("ibm1390")
    assert code.write("€", "half").hex() == "e1"
    assert code.read(code.write("€", "full"), "full") == "€"
