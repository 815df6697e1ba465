"""The sample city's files: what is sent, and beside it what must arrive, both from the same people.

Neither is made by the gateway's own code. Bytes are exact: layouts and profile leave no choice.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.demo.citizens import Citizen, address_number, citizens
from gateway.demo.handcodes import LINKAGE_MASTER, TAX_HOST, cp932, packed, packed_date, zoned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JUKI_HEADER = (
    *("宛名番号", "世帯番号", "氏名", "氏名_読み仮名", "性別", "生年月日", "生年月日_不詳表記"),
    *("住所_町字", "住所_番地号表記", "異動事由", "異動年月日"),
)
SHUNO_HEADER = (
    *("宛名番号", "通知書番号", "科目", "年度", "期別", "納付額", "延滞金", "納付日"),
    *("納付者氏名_読み仮名", "納付者氏名"),
)
ATENA_HEADER = (
    *("宛名番号", "氏名", "氏_日本人", "名_日本人", "氏名_外国人アルファベット", "氏名_外国人漢字"),
    *("氏名_読み仮名", "氏_日本人_読み仮名", "名_日本人_読み仮名", "性別", "生年月日", "生年月日_不詳表記"),
    *("住所_市区町村コード", "住所_町字コード", "住所_都道府県", "住所_市区郡町村名", "住所_町字"),
    *(
        "住所_番地号表記",
        "住所_方書",
        "住所_方書_フリガナ",
        "住所_郵便番号",
        "業務ID",
        "独自施策システム等ID",
    ),
    *("代表宛名フラグ", "名寄せ先宛名番号", "操作者ID", "操作年月日", "操作時刻"),
)
_CITY, _PREFECTURE, _CITY_NAME = "999998", "見本県", "ミホン市"
_MOVED_IN = "11"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One file: the bytes that a source puts out, and those that must arrive."""

    sent: bytes
    expected: bytes
    records: int


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What makes a file this file and no other.

    Attributes:
        serial: a number given to no other file of the city.
        day: business date, ``YYYY-MM-DD``.
        records: how many people it tells of.
    """

    serial: int
    day: str
    records: int

    def people(self) -> list[tuple[str, Citizen]]:
        """People with their 宛名番号, the same at every call."""
        drawn = citizens(random.Random(self.serial), self.records)  # noqa: S311 - samples, not secrets
        return [(address_number(self.serial * 1000 + place), person) for place, person in enumerate(drawn)]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 CSV with LF, a header, and quotes where they are needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _digits(day: str) -> str:
    return day.replace("-", "")


def resident_changes(drawn: Drawn) -> Sample:
    """Resident records: standardized CSV, and the linkage master's records of 200 bytes."""
    people = drawn.people()
    return Sample(
        sent=_table(JUKI_HEADER, (_juki_row(drawn, number, who) for number, who in people)),
        expected=b"".join(_master_record(drawn, number, who) for number, who in people),
        records=len(people),
    )


def _juki_row(drawn: Drawn, number: str, who: Citizen) -> Sequence[str]:
    born = (who.born, who.born_words)
    home = (who.town, who.lot)
    return (number, number, who.name, who.kana, who.sex, *born, *home, _MOVED_IN, drawn.day)


def _master_record(drawn: Drawn, number: str, who: Citizen) -> bytes:
    host = LINKAGE_MASTER
    return b"".join(
        (
            host.half("2", 1),
            host.half(number, 15),
            host.half(number, 15),
            host.half(who.half_kana, 25),
            host.mixed(who.name, 32),
            host.half("9" if who.sex == "0" else who.sex, 1),
            host.half(who.born_digits, 7),
            host.wide(who.town, 36),
            host.mixed(who.lot, 42),
            host.half(_MOVED_IN, 2),
            host.half(_digits(drawn.day), 8),
            b"\x40" * 16,
        )
    )


def passed_on(drawn: Drawn) -> Sample:
    """Resident records between two systems that have both moved: the same bytes."""
    table = resident_changes(drawn).sent
    return Sample(sent=table, expected=table, records=drawn.records)


def payments(drawn: Drawn) -> Sample:
    """Payments: the tax host's records of 120 bytes with packed amounts, and standardized CSV."""
    lines = [_payment(drawn, place, number, who) for place, (number, who) in enumerate(drawn.people())]
    return Sample(
        sent=b"".join(record for record, _ in lines),
        expected=_table(SHUNO_HEADER, (row for _, row in lines)),
        records=len(lines),
    )


