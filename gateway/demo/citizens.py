"""The people of the sample city. All of them are invented; no 個人番号 exists for them."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Citizen:
    """One person, each value in every form in which the samples need it: nothing is computed from another.

    Attributes:
        name: family and given name, a full-width space between.
        kana, half_kana: the reading in full and in half width.
        sex: 0 unknown, 1 male, 2 female.
        born: standardized date, 00 for an unknown month or day, empty if nothing is known.
        born_digits: the same as GYYMMDD with era digits, zeros if nothing is known.
        born_letters: the same with an era letter.
        born_words: the wording that goes with an unknown date.
        town, lot: address within the city.
    """

    name: str
    kana: str
    half_kana: str
    sex: str
    born: str
    born_digits: str
    born_letters: str
    born_words: str = ""
    town: str
    lot: str


def _citizen(line: str) -> Citizen:
    name, kana, half_kana, sex, born, digits, letters, words, town, lot = line.split("|")
    return Citizen(
        name=name,
        kana=kana,
        half_kana=half_kana,
        sex=sex,
        born=born,
        born_digits=digits,
        born_letters=letters,
        born_words=words,
        town=town,
        lot=lot,
    )


CITIZENS = tuple(
    map(
        _citizen,
        (
            "山田　太郎|ヤマダ　タロウ|ﾔﾏﾀﾞ ﾀﾛｳ|1|1964-07-01|3390701|S390701||霞町一丁目|１番２号",
            "佐藤　花子|サトウ　ハナコ|ｻﾄｳ ﾊﾅｺ|2|1989-01-08|4010108|H010108||霞町二丁目|３４番地の５",
            "髙橋　一郎|タカハシ　イチロウ|ﾀｶﾊｼ ｲﾁﾛｳ|1|1926-12-24|2151224|T151224||港町|１００８番地",
            "山﨑　美咲|ヤマザキ　ミサキ|ﾔﾏｻﾞｷ ﾐｻｷ|2|2019-05-01|5010501|R010501||本町三丁目|１番２号",
            "𠮷田　健|ヨシダ　ケン|ﾖｼﾀﾞ ｹﾝ|1|1938-03-00|3130300|S130300|昭和１３年３月頃|緑ケ丘|２番地",
            "葛\U000e0100城　みどり|カツラギ　ミドリ|ｶﾂﾗｷﾞ ﾐﾄﾞﾘ|2||0000000|0000000|昭和１０年頃|港町|５番地",
            "鈴木　ひかり|スズキ　ヒカリ|ｽｽﾞｷ ﾋｶﾘ|0|2000-02-29|4120229|H120229||本町三丁目|７番８号",
            "渡邉　久美|ワタナベ　クミ|ﾜﾀﾅﾍﾞ ｸﾐ|2|1975-00-00|3500000|S500000|昭和５０年頃|霞町一丁目|９番地",
            "小林　良子|コバヤシ　ヨシコ|ｺﾊﾞﾔｼ ﾖｼｺ|2|1912-07-31|2010731|T010731||緑ケ丘|２番地",
            "東　さくら|アズマ　サクラ|ｱｽﾞﾏ ｻｸﾗ|2|1945-08-15|3200815|S200815||霞町二丁目|１番２号",
        ),
    )
)


def citizens(draw: random.Random, count: int) -> list[Citizen]:
    """``count`` of them, all ten first, the others drawn."""
    return [*CITIZENS, *draw.choices(CITIZENS, k=max(0, count - len(CITIZENS)))][:count]


def address_number(serial: int) -> str:
    """A 宛名番号 of 15 digits: a serial number and its check digit, modulus 11 with weights 2 to 7.

    Serial numbers whose check digit would be 10 are not given out; the serial after them is used.
    """
    body = f"{serial:014d}"
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body)))
    check = -total % 11
    return f"{body}{check}" if check < 10 else address_number(serial + 50_000_000)  # noqa: PLR2004 - one digit
