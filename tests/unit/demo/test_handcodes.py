"""The senders' own mainframe bytes against ICU and Python's codecs."""

import icu
import pytest

from gateway.demo.citizens import CITIZENS
from gateway.demo.handcodes import (
    CP932_GAIJI,
    IBM_DOUBLE,
    IBM_KANA,
    LINKAGE_MASTER,
    TAX_HOST,
    cp932,
    packed,
    packed_date,
    zoned,
)

NAMES = [who.name for who in CITIZENS]


def read_by_icu(raw: bytes) -> str:
    return str(icu.UnicodeString(raw, "ibm-939"))


@pytest.mark.parametrize("place", [at for at, name in enumerate(NAMES) if not set(name) & set("𠮷葛")])
def test_names_on_the_tax_host_are_what_icu_reads(place):
    assert read_by_icu(TAX_HOST.mixed(NAMES[place], 0)) == NAMES[place]


def test_kana_on_the_tax_host_are_what_icu_reads():
    for kana, code in IBM_KANA.items():
        assert read_by_icu(bytes([code])) == kana


def test_double_bytes_of_the_tax_host_are_what_icu_reads():
    for text, code in IBM_DOUBLE.items():
        assert read_by_icu(b"\x0e" + bytes.fromhex(code) + b"\x0f") == text


def test_a_user_defined_character_with_a_selector_is_one_code():
    assert LINKAGE_MASTER.mixed("葛\U000e0100城", 8) == bytes.fromhex("28 80A4 BEEB 29 4040")
    assert TAX_HOST.mixed("葛\U000e0100城", 8) == bytes.fromhex("0E 6942 45DB 0F 4040")
    assert cp932("葛\U000e0100城", 5) == bytes.fromhex("F041 8FE9 20")


def test_the_linkage_master_has_the_double_bytes_of_jis_and_its_own_blank():
    assert (
        LINKAGE_MASTER.wide("山田\u3000太", 10)
        == "山田".encode("euc_jp") + b"\x40\x40" + "太".encode("euc_jp") + b"\x40\x40"
    )


def test_no_text_has_no_shifts():
    assert LINKAGE_MASTER.mixed("", 4) == b"\x40" * 4


@pytest.mark.parametrize("character", ["髙", "﨑"])
def test_cp932_of_care_insurance_reads_back_as_the_same_character(character):
    assert bytes.fromhex(CP932_GAIJI[character]).decode("cp932") == character


def test_packed_and_zoned_are_those_of_the_worked_examples():
    assert packed(-12_300, 11) == bytes.fromhex("00000012300D")
    assert packed(100, 9) == bytes.fromhex("000000100C")
    assert packed_date("2027-01-04") == bytes.fromhex("020270104F")
    assert packed_date("") == bytes.fromhex("000000000F")
    assert zoned(2026, 4) == bytes.fromhex("F2F0F2F6")
