"""Oracles: glibc's iconv, ICU's converters, Python's codecs."""

import re

import icu
import oracle_iconv
import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from gateway.formats import Form, compile_conversion
from gateway.formats.characters.charset import Charset
from gateway.formats.characters.codepages import charset
from gateway.formats.characters.codetable import shipped
from gateway.formats.characters.pairs import pair_up, pair_up_latin
from gateway.formats.faults import BadValueError

IBM = {
    "ibm930": ("IBM930", "ibm-930"),
    "ibm939": ("IBM939", "ibm-939"),
    "ibm1390": ("IBM1390", "ibm-1390"),
    "ibm1399": ("IBM1399", "ibm-1399"),
}
STATEFUL = ["jef", "keis78", "keis83", "jips-j", "jips-e", *IBM]
EVERY = [*STATEFUL, "cp932", "euc-jp"]
# Where iconv or ICU write a character to a code that they read as another one.
ONE_WAY = {"ibm930": {"\\", "~"}, "ibm939": {"\\", "~"}}


def icu_decode(name: str, raw: bytes) -> str:
    return icu.UnicodeString(raw, name).__str__()


@pytest.mark.parametrize("name", IBM)
def test_every_double_byte_of_ibm_reads_as_iconv_and_icu_read_it(name):
    code = charset(name)
    assert code.double == oracle_iconv.double_bytes(IBM[name][0])
    for pair, text in code.double.items():
        assert icu_decode(IBM[name][1], b"\x0e" + pair.to_bytes(2, "big") + b"\x0f") == text


@pytest.mark.parametrize("name", IBM)
def test_every_single_byte_of_ibm_reads_as_iconv_and_icu_read_it(name):
    code = charset(name)
    assert code.single == oracle_iconv.single_bytes(IBM[name][0])
    assert all(icu_decode(IBM[name][1], bytes([byte])) == text for byte, text in code.single.items())


@pytest.mark.parametrize("name", IBM)
def test_every_character_of_ibm_is_written_as_icu_writes_it(name):
    code = charset(name)
    expected = {unit: icu.UnicodeString(unit).encode(IBM[name][1]) for unit in code.written}
    assert {unit: code.write(unit, "mixed") for unit in code.written} == expected


@pytest.mark.parametrize("name", IBM)
def test_every_character_of_ibm_is_written_as_iconv_writes_it_but_for_two_it_cannot_read_back(name):
    code = charset(name)
    units = sorted(code.written)
    lines = oracle_iconv.encode(IBM[name][0], "\n".join(units)).split(b"\x25")
    differing = {unit for unit, line in zip(units, lines, strict=True) if code.write(unit, "mixed") != line}
    assert differing == ONE_WAY.get(name, set())
    assert all(
        oracle_iconv.decode(IBM[name][0], oracle_iconv.encode(IBM[name][0], unit)) != unit
        for unit in differing
    )


def test_the_shipped_ibm_table_is_what_the_generator_writes():
    codes = oracle_iconv.double_bytes("IBM939")
    lines = list(oracle_iconv.table_lines(codes, oracle_iconv.written_otherwise("IBM939", codes)))
    assert shipped("ibm-double").codes == codes
    assert len(lines) < 100
    assert shipped("ibm1390-double").codes == oracle_iconv.double_bytes("IBM1399")


def test_jef_reads_the_standard_area_as_jis_x_0208_but_for_the_listed_places():
    code, table = charset("jef"), shipped("jef-double")
    for lead in range(0xA1, 0xFF):
        for trail in range(0xA1, 0xFF):
            pair = lead << 8 | trail
            if pair in table.codes or pair in table.removed:
                continue
            try:
                expected = bytes((lead, trail)).decode("euc_jp")
            except UnicodeDecodeError:
                expected = None
            assert code.double.get(pair) == expected


@pytest.mark.parametrize(
    ("pair", "character"),
    [
        (0xB0B3, "鰺"),
        (0xF2CD, "鯵"),
        (0xB2A9, "鶯"),
        (0xF2F4, "鴬"),
        (0xC4D4, "辻"),
        (0xB0A1, "亜"),
        (0x4040, "　"),
    ],
)
def test_jef_keeps_apart_the_pairs_that_changed_between_the_standards_of_1978_and_1983(pair, character):
    assert charset("jef").double[pair] == character


