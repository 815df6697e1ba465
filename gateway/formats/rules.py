"""What each rule that a record can break means, in English and Japanese, and of which kind of error it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["required", "characters", "length", "correlation", "form"]
"""The four kinds of error of the published interface, and ``form``: the record itself, not a value of it."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a rule of a bad record means, for people; none of it is a value of a record."""

    kind: Kind
    text: str
    text_ja: str


def _rule(kind: Kind, text: str, text_ja: str) -> Rule:
    return Rule(kind=kind, text=text, text_ja=text_ja)


RULES: dict[str, Rule] = {
    "required": _rule(
        "required",
        "a required item has no value",
        "必須の項目に値がありません",
    ),
    "key": _rule(
        "required",
        "an item of the record's key has no value",
        "レコードのキーになる項目に値がありません",
    ),
    "empty": _rule(
        "required",
        "a number or a date has no value, and the layout does not say what that means",
        "数値または日付の項目が空です。空のときの意味がレイアウトに決められていません",
    ),
    "absent": _rule(
        "required",
        "a value stands in an item that this record does not have",
        "このレコードにない項目に値があります",
    ),
    "length": _rule(
        "length",
        "a value, or the record, does not have the length that the layout gives it",
        "値またはレコードの長さが、レイアウトの定めと違います",
    ),
    "overflow": _rule(
        "length",
        "a number has more digits than its item can hold",
        "数値のけた数が、項目に入る大きさを超えています",
    ),
    "cut": _rule(
        "length",
        "a character of two or more bytes is cut at the item's edge",
        "複数バイトの文字が、項目の端で途中までになっています",
    ),
    "decimals": _rule(
        "length",
        "a number has more decimals than its item can hold",
        "小数部のけた数が、項目に入る大きさを超えています",
    ),
    "correlation": _rule(
        "correlation",
        "a rule of the layout between items does not hold",
        "項目間の関係についてのレイアウトの規則に反しています",
    ),
    "condition": _rule(
        "correlation",
        "the mapping's conditions fit this record in no way, or in two",
        "対応表の条件が、このレコードのどれにも当てはまらないか、二重に当てはまります",
    ),
    "constant": _rule(
        "correlation",
        "an item does not hold the constant that the mapping states",
        "項目の値が、対応表の定数と違います",
    ),
    "join": _rule(
        "correlation",
        "the parts that one item is put together from are empty, or not of their lengths",
        "結合する項目の一部が空か、決められた長さではありません",
    ),
    "split": _rule(
        "correlation",
        "a value cannot be taken apart as the mapping states",
        "値を、対応表のとおりに分割できません",
    ),
    "part": _rule(
        "correlation",
        "a value is shorter than the part that the mapping takes of it",
        "値が、対応表で取り出す位置より短くなっています",
    ),
    "unknown": _rule(
        "correlation",
        "a date, its flag and its wording do not agree",
        "日付・不詳フラグ・文言が互いに合いません",
    ),
    "truncated": _rule(
        "form",
        "the file, or its last record, is cut",
        "ファイルまたは最後のレコードが途中で切れています",
    ),
    "rdw": _rule(
        "form",
        "a record descriptor word (RDW) does not fit what follows",
        "レコード記述語（RDW）が、続くデータと合いません",
    ),
    "length-field": _rule(
        "form",
        "a record's length field does not fit what follows",
        "レコード長の項目が、続くデータと合いません",
    ),
    "count": _rule(
        "form",
        "the number of records is not the stated one",
        "レコード件数が、記載された件数と違います",
    ),
    "total": _rule(
        "form",
        "a control total is not the sum of the records before it",
        "合計欄が、データレコードの合計と違います",
    ),
    "compression": _rule(
        "form",
        "the archive cannot be unpacked",
        "圧縮ファイルを展開できません",
    ),
    "columns": _rule(
        "form",
        "a line has more or fewer columns than the layout",
        "行の項目数が、レイアウトと違います",
    ),
    "header": _rule(
        "form",
        "the header line is missing, or is not the layout's",
        "見出し行がないか、レイアウトと違います",
    ),
    "bom": _rule(
        "form",
        "the byte order mark is there or missing, against the profile",
        "BOM の有無が、プロファイルの定めと違います",
    ),
    "quotes": _rule(
        "form",
        "quotes are not closed, not doubled, or not allowed by the profile",
        "引用符が閉じていないか、二重になっていないか、プロファイルで許されていません",
    ),
    "line-end": _rule(
        "form",
        "a line or record does not end as the profile or layout says",
        "行またはレコードの終わりが、プロファイルまたはレイアウトの定めと違います",
    ),
    "kind": _rule(
        "form",
        "a record of a kind that the layout does not have",
        "レイアウトにない種別のレコードです",
    ),
    "order": _rule(
        "form",
        "header, data and trailer records do not follow one another",
        "ヘッダー・データ・トレーラーの並びが正しくありません",
    ),
    "occurs": _rule(
        "form",
        "the count of a table in the record is not within its bounds",
        "繰返し回数の項目が、範囲外か数字ではありません",
    ),
    "change": _rule(
        "form",
        "the kind of change (insert, update, delete) is not one that the layout declares",
        "異動区分が、レイアウトに決められた値ではありません",
    ),
    "encoding": _rule(
        "form",
        "bytes that the profile's character encoding does not have",
        "プロファイルの文字コードにないバイトがあります",
    ),
    "form": _rule(
        "characters",
        "a value is not of the form that its item demands",
        "値の形式が、項目の定めと違います",
    ),
    "characters": _rule(
        "characters",
        "a character that its item does not allow",
        "項目で許されていない文字があります",
    ),
    "code": _rule(
        "characters",
        "a code that is not in the list",
        "コード一覧にない値です",
    ),
    "date": _rule(
        "characters",
        "no day of the calendar, or not of the date's form",
        "暦にない日付か、日付の形式が違います",
    ),
    "era": _rule(
        "characters",
        "an era (元号) or a year of it that is not known, or has no certain western date",
        "元号または和暦の年が正しくないか、西暦に確定できません",
    ),
    "year": _rule(
        "characters",
        "not a year, or a date of which only the year may be carried",
        "年として正しくないか、年だけを運ぶ項目に月日があります",
    ),
    "number": _rule(
        "characters",
        "not a decimal number",
        "数値として読めません",
    ),
    "float": _rule(
        "characters",
        "a floating-point number that cannot be carried exactly",
        "浮動小数点の値を正確に運べません",
    ),
    "packed": _rule(
        "characters",
        "not a packed decimal number (a nibble is no digit or no sign)",
        "パック10進数として正しくありません（数字または符号のニブルが不正）",
    ),
    "zoned": _rule(
        "characters",
        "not a zoned decimal number (a byte is no digit, or the sign is none)",
        "ゾーン10進数として正しくありません（数字または符号のバイトが不正）",
    ),
    "sign": _rule(
        "characters",
        "a negative number in an item without a sign, or a sign that is none",
        "符号のない項目に負の値があるか、符号が正しくありません",
    ),
    "zeros": _rule(
        "characters",
        "a number is not filled with zeros as its item demands",
        "数値の前ゼロが、項目の定めと違います",
    ),
    "meaning": _rule(
        "characters",
        "a value would read back as one with a declared meaning",
        "この値は、意味を決めた特別な値と区別できなくなります",
    ),
    "shift": _rule(
        "characters",
        "a shift to double bytes is not closed",
        "全角への切替え（シフトコード）が閉じていません",
    ),
    "unmapped": _rule(
        "characters",
        "a character has no counterpart in the other character code",
        "相手の文字コードに対応する文字がありません",
    ),
    "width": _rule(
        "characters",
        "a character has no counterpart of the other width",
        "半角・全角の対応する文字がありません",
    ),
    "duplicate-key": _rule(
        "characters",
        "another record of the file has the same key",
        "同じキーのレコードがファイル内に二つ以上あります",
    ),
    "round-trip": _rule(
        "characters",
        "converted back, the item is not what came in",
        "元に戻すと、入ってきた値と一致しません",
    ),
}
"""By the rule of a bad record."""
