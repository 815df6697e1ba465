"""Records of people who do not exist, in two forms made side by side: 400-byte IBM 939 records, and CSV lines.

Nothing here uses the gateway: characters are encoded by glibc's iconv, numbers by the arithmetic below. So the two
files of one run are the expected results of each other's conversion, to the byte.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

LENGTH = 400
CHUNK = 20_000
SHIFT_OUT, SHIFT_IN, BLANK = 0x0E, 0x0F, 0x40
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
_HALF_KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_HALF = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" + _HALF_KANA
_DIGITS = np.frombuffer(b"0123456789", np.uint8)
ERAS = ((3, 1926, 1927, 1988), (4, 1989, 1990, 2018), (5, 2019, 2020, 2026))
"""Code, year before the first whole one, first and last whole year of 昭和 平成 令和."""


def _kanji() -> str:
    """The first level of JIS X 0208: rows 16 to 47."""
    pairs = (bytes((row + 0xA0, cell + 0xA0)) for row in range(16, 48) for cell in range(1, 95))
    return "".join(pair.decode("euc_jp", "ignore") for pair in pairs)


KANJI = _kanji()


def _iconv(text: str) -> bytes:
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "IBM939"], input=text.encode(), capture_output=True, check=True
    )
    return done.stdout


def _encoded(texts: list[str], length: int, *, wide: bool) -> Bytes:
    """Each text in a row of ``length`` bytes, padded with blanks; ``wide``: without shifts."""
    rows = _iconv("\n".join(texts) + "\n").split(b"\x25")[:-1]
    if wide:
        rows = [row[1:-1].ljust(length, b"\x40") for row in rows]
    return np.frombuffer(b"".join(row.ljust(length, b"\x40") for row in rows), np.uint8).reshape(-1, length)


def encoded_alphabet() -> tuple[dict[int, str], dict[int, str]]:
    """Every character that the records may hold, by its single byte and by its two bytes."""
    singles, doubles = _HALF + " ", KANJI + _KANA + "０１２３４５６７８９\u3000"
    pairs = _encoded(list(doubles), 2, wide=True).astype(int)
    single = dict(zip(_encoded(list(singles), 1, wide=False)[:, 0].tolist(), singles, strict=True))
    return single, dict(zip((pairs[:, 0] << 8 | pairs[:, 1]).tolist(), doubles, strict=True))


@dataclass(frozen=True, kw_only=True)
class Column:
    """One carried item: how layouts declare it, and its values by record number in both forms."""

    name: str
    legacy: dict[str, object]
    standard: dict[str, object]
    size: int
    values: Callable[[Numbers], tuple[Bytes, list[str]]]
    text: bool = True


def _pooled(
    texts: list[str], length: int, step: int, *, wide: bool = False
) -> Callable[[Numbers], tuple[Bytes, list[str]]]:
    pool, count = _encoded(texts, length, wide=wide), len(texts)

    def values(numbers: Numbers) -> tuple[Bytes, list[str]]:
        at = (numbers * step + step) % count
        return pool[at], [texts[index] for index in at.tolist()]

    return values


def _text(name: str, length: int, texts: list[str], *, step: int, width: str) -> Column:
    kind = "X" if width == "half" else "N"
    return Column(
        name=name,
        legacy={"name": name, "type": "text", "length": length}
        | ({} if width == "mixed" else {"width": width}),
        standard={"name": name, "type": kind, "length": length},
        size=length,
        values=_pooled(texts, length, step, wide=width == "full"),
    )


def _digits(numbers: Numbers, digits: int) -> Bytes:
    """Decimal digits, one a column."""
    powers = 10 ** np.arange(digits - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10).astype(np.uint8)


def _packed(name: str, digits: int, number: Callable[[Numbers], Numbers]) -> Column:
    def values(numbers: Numbers) -> tuple[Bytes, list[str]]:
        found = number(numbers)
        sign = np.where(found < 0, 0xD, 0xC).astype(np.uint8)[:, None]
        nibbles = np.hstack([_digits(abs(found), digits), sign])
        return nibbles[:, ::2] << 4 | nibbles[:, 1::2], [str(value) for value in found.tolist()]

    return Column(
        name=name,
        legacy={"name": name, "type": "packed", "digits": digits, "signed": True},
        standard={"name": name, "type": "S9", "length": digits},
        size=(digits + 1) // 2,
        values=values,
        text=False,
    )


def _rate(numbers: Numbers) -> tuple[Bytes, list[str]]:
    found = numbers * 37 % 200_000 - 100_000
    raw = _digits(abs(found), 6) | 0xF0
    raw[:, -1] &= np.where(found < 0, 0xDF, 0xCF).astype(np.uint8)
    return raw, [
        f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}" for value in found.tolist()
    ]


def _ordinary_number(numbers: Numbers) -> tuple[Bytes, list[str]]:
    return _digits(numbers, 15) | 0xF0, [f"{value:015d}" for value in numbers.tolist()]


def _count(numbers: Numbers) -> tuple[Bytes, list[str]]:
    return _digits(numbers % 13, 3) | 0xF0, [str(value) for value in (numbers % 13).tolist()]


def _birth_texts() -> tuple[list[str], list[str]]:
    """Dates of three eras as GYYMMDD and in the western form; some days unknown, some dates absent."""
    days = [
        (era, year - before + 1, year, month, day)
        for era, before, first, last in ERAS
        for year in range(first, last + 1)
        for month in range(1, 13)
        for day in (0, 1, 9, 14, 28)
    ]
    eras = [f"{era}{year:02d}{month:02d}{day:02d}" for era, year, _, month, day in days]
    western = [f"{year:04d}-{month:02d}-{day:02d}" for _, _, year, month, day in days]
    return [*eras, "0000000"], [*western, ""]


def _birth() -> Column:
    eras, western = _birth_texts()
    pool = _encoded(eras, 7, wide=False)

    def values(numbers: Numbers) -> tuple[Bytes, list[str]]:
        at = numbers * 7 % len(eras)
        return pool[at], [western[index] for index in at.tolist()]

    legacy = {"name": "生年月日", "type": "date", "form": "GYYMMDD", "eras": ["1", "2", "3", "4", "5"]}
    standard = {"name": "生年月日", "type": "DATE"}
    meanings = {"meanings": {"zeros": ""}}
    return Column(name="生年月日", legacy=legacy | meanings, standard=standard, size=7, values=values)


def _moved(numbers: Numbers) -> tuple[Bytes, list[str]]:
    year, month, day = 1950 + numbers % 77, numbers // 3 % 12 + 1, numbers // 5 % 28 + 1
    nibbles = np.hstack(
        [_digits(year * 10_000 + month * 100 + day, 9), np.full((len(numbers), 1), 0xF, np.uint8)]
    )
    joined = zip(year.tolist(), month.tolist(), day.tolist(), strict=True)
    return nibbles[:, ::2] << 4 | nibbles[:, 1::2], [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in joined]


class Texts:
    """Made-up texts, the same in every run."""

    def __init__(self) -> None:
        self._random = Random(20261123)

    def words(self, alphabet: str, shortest: int, longest: int, count: int) -> list[str]:
        """Some words of the alphabet, not all of one length."""
        choices, length = self._random.choices, self._random.randint
        return ["".join(choices(alphabet, k=length(shortest, longest))) for _ in range(count)]

    def names(self, alphabet: str, blank: str, longest: int, count: int) -> list[str]:
        """Two words with a blank between them."""
        pairs = zip(
            self.words(alphabet, 1, longest, count), self.words(alphabet, 1, longest, count), strict=True
        )
        return [f"{family}{blank}{given}" for family, given in pairs]


@cache
def columns() -> tuple[Column, ...]:
    """The seventeen carried items, in the order of the record."""
    texts = Texts()
    return (*_person(texts), *_place(texts), *_amounts(), *_remarks(texts))


def _person(texts: Texts) -> tuple[Column, ...]:
    key = {"name": "宛名番号", "length": 15, "key": True, "required": True}
    return (
        Column(
            name="宛名番号",
            legacy={"type": "text", "width": "half"} | key,
            standard={"type": "X"} | key,
            size=15,
            values=_ordinary_number,
        ),
        _text("世帯番号", 15, texts.words("0123456789", 15, 15, 9973), step=3, width="half"),
        _text("氏名", 62, texts.names(KANJI, "　", 6, 20011), step=7, width="mixed"),
        _text("カナ", 40, texts.names(_HALF_KANA, " ", 14, 20011), step=11, width="half"),
        _text("通称", 42, ["", *texts.names(KANJI + _KANA, "　", 5, 1008)], step=1, width="mixed"),
        _text("性別", 1, ["0", "1", "2"], step=1, width="half"),
        _birth(),
    )


def _place(texts: Texts) -> tuple[Column, ...]:
    return (
        Column(
            name="異動日",
            legacy={"name": "異動日", "type": "date", "form": "YYYYMMDD", "coding": "packed"},
            standard={"name": "異動日", "type": "DATE"},
            size=5,
            values=_moved,
            text=False,
        ),
        _text("町字コード", 7, texts.words("0123456789", 7, 7, 997), step=5, width="half"),
        _text(
            "住所",
            102,
            texts.words(KANJI + "０１２３４５６７８９" * 40, 12, 40, 20011),
            step=13,
            width="mixed",
        ),
        _text("方書", 61, ["", *texts.words(KANJI + _KANA, 4, 24, 1008)], step=1, width="mixed"),
    )


def _amounts() -> tuple[Column, ...]:
    return (
        _packed("所得額", 9, lambda numbers: numbers * 7919 % 1_999_999_999 - 999_999_999),
        _packed("税額", 11, lambda numbers: numbers * 104_729 % 99_999_999_999),
        Column(
            name="率",
            legacy={"name": "率", "type": "zoned", "digits": 6, "decimals": 2, "signed": True},
            standard={"name": "率", "type": "S9", "length": 6, "decimals": 2},
            size=6,
            values=_rate,
            text=False,
        ),
        Column(
            name="人数",
            legacy={"name": "人数", "type": "zoned", "digits": 3},
            standard={"name": "人数", "type": "9", "length": 3},
            size=3,
            values=_count,
        ),
    )


def _remarks(texts: Texts) -> tuple[Column, ...]:
    return (
        _text("異動事由", 2, ["", *texts.words("ABCDEFGH12", 2, 2, 96)], step=1, width="half"),
        _text("備考", 18, ["", *texts.words(KANJI, 1, 9, 1008)], step=17, width="full"),
    )


LEGACY_NAME, STANDARD_NAME = "resident-master", "resident-standard"


def legacy_layout() -> dict[str, object]:
    """The layout of the legacy records, as a vendor writes it."""
    items = [column.legacy for column in columns()]
    filler = {"type": "filler", "length": LENGTH - sum(column.size for column in columns())}
    return {"records": "fixed", "length": LENGTH, "encoding": "ibm939", "items": [*items, filler]}


def standard_layout() -> dict[str, object]:
    """The layout of the CSV."""
    return {"records": "csv", "items": [column.standard for column in columns()]}


def mapping() -> dict[str, object]:
    """Every item under its own name."""
    lines = [{"from": column.name, "to": column.name} for column in columns()]
    return {"from": LEGACY_NAME, "to": STANDARD_NAME, "items": lines}


def _characters(column: Column, raw: Bytes) -> Bytes:
    """The item's bytes as a converter of characters can take them: numbers blank, shifts around wide text."""
    if not column.text:
        return np.full_like(raw, BLANK)
    if column.legacy.get("width") != "full":
        return raw
    shifted = raw.copy()
    shifted[:, 0], shifted[:, -1] = SHIFT_OUT, SHIFT_IN
    shifted[:, 1:-1] = raw[:, :-2]
    return shifted


