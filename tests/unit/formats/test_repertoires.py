"""Whole repertoires, in both directions, against ICU, glibc's iconv and Python's codecs, with their known traps."""

import csv
import io
import unicodedata

import icu
import oracle_iconv
import pytest
import samples

from gateway.formats import Form, Layout, Mapping, compile_conversion
from gateway.formats.characters.codepages import charset
from gateway.formats.characters.codetable import shipped
from gateway.formats.faults import BadValueError

IBM = {"ibm930": "ibm-930", "ibm939": "ibm-939", "ibm1390": "ibm-1390", "ibm1399": "ibm-1399"}
EBCDIC = [*IBM, "ibm290", "ibm1027", "jef", "keis78", "keis83", "jips-e"]
DOUBLE = [*IBM, "jef", "keis78", "keis83", "jips-j", "jips-e", "cp932", "euc-jp"]
USER_AREA = range(0x6941, 0x7FFF)
CELLS = {"ibm930": 7265, "ibm939": 7265, "ibm1390": 15897, "ibm1399": 15897}
"""Assigned double bytes outside the user-defined area."""


def icu_reads(raw, name):
    try:
        return str(icu.UnicodeString(raw, name))
    except ValueError:
        return None


def refused(name, raw, width):
    with pytest.raises(BadValueError):
        charset(name).read(raw, width)
    return True


def is_private(text):
    return unicodedata.category(text[0]) == "Co"


@pytest.mark.parametrize("name", IBM)
def test_icu_has_no_double_byte_that_the_engine_lacks_but_for_user_defined_ones(name):
    codes = [lead << 8 | trail for lead in range(0x40, 0xFF) for trail in range(0x40, 0xFF)]
    read = {code: icu_reads(b"\x0e" + code.to_bytes(2, "big") + b"\x0f", IBM[name]) for code in codes}
    known = {code: text for code, text in read.items() if text and text != "\ufffd" and not is_private(text)}
    assert known == charset(name).double
    assert len(known) == CELLS[name]


@pytest.mark.parametrize("name", ["ibm930", "ibm939"])
def test_the_user_defined_area_of_ibm_is_left_to_tables(name):
    cells = [code.to_bytes(2, "big") for code in USER_AREA if 0x41 <= code & 0xFF <= 0xFE]
    taken = [cell for cell in cells if icu_reads(b"\x0e" + cell + b"\x0f", IBM[name])]
    assert len(taken) == 4370
    assert all(refused(name, cell, "full") for cell in cells)


@pytest.mark.parametrize("name", ["ibm1390", "ibm1399"])
def test_the_single_bytes_that_iconv_reads_as_substitute_without_an_error_are_refused(name):
    single = [bytes([byte]) for byte in range(0x40, 0xFF)]
    silent = [raw for raw in single if oracle_iconv.decode(name.upper(), raw) == "\x1a"]
    assert silent
    assert all(refused(name, raw, "half") for raw in silent)
    assert not [raw for raw in silent if icu_reads(raw, IBM[name]) not in {None, "\ufffd"}]


@pytest.mark.parametrize("name", ["ibm930", "ibm939"])
@pytest.mark.parametrize("character", "～－∥")
def test_what_icu_and_iconv_write_to_other_codes_is_refused(name, character):
    assert icu.UnicodeString(character).encode(IBM[name]) == b"\x0e\xfe\xfe\x0f"
    assert oracle_iconv.decode(name.upper(), oracle_iconv.encode(name.upper(), character)) != character
    with pytest.raises(BadValueError, match="no code"):
        charset(name).write(character, "mixed")


@pytest.mark.parametrize("name", ["ibm1390", "ibm1399"])
def test_the_cells_of_two_code_points_are_one_code_each_way_and_their_bases_another(name):
    code = charset(name)
    pairs = {cell: text for cell, text in code.double.items() if len(text) > 1}
    assert len(pairs) == 25
    for cell, text in pairs.items():
        raw = cell.to_bytes(2, "big")
        assert icu_reads(b"\x0e" + raw + b"\x0f", IBM[name]) == text
        assert code.write(text, "full") == raw
        assert code.write(text[0], "full") != raw


