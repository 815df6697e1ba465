"""What vendors write in ``config/mappings/*.yaml``: item by item between two layouts, usable in both directions.

::

    from: juki-standard
    to: juki-master
    items:
      - {from: 宛名番号, to: 宛名番号}
      - {from: 03100003, to: 氏名}                              # an item may be called by its ID
      - {from: 性別, to: 性別, codes: {"0": "9", "1": "1", "2": "2"}}
      - {from: 氏名_読み仮名, to: カナ氏名, width: {from: full, to: half}}
      - {to: 種別, value: "2"}                                  # constant; on the way back it must be found
      - {from: [氏_日本人, 名_日本人], to: 氏名カナ, join: "　"}     # back: split at the one blank
      - {from: 市区町村コード, to: [県, 市], lengths: [2, 3]}        # back: put together
      - {from: 通知書番号, to: 通知番号, zeros: {side: from, digits: 10}}
      - {from: 備考, to: 備考, one_way: 汎用機側では備考を返さない}
      - {from: 法人名称, to: 氏名, when: {区分: "2"}}                # back: where the item that 区分 became says so
      - {from: 町字コード, to: 町字コード, lookup: machiaza}           # mappings/lookups/machiaza.csv
      - {from: 金額_千円, to: 金額, scale: 3}                      # times a thousand; back: divided by it
      - {from: [符号, 金額], to: 増減額, sign: {plus: "0", minus: "1"}}
      - {from: 年度, to: 年度, era_year: {side: from, eras: ["1", "2", "3", "4", "5"], shared: later}}
      - {from: 生年月日, to: [生年月日, 不詳フラグ, 不詳表記], unknown: {known: "0", unknown: "1"}}
      - {from: 方書, to: 方書, loses: truncation}                   # cut to what fits; counted
    golden:
      - {given: {宛名番号: "000000000000019", 性別: "0"}, expect: {宛名番号: "000000000000019", 性別: "9"}}

The same text serves ``to`` → ``from``: a rename, a code table whose right sides differ and a width change are their
own reverse; so are a join, a split and filled-up zeros, which prove it for every value. A line that holds under a
condition finds its way back by the item that the condition's item became, or by ``when_back``.

A mapping that changes has a file for each version, ``x@2027-04-01.yaml`` for files of that business date and later; so
have the tables in ``lookups/`` and in ``characters/``. Routes and lines call them ``x``.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator


def _as_text(value: object) -> object:
    """Accept numbers where YAML made one out of a code or an ID."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_names(value: object) -> object:
    """Accept one name where several may stand."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str | int) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_as_names),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
Width = Literal["half", "full"]
Side = Literal["from", "to"]
Loss = Literal["reduction", "truncation", "padding"]
Conditions = Annotated[
    dict[Text, Names],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
            },
        }
    ),
]


class WidthChange(BaseModel):
    """Half-width on one side, full-width on the other (kana, letters, digits, blank)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Width = Field(alias="from", description="Width on the from side")
    target: Width = Field(alias="to", description="Width on the to side")

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        if self.source == self.target:
            raise ValueError("from and to are the same width: leave width out")
        return self


class Zeros(BaseModel):
    """A number that has leading zeros up to a fixed length on one side, and none on the other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Side = Field(description="The side with the zeros")
    digits: int = Field(ge=1, le=31, description="Digits on that side")


class Part(BaseModel):
    """Some characters of the from item. The way back would have to guess the others, so the line is one-way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: int = Field(ge=1, description="First character, from 1")
    length: int = Field(ge=1, description="Characters")


class Sign(BaseModel):
    """A number whose sign stands in an item of its own: the first of the two on that side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plus: Text = Field(description="What the item holds for plus and zero")
    minus: Text = Field(description="What the item holds for minus")

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.plus == self.minus:
            raise ValueError("plus and minus are the same")
        return self


class EraYear(BaseModel):
    """A year as era code and two digits on one side, western on the other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Side = Field(description="The side with the era")
    eras: tuple[Text, ...] = Field(
        min_length=5, max_length=5, description="Codes of 明治 大正 昭和 平成 令和, in this order"
    )
    shared: Literal["earlier", "later", "refuse"] = Field(
        default="refuse", description="Whose a year of two eras is: 2019 is 平成31 or 令和1"
    )

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if len(set(self.eras)) < len(self.eras):
            raise ValueError("eras needs five different codes")
        return self