def _payment(drawn: Drawn, place: int, number: str, who: Citizen) -> tuple[bytes, Sequence[str]]:
    draw = random.Random(f"{drawn.serial}/{place}")  # noqa: S311 - samples, not secrets
    notice, term = 1_000_000_000 + drawn.serial * 1000 + place, draw.randint(1, 10)
    amount = draw.choice((-12_300, -1, 0, 25_800, 99_999_999_999))  # refunds and cancellations are negative
    surcharge = draw.choice((0, 100, -100))
    paid = draw.choice((drawn.day, ""))
    host = TAX_HOST
    record = b"".join(
        (
            *(host.half("2", 1), host.half(number, 15), zoned(notice, 10), host.half("010", 3)),
            *(zoned(2026, 4), zoned(term, 2), packed(amount, 11), packed(surcharge, 9), packed_date(paid)),
            *(host.half(who.half_kana, 24), host.mixed(who.name, 32), b"\x40" * 13),
        )
    )
    amounts = (str(amount), str(surcharge), paid)
    return record, (number, str(notice), "010", "2026", str(term), *amounts, who.kana, who.name)


def addressees(drawn: Drawn) -> Sample:
    """Care insurance before its move: CP932 lines of 330 bytes, and the standardized CSV."""
    people = drawn.people()
    return Sample(
        sent=b"".join(_addressee_line(drawn, number, who) for number, who in people),
        expected=_addressee_table(drawn),
        records=len(people),
    )


def standard_addressees(drawn: Drawn) -> Sample:
    """Care insurance after its move: its own standardized CSV, which must arrive unchanged."""
    table = _addressee_table(drawn)
    return Sample(sent=table, expected=table, records=drawn.records)


def _addressee_table(drawn: Drawn) -> bytes:
    return _table(ATENA_HEADER, (_addressee_row(drawn, number, who) for number, who in drawn.people()))


def _addressee_row(drawn: Drawn, number: str, who: Citizen) -> Sequence[str]:
    values = {
        "宛名番号": number,
        "氏名": who.name,
        "氏名_読み仮名": who.kana,
        "性別": who.sex,
        "生年月日": who.born,
        "生年月日_不詳表記": who.born_words,
        "住所_市区町村コード": _CITY,
        "住所_町字コード": "0011001",
        "住所_都道府県": _PREFECTURE,
        "住所_市区郡町村名": _CITY_NAME,
        "住所_町字": who.town,
        "住所_番地号表記": who.lot,
        "住所_郵便番号": "9990001",
        "業務ID": "023",
        "代表宛名フラグ": "1",
        "操作者ID": "KAIGO01",
        "操作年月日": drawn.day,
        "操作時刻": "09:00:00",
    }
    return [values.get(name, "") for name in ATENA_HEADER]


def _addressee_line(drawn: Drawn, number: str, who: Citizen) -> bytes:
    fields = (
        *((number, 15), (who.half_kana, 30), (who.name, 40), (who.sex, 1), (who.born_letters, 7)),
        *((who.born_words, 20), (_CITY, 6), ("0011001", 7), (_PREFECTURE, 8), (_CITY_NAME, 24)),
        *((who.town, 36), (who.lot, 40), ("", 40), ("9990001", 7), ("KAIGO01", 10)),
        *((_digits(drawn.day), 8), ("09:00:00", 8), ("", 23)),
    )
    return b"".join(cp932(text, length) for text, length in fields) + b"\r\n"


def debits(drawn: Drawn) -> Sample:
    """School-lunch debits in the manner of bank transfer files: header, lines of 120 bytes, trailer, end."""
    people = drawn.people()
    lines = [f"1910{_digits(drawn.day)[4:]}", *(_debit(number, who) for number, who in people)]
    lines += [f"8{len(people):06d}{len(people) * 4500:012d}", "9"]
    content = b"".join(line.encode("cp932").ljust(120) + b"\r\n" for line in lines)
    return Sample(sent=content, expected=content, records=len(people))


def _debit(number: str, who: Citizen) -> str:
    return f"29999{'ﾐﾎﾝｷﾞﾝｺｳ':<15}001{'ﾎﾝﾃﾝ':<15}1{number[-7:]}{who.half_kana:<30}{4500:010d}1{number}"