@pytest.mark.parametrize("name", DOUBLE)
def test_every_code_that_is_read_has_a_way_back_to_the_same_character(name):
    code = charset(name)
    for text in [*code.double.values(), *code.single.values()]:
        assert code.read(code.write(text, "mixed"), "mixed") == text


@pytest.mark.parametrize("name", DOUBLE)
def test_no_character_is_normalised(name):
    changed = [text for text in charset(name).double.values() if unicodedata.normalize("NFC", text) != text]
    assert {charset(name).read(charset(name).write(text, "mixed"), "mixed") for text in changed} == set(
        changed
    )
    assert changed or name in {"keis78", "keis83", "jips-j", "jips-e", "euc-jp"}


@pytest.mark.parametrize("name", EBCDIC)
def test_control_bytes_have_no_place_in_text(name):
    assert all(refused(name, bytes([byte]), "half") for byte in range(0x40))


def jis_cells():
    """Every cell of JIS X 0208 as two bytes from A1, and its character by Python's codec."""
    for lead in range(0xA1, 0xFF):
        for trail in range(0xA1, 0xFF):
            raw = bytes((lead, trail))
            text = raw.decode("euc_jp", "ignore")
            if text:
                yield raw, text


@pytest.mark.parametrize(
    ("name", "agreeing"), [("jef", 6697), ("keis78", 6795), ("keis83", 6877), ("jips-j", 6793)]
)
def test_a_makers_code_is_jis_x_0208_both_ways_but_for_the_listed_places(name, agreeing):
    code, offset = charset(name), 0x8080 if name.startswith("jips") else 0
    table = shipped("jips-double" if name == "jips-j" else f"{name}-double")
    listed, found = set(table.codes) | table.removed, 0
    elsewhere = set(table.codes.values())
    for raw, text in jis_cells():
        own = int.from_bytes(raw, "big") - offset
        same = code.double.get(own) == text and code.written[text] == own.to_bytes(2, "big")
        found += same
        assert same or {own, own + offset} & listed or text in elsewhere
    assert found == agreeing


def test_jips_e_has_the_cells_of_jips_j_under_other_bytes_each_exactly_once():
    plain, ebcdic = charset("jips-j").written, charset("jips-e").written
    codes = {plain[text]: ebcdic[text] for text in plain if len(plain[text]) == len(ebcdic[text]) == 2}
    assert len(codes) > 6900
    bytes_of: dict[int, set[int]] = {}
    for left, right in codes.items():
        for one, other in zip(left, right, strict=True):
            bytes_of.setdefault(one, set()).add(other)
    assert all(len(others) == 1 for others in bytes_of.values())
    assert len({next(iter(others)) for others in bytes_of.values()}) == len(bytes_of)


@pytest.mark.parametrize("fast", [True, False], ids=["kernels", "reference"])
@pytest.mark.parametrize("name", [*IBM, "jef", "keis78", "keis83", "jips-j", "jips-e", "cp932"])
def test_every_double_byte_passes_through_a_conversion_and_comes_back(tmp_path, name, fast):
    code = charset(name)
    half = {text for text in [*code.single.values(), *code.double.values()] if text.isascii()}
    half |= set(code.single.values())
    cells = {c: text for c, text in code.double.items() if c not in code.read_only and text not in half}
    layout = {"name": "l", "records": "fixed", "length": 2, "encoding": name}
    item = {"name": "字", "type": "text", "length": 2, "width": "full"}
    legacy = Form(layout=Layout.model_validate(layout | {"items": [item]}))
    column = {"name": "字", "type": "N", "length": 2}
    standard = Form(layout=Layout.model_validate({"name": "s", "records": "csv", "items": [column]}))
    mapping = Mapping.model_validate({"from": "l", "to": "s", "items": [{"from": "字", "to": "字"}]})
    raw = b"".join(cell.to_bytes(2, "big") for cell in cells)
    made = samples.run(compile_conversion(legacy, standard, mapping, fast=fast), tmp_path, raw)
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(made.decode(), newline=""))]
    assert read == ["字", *(text.rstrip("\u3000") for text in cells.values())]
    assert samples.run(compile_conversion(standard, legacy, mapping, fast=fast), tmp_path, made) == raw