class RecordFiles:
    """The files of one run, written in chunks."""

    def __init__(self, folder: Path) -> None:
        self.legacy, self.standard = folder / "resident.dat", folder / "resident.csv"
        self.characters = folder / "characters.dat"
        self._columns = columns()

    def write(self, records: int) -> None:
        """Write all three files with that many records."""
        with (
            self.legacy.open("wb") as legacy,
            self.standard.open("wb") as standard,
            self.characters.open("wb") as text,
        ):
            standard.write(self.heading())
            for first in range(0, records, CHUNK):
                raw, lines, characters = self.chunk(first, min(CHUNK, records - first))
                legacy.write(raw)
                standard.write(lines)
                text.write(characters)

    def heading(self) -> bytes:
        """The header line of the CSV."""
        return (",".join(column.name for column in self._columns) + "\n").encode()

    def chunk(self, first: int, count: int) -> tuple[bytes, bytes, bytes]:
        """Some records: legacy bytes, CSV lines, and the legacy bytes with characters alone."""
        numbers = np.arange(first, first + count, dtype=np.int64)
        found = [column.values(numbers) for column in self._columns]
        filler = np.full((count, LENGTH - sum(column.size for column in self._columns)), BLANK, np.uint8)
        texts = [_characters(column, raw) for column, (raw, _) in zip(self._columns, found, strict=True)]
        lines = "".join(",".join(row) + "\n" for row in zip(*(values for _, values in found), strict=True))
        legacy = np.hstack([*(raw for raw, _ in found), filler])
        return legacy.tobytes(), lines.encode(), np.hstack([*texts, filler]).tobytes()