@pytest.mark.parametrize("name", ["keis78", "keis83"])
def test_keis_reads_the_standard_area_as_jis_x_0208_but_for_the_listed_places(name):
    code, table = charset(name), shipped(f"{name}-double")
    differing = {pair for pair, text in code.double.items() if text != euc(pair)}
    assert differing <= table.codes.keys()
    assert len(differing) == {"keis78": 84, "keis83": 2}[name]  # with the blank 4040


def euc(pair):
    try:
        return pair.to_bytes(2, "big").decode("euc_jp")
    except UnicodeDecodeError:
        return None


def test_jips_j_is_jis_x_0208_as_it_is_and_jips_e_the_same_through_the_eight_bit_table():
    plain, ebcdic = charset("jips-j"), charset("jips-e")
    assert plain.write("亜日", "full").hex() == "30214 67c".replace(" ", "")
    assert ebcdic.write("　", "full").hex() == "4f4f"
    assert plain.write("A亜", "mixed").hex() == "411a7030211a71"
    assert ebcdic.write("A亜", "mixed").hex() == "c13f75f04f3f76"
    assert sorted(plain.double.values()) == sorted(ebcdic.double.values())


def test_keis_has_shifts_of_two_bytes():
    assert charset("keis83").write("A亜A", "mixed").hex() == "c10a42b0a10a41c1"
    assert charset("keis83").read(bytes.fromhex("0a42b0a140400a41"), "mixed") == "亜　"


@pytest.mark.parametrize("text", ["亜ｱA", "丂", "〜‖"])
def test_euc_jp_agrees_with_python(text):
    assert charset("euc-jp").read(text.encode("euc_jp"), "mixed") == text
    assert charset("euc-jp").write(text, "mixed") == text.encode("euc_jp")


@pytest.mark.parametrize(
    ("name", "pairs", "code", "character"),
    [
        ("cp932", None, "8160", "～"),
        ("cp932", "jis", "8160", "〜"),
        ("keis83", None, "a1c1", "〜"),
        ("keis83", "microsoft", "a1c1", "～"),
        ("keis83", "microsoft", "a1dd", "－"),
        ("jef", "jis", "a1c1", "〜"),
    ],
)
def test_a_layout_declares_which_of_the_ambiguous_characters_a_code_means(name, pairs, code, character):
    double = dict(charset(name).double)
    pair_up(double, pairs)
    assert double[int(code, 16)] == character
    assert len(set(double.values())) == len(set(charset(name).double.values()))


@pytest.mark.parametrize(
    ("name", "latin", "raw", "text"),
    [
        ("cp932", None, "5c7e", "\\~"),
        ("cp932", "jis", "5c7e", "¥‾"),
        ("ibm930", None, "5ba1", "¥‾"),
        ("ibm930", "ascii", "5ba1", "\\~"),
        ("jips-e", "jis", "5ba1", "¥‾"),
    ],
)
def test_a_layout_declares_whether_single_bytes_are_yen_and_overline_or_backslash_and_tilde(
    name, latin, raw, text
):
    single = dict(charset(name).single)
    pair_up_latin(single, latin)
    assert "".join(single[code] for code in bytes.fromhex(raw)) == text
    assert len(set(single.values())) == len(set(charset(name).single.values()))


@pytest.mark.parametrize(
    ("single", "row"),
    [
        ("fujitsu-kana", r"\$£!~"),
        ("fujitsu-lower", r"\$£!~"),
        ("fujitsu-ascii", r"$\[]~"),
        ("hitachi-kana", r"\$[]~"),
        ("nec-kana", r"\$[]~"),
        ("ibm290", "¥$£!‾"),
        ("ibm1027", r"$\¢!~"),
    ],
)
def test_the_single_bytes_that_differ_between_makers_are_as_published(single, row):
    code = charset("ibm290" if single.startswith("ibm") else "jef", single)
    assert code.read(bytes.fromhex("5be04a5aa1"), "half") == row


def test_cp932_reads_every_pair_as_python_does_and_leaves_the_user_defined_area_to_tables():
    code = charset("cp932")
    for lead in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            expected = bytes((lead, trail)).decode("cp932", "replace")
            known = "\ufffd" not in expected and not 0xF040 <= (lead << 8 | trail) <= 0xF9FC
            assert code.double.get(lead << 8 | trail) == (expected if known else None)


@pytest.mark.parametrize(
    ("text", "raw"),
    [("髙", "fbfc"), ("﨑", "fab1"), ("①", "8740"), ("∪", "81be"), ("Ⅰ", "8754"), ("¬", "81ca")],
)
def test_cp932_writes_the_declared_one_of_several_codes(text, raw):
    wide = text.replace("¬", "￢")
    assert charset("cp932").write(wide, "mixed").hex() == raw