class Unknown(BaseModel):
    """How a date with unknown parts is carried: DATE, flag (X1) and wording (N72), or DATE and wording."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    known: Text | None = Field(default=None, description="The flag of a known date; absent: there is no flag")
    unknown: Text | None = Field(default=None, description="The flag of an unknown one")
    date: Literal["as-is", "empty", "first-day"] = Field(
        default="as-is",
        description="What the DATE holds then: 00 for what is unknown, nothing, or 01 in its place",
    )

    @model_validator(mode="after")
    def _flags_go_together(self) -> Self:
        if (self.known is None) != (self.unknown is None):
            raise ValueError("known and unknown belong together")
        if self.known is not None and self.known == self.unknown:
            raise ValueError("known and unknown are the same")
        return self


_JOINS = ("join", "lengths", "sign", "unknown")
_ALONE = ("part", "year", "era_year")


class Line(BaseModel):
    """One line of a mapping: what becomes of one item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Names = Field(
        default=(), alias="from", description="Item of the from layout, by name or ID; or some"
    )
    target: Names = Field(default=(), alias="to", description="Item of the to layout, by name or ID; or some")
    value: Text | None = Field(default=None, description="Constant written into the one item named")
    codes: dict[Text, Text] = Field(default_factory=dict, description="Code table: from side to to side")
    width: WidthChange | None = Field(default=None, description="Change between half and full width")
    zeros: Zeros | None = Field(
        default=None, description="A number on one side, filled up with zeros on the other"
    )
    join: str | None = Field(default=None, description="What stands between several items joined into one")
    lengths: tuple[int, ...] = Field(
        default=(), description="Characters of each of several items joined into one"
    )
    lookup: str = Field(default="", description="Code table, by its name in mappings/lookups/")
    part: Part | None = Field(default=None, description="Some characters of the from item")
    scale: int = Field(
        default=0, ge=-18, le=18, description="Number: the to side is the from side times ten to this power"
    )
    negated: bool = Field(default=False, description="Number: the two sides have opposite signs")
    sign: Sign | None = Field(default=None, description="Sign and number in two items on one side")
    year: Side | None = Field(
        default=None, description="This side has the year alone, the other a date; loses: truncation cuts it"
    )
    era_year: EraYear | None = Field(default=None, description="A year of an era on one side")
    unknown: Unknown | None = Field(
        default=None, description="A date on one side, with flag and wording on the other"
    )
    when: Conditions = Field(
        default_factory=dict, description="The line is for records whose from items hold these values"
    )
    when_back: Conditions = Field(
        default_factory=dict,
        description="The same for the way back, by to items; absent: by what the items of when became",
    )
    loses: Loss | None = Field(
        default=None,
        description="Declared loss, counted: codes that become one, text that is cut, blanks and zeros that go",
    )
    one_way: str = Field(default="", description="Why this line has no way back; it is left out there")
    back: Text | None = Field(
        default=None,
        description="With one_way: what the from item gets on the way back; absent: its default, or nothing",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        named = [side for side in (self.source, self.target) if side]
        if self.value is None and len(named) < 2:  # noqa: PLR2004 - both sides
            raise ValueError("write both from and to, or one of them with value")
        if self.value is not None and (len(named) != 1 or self._several or self._changes or self.loses):
            raise ValueError("value is a constant for one item: write it with from or to alone")
        return self

    @model_validator(mode="after")
    def _several_are_joined(self) -> Self:
        joins = [key for key in _JOINS if getattr(self, key) not in (None, ())]
        if bool(self._several) != bool(joins):
            raise ValueError(
                f"several items on one side need join or lengths ({', '.join(_JOINS)}), and only they have them"
            )
        if len(joins) > 1:
            raise ValueError(f"write {' or '.join(joins)}, not both")
        if len(self.source) > 1 and len(self.target) > 1:
            raise ValueError("several items stand on one side only")
        if self.lengths and len(self.lengths) != self._several:
            raise ValueError(f"lengths needs {self._several} numbers, one for each item")
        if self._several and self._changes:
            raise ValueError("a line that joins or splits does nothing else")
        if self.join == "":
            raise ValueError("join needs a separator; write lengths to join without one")
        return self

    @model_validator(mode="after")
    def _joins_what_belongs_together(self) -> Self:
        if self.sign is not None and self._several != 2:  # noqa: PLR2004 - sign and number
            raise ValueError("sign needs two items on one side: the sign, then the number")
        if self.unknown is not None and self._several != 2 + (self.unknown.known is not None):
            raise ValueError("unknown needs a date on one side; date, flag if any, and wording on the other")
        return self

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        alone = [key for key in _ALONE if key in self._changes]
        if alone and len(self._changes) > 1:
            raise ValueError(f"a line with {alone[0]} does nothing else")
        if self.codes and self.lookup:
            raise ValueError("write codes or lookup, not both")
        if self.part is not None and not self.one_way:
            raise ValueError("a part has no way back: say why with one_way (lengths splits both ways)")
        return self

    @model_validator(mode="after")
    def _ways_are_said(self) -> Self:
        if self.back is not None and not (self.one_way and len(self.source) == 1):
            raise ValueError("back belongs to a line with one_way and one from item")
        if self.when_back and not self.when:
            raise ValueError("when_back belongs to a line with when")
        if self.when_back and self.one_way:
            raise ValueError("a line with one_way has no way back, and so no when_back")
        return self

    @property
    def _changes(self) -> list[str]:
        """The keys that change a single value."""
        keys = ("codes", "lookup", "width", "zeros", "scale", "negated", *_ALONE)
        return [key for key in keys if getattr(self, key)]

    @property
    def _several(self) -> int:
        """How many items are joined into one, 0 if none are."""
        most = max(len(self.source), len(self.target))
        return most if most > 1 else 0


class Golden(BaseModel):
    """A worked example: these values must give those."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", description="What it shows")
    given: dict[Text, Text] = Field(description="Items of the from layout and their values")
    expect: dict[Text, Text] = Field(description="Items of the to layout and the values they must get")
    back: bool = Field(default=True, description="The expected values must also give the given ones")


class Mapping(BaseModel):
    """Two layouts and what becomes of their items."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", description="The file's name without its suffix; need not be written")
    title: str = Field(default="", description="For people")
    source: str = Field(alias="from", description="Layout on the from side")
    target: str = Field(alias="to", description="Layout on the to side")
    items: tuple[Line, ...] = Field(min_length=1, description="One line per item")
    golden: tuple[Golden, ...] = Field(default=(), description="Worked examples, run by check")

    def with_lookups(self, tables: Table[str, Table[str, str]]) -> Self:
        """The mapping with the codes of its lookup tables, by their names, in its lines."""
        items = tuple(
            line.model_copy(update={"codes": dict(tables[line.lookup])}) if line.lookup in tables else line
            for line in self.items
        )
        return self.model_copy(update={"items": items})
