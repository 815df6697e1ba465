"""Mainframe bytes of the sample's own characters, by hand: nothing of ``gateway.formats`` is used here.

The demo's senders write with these tables and its check expects by them, so that a fault in the gateway's own
tables cannot hide behind itself. They hold no more than the samples need.

Sources: JEF's double bytes outside its user-defined area are those of JIS X 0208 (Python's ``euc_jp``) for
every character used here; half-width kana of Fujitsu's EBCDIC (kana) and of IBM code page 1027, and the double
bytes of IBM 939, as the published Fujitsu tables and glibc's iconv have them; CP932 is Python's, with the codes
of 髙 and 﨑 that Japanese systems themselves write (IBM extension, FBFC and FAB1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDE_BLANK = "\u3000"
_SELECTORS = range(0xE0100, 0xE01F0)

JEF_GAIJI = {"髙": "80A1", "﨑": "80A2", "𠮷": "80A3", "葛\U000e0100": "80A4"}
IBM_GAIJI = {"𠮷": "6941", "葛\U000e0100": "6942"}
CP932_GAIJI = {"𠮷": "F040", "葛\U000e0100": "F041", "髙": "FBFC", "﨑": "FAB1"}

IBM_DOUBLE = {
    WIDE_BLANK: "4040",
    "か": "4486",
    "く": "4488",
    "さ": "448C",
    "ど": "44CE",
    "ひ": "449E",
    "み": "44A5",
    "ら": "44AD",
    "り": "44AE",
    "一": "4541",
    "久": "458A",
    "佐": "4576",
    "健": "4681",
    "咲": "4CDE",
    "城": "45DB",
    "太": "45AB",
    "子": "4564",
    "小": "455D",
    "山": "4565",
    "木": "456C",
    "東": "4557",
    "林": "45A2",
    "橋": "4589",
    "渡": "45D2",
    "田": "4563",
    "美": "457D",
    "良": "45C4",
    "花": "46D9",
    "藤": "4568",
    "邉": "655A",
    "郎": "456E",
    "鈴": "45AE",
    "髙": "676B",
    "﨑": "5980",
}
IBM_KANA = {
    "ｱ": 0x59,
    "ｲ": 0x62,
    "ｳ": 0x63,
    "ｶ": 0x66,
    "ｷ": 0x67,
    "ｸ": 0x68,
    "ｹ": 0x69,
    "ｺ": 0x70,
    "ｻ": 0x71,
    "ｼ": 0x72,
    "ｽ": 0x73,
    "ﾀ": 0x76,
    "ﾁ": 0x77,
    "ﾂ": 0x78,
    "ﾄ": 0x8B,
    "ﾅ": 0x8C,
    "ﾊ": 0x9B,
    "ﾋ": 0x9C,
    "ﾍ": 0x9E,
    "ﾏ": 0xAA,
    "ﾐ": 0xAB,
    "ﾔ": 0xB3,
    "ﾖ": 0xB5,
    "ﾗ": 0xB6,
    "ﾘ": 0xB7,
    "ﾛ": 0xBA,
    "ﾜ": 0xBB,
    "ﾝ": 0xBC,
    "ﾞ": 0xBE,
}
FUJITSU_KANA = {
    "ｱ": 0x81,
    "ｲ": 0x82,
    "ｳ": 0x83,
    "ｶ": 0x86,
    "ｷ": 0x87,
    "ｸ": 0x88,
    "ｹ": 0x89,
    "ｺ": 0x8A,
    "ｻ": 0x8C,
    "ｼ": 0x8D,
    "ｽ": 0x8E,
    "ﾀ": 0x91,
    "ﾁ": 0x92,
    "ﾂ": 0x93,
    "ﾄ": 0x95,
    "ﾅ": 0x96,
    "ﾊ": 0x9D,
    "ﾋ": 0x9E,
    "ﾍ": 0xA2,
    "ﾏ": 0xA4,
    "ﾐ": 0xA5,
    "ﾔ": 0xA9,
    "ﾖ": 0xAC,
    "ﾗ": 0xAD,
    "ﾘ": 0xAE,
    "ﾛ": 0xBB,
    "ﾜ": 0xBC,
    "ﾝ": 0xBD,
    "ﾞ": 0xBE,
}
_EBCDIC_DIGITS = {str(digit): 0xF0 + digit for digit in range(10)} | {" ": 0x40}


def _units(text: str) -> Iterator[str]:
    """The text's characters, each with the variation selector behind it."""
    unit = ""
    for character in text:
        if unit and ord(character) not in _SELECTORS:
            yield unit
            unit = ""
        unit += character
    if unit:
        yield unit


def _jis(unit: str) -> bytes:
    return b"\x40\x40" if unit == WIDE_BLANK else unit.encode("euc_jp")


@dataclass(frozen=True, kw_only=True)
class Host:
    """How one mainframe writes text: its 外字, its other double bytes, its single bytes, its shifts."""

    gaiji: Mapping[str, str]
    double: Mapping[str, str]
    single: Mapping[str, int]
    to_double: bytes
    to_single: bytes

    def wide(self, text: str, length: int) -> bytes:
        """Double bytes without shifts, filled with double blanks."""
        return b"".join(map(self._pair, _units(text))).ljust(length // 2 * 2, b"\x40")

    def mixed(self, text: str, length: int) -> bytes:
        """Double bytes between shifts, filled with single blanks; nothing but blanks for no text."""
        shifted = self.to_double + self.wide(text, 0) + self.to_single if text else b""
        return shifted.ljust(length, b"\x40")

    def half(self, text: str, length: int) -> bytes:
        """Single bytes, filled with blanks."""
        return bytes(map(self.single.__getitem__, text)).ljust(length, b"\x40")

    def _pair(self, unit: str) -> bytes:
        code = self.gaiji.get(unit) or self.double.get(unit)
        return bytes.fromhex(code) if code else _jis(unit)


LINKAGE_MASTER = Host(
    gaiji=JEF_GAIJI, double={}, single=FUJITSU_KANA | _EBCDIC_DIGITS, to_double=b"\x28", to_single=b"\x29"
)
TAX_HOST = Host(
    gaiji=IBM_GAIJI, double=IBM_DOUBLE, single=IBM_KANA | _EBCDIC_DIGITS, to_double=b"\x0e", to_single=b"\x0f"
)


def packed(number: int, digits: int) -> bytes:
    """Packed decimal: C behind plus, D behind minus."""
    nibbles = f"{abs(number):0{digits}d}{'D' if number < 0 else 'C'}"
    return bytes.fromhex(nibbles.zfill(digits // 2 * 2 + 2))


def packed_date(date: str) -> bytes:
    """``YYYY-MM-DD`` as eight packed digits without a sign, F behind them; zeros for no date."""
    return bytes.fromhex(f"0{date.replace('-', '') or '0' * 8}F")


def zoned(number: int, digits: int) -> bytes:
    """Unsigned EBCDIC digits."""
    return bytes(0xF0 + int(digit) for digit in f"{number:0{digits}d}")


def cp932(text: str, length: int) -> bytes:
    """CP932 with the care-insurance system's 外字, filled with blanks."""
    codes = (CP932_GAIJI.get(unit) for unit in _units(text))
    pairs = zip(codes, _units(text), strict=True)
    return b"".join(bytes.fromhex(code) if code else unit.encode("cp932") for code, unit in pairs).ljust(
        length
    )