def test_cp932_never_reads_a_user_defined_code_as_another_character():
    with pytest.raises(BadValueError) as raised:
        charset("cp932").read(b"A\xf0\x40", "mixed")
    assert (raised.value.rule, raised.value.at) == ("unmapped", 1)


@pytest.mark.parametrize("name", EVERY)
@given(data=st.data())
def test_any_text_of_the_repertoire_comes_back(name, data):
    code = charset(name)
    text = "".join(data.draw(st.lists(st.sampled_from(sorted(code.written)), max_size=20)))
    assert code.read(code.write(text, "mixed"), "mixed") == text


@pytest.mark.parametrize("name", EVERY)
@given(raw=st.binary(max_size=24))
def test_any_bytes_are_read_or_refused_with_a_place_inside_them(name, raw):
    places = []
    try:
        text = charset(name).read(raw, "mixed")
    except BadValueError as error:
        text = ""
        places.append(error.at)
    assert all(0 <= at < len(raw) for at in places)
    assert charset(name).read(charset(name).write(text, "mixed"), "mixed") == text


@pytest.mark.parametrize(
    ("raw", "rule", "at"),
    [
        ("28b0a1", "shift", 0),
        ("c128b0a1b029", "shift", 1),
        ("c1280041", "shift", 1),
        ("28000029", "unmapped", 1),
        ("c100", "unmapped", 1),
    ],
)
def test_a_cut_or_unknown_jef_text_is_an_error_with_its_place(raw, rule, at):
    with pytest.raises(BadValueError) as raised:
        charset("jef").read(bytes.fromhex(raw), "mixed")
    assert (raised.value.rule, raised.value.at) == (rule, at)


def test_both_jef_shifts_are_read_and_the_first_is_written():
    code = charset("jef")
    assert code.read(bytes.fromhex("38b0a129c1"), "mixed") == "亜A"
    assert code.write("亜A", "mixed").hex() == "28b0a129c1"


def test_the_third_jef_shift_has_two_bytes_and_is_read_on_either_path(tmp_path):
    form = Form(layout=samples.master(encoding="jef", characters=[]), tables=())
    rows = samples.ROWS.replace("𠀋辻󠄁", "木").encode()
    raw = samples.run(compile_conversion(samples.csv_form(), form, samples.mapping()), tmp_path, rows)
    run = re.search(rb"\x28((?:[\xa1-\xfe]{2})+)\x29", raw)
    shorter = run[1][:-2]
    changed = raw.replace(run[0], b"\x30\xe2" + shorter + b"\x29\x40", 1)
    expected = rows.decode().replace(run[1].decode("euc_jp"), shorter.decode("euc_jp"), 1)
    for fast in (True, False):
        up = compile_conversion(form, samples.csv_form(), samples.mapping(), fast=fast)
        assert samples.run(up, tmp_path, changed).decode() == expected


def test_the_single_bytes_of_a_layout_are_as_declared():
    assert charset("jef").read(b"\x81", "half") == "ｱ"
    assert charset("jef", "fujitsu-lower").read(b"\x81", "half") == "a"
    assert charset("jef", "fujitsu-ascii").read(b"\x5b", "half") == "$"


def test_a_sequence_with_a_variation_selector_is_one_code():
    base = charset("jef")
    code = base.extended(base.single, base.double | {0x80A2: "辻\U000e0101"})
    assert code.write("辻辻\U000e0101", "full").hex() == "c4d480a2"
    assert code.read(bytes.fromhex("c4d480a2"), "full") == "辻辻\U000e0101"


def test_a_selector_without_a_code_is_never_dropped():
    with pytest.raises(BadValueError, match="no code"):
        charset("jef").write("辻\U000e0101", "full")


@pytest.mark.parametrize("name", EVERY)
def test_no_two_writable_codes_share_a_character_but_for_half_width_ones_in_double_bytes(name):
    code: Charset = charset(name)
    writable = [text for pair, text in code.double.items() if pair not in code.read_only]
    assert len(writable) == len(set(writable))
    shared = set(writable) & set(code.single.values())
    expected = {"ibm1390": {"€"}, "ibm1399": {"€"}, "euc-jp": {"~"}}.get(name, set())
    assert shared == expected or (name.startswith("jips") and not shared & set("亜ア！　"))
