"""KEIS and JEF files in which 4040 among double bytes means two half-width blanks."""

import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats import CsvProfile, Form, FormatFaults, Layout, Mapping, compile_conversion
from gateway.formats.characters.codepages import charset
from gateway.formats.characters.halfblanks import with_half_blanks

KEIS = charset("keis83")
HALVES = with_half_blanks(KEIS)
YAMADA, TARO = "\u5c71\u7530".encode("euc_jp"), "\u592a\u90ce".encode("euc_jp")


def test_the_blank_of_a_run_is_two_half_blanks_and_comes_back_as_it_was():
    raw = b"\x0a\x42" + YAMADA + b"\x40\x40" + TARO + b"\x0a\x41"
    assert HALVES.read(raw, "mixed") == "\u5c71\u7530  \u592a\u90ce"
    assert HALVES.write("\u5c71\u7530  \u592a\u90ce", "mixed") == raw
    assert KEIS.read(raw, "mixed") == "\u5c71\u7530\u3000\u592a\u90ce"


def test_the_wide_blank_keeps_its_code_of_the_standard_area():
    raw = b"\x0a\x42" + YAMADA + b"\xa1\xa1" + TARO + b"\x0a\x41"
    assert HALVES.read(raw, "mixed") == "\u5c71\u7530\u3000\u592a\u90ce"
    assert HALVES.write("\u5c71\u7530\u3000\u592a\u90ce", "mixed") == raw


def test_items_of_double_bytes_alone_keep_wide_blanks():
    assert HALVES.read(YAMADA + b"\x40\x40", "full") == "\u5c71\u7530\u3000"
    assert HALVES.wide_blank == b"\x40\x40"


@settings(deadline=None)
@given(st.text("AB \u3000\u5c71\u7530", max_size=12))
def test_any_text_of_blanks_comes_back(text):
    assert HALVES.read(HALVES.write(text, "mixed"), "mixed") == text


def test_a_layout_says_what_its_blank_means(tmp_path):
    items = [
        {"name": "a", "type": "text", "length": 16},
        {"name": "b", "type": "text", "length": 4, "width": "full"},
    ]
    common = {"name": "l", "records": "fixed", "length": 20, "encoding": "keis83", "items": items}
    standard = {"name": "c", "records": "csv", "items": [{"name": n, "type": "N", "length": 8} for n in "ab"]}
    mapping = Mapping.model_validate({"from": "l", "to": "c", "items": [{"from": n, "to": n} for n in "ab"]})
    raw = b"\x0a\x42" + YAMADA + b"\x40\x40" * 4 + b"\x0a\x41" + YAMADA
    form = Form(layout=Layout.model_validate(common | {"double_blank": "two-half"}), tables=())
    target = Form(layout=Layout.model_validate(standard), profile=CsvProfile())
    content = samples.run(compile_conversion(form, target, mapping), tmp_path, raw)
    assert content.decode() == "a,b\n\u5c71\u7530,\u5c71\u7530\n"
    wrong = Layout.model_validate(common | {"double_blank": "two-half", "encoding": "ibm939"})
    with pytest.raises(FormatFaults, match="two-half is for jef, keis78, keis83, keis90"):
        compile_conversion(Form(layout=wrong, tables=()), target, mapping)
