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
    golden:
      - {given: {宛名番号: "000000000000019", 性別: "0"}, expect: {宛名番号: "000000000000019", 性別: "9"}}

The same text serves ``to`` → ``from``: a rename, a code table whose right sides differ and a width change are their
own reverse; so are a join, a split and filled-up zeros, which prove it for every value.
"""

from __future__ import annotations

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

    side: Literal["from", "to"] = Field(description="The side with the zeros")
    digits: int = Field(ge=1, le=31, description="Digits on that side")


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
    one_way: str = Field(default="", description="Why this line has no way back; it is left out there")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        named = [side for side in (self.source, self.target) if side]
        if self.value is None and len(named) < 2:  # noqa: PLR2004 - both sides
            raise ValueError("write both from and to, or one of them with value")
        if self.value is not None and (len(named) != 1 or self._several or self.codes or self.width):
            raise ValueError("value is a constant for one item: write it with from or to alone")
        return self

    @model_validator(mode="after")
    def _several_are_joined(self) -> Self:
        if bool(self._several) != (self.join is not None or bool(self.lengths)):
            raise ValueError("several items on one side need join or lengths, and only they have them")
        if self._several and (self.join is not None and self.lengths):
            raise ValueError("write join or lengths, not both")
        if len(self.source) > 1 and len(self.target) > 1:
            raise ValueError("several items stand on one side only")
        if self.lengths and len(self.lengths) != self._several:
            raise ValueError(f"lengths needs {self._several} numbers, one for each item")
        if self._several and (self.codes or self.width or self.zeros):
            raise ValueError("a line that joins or splits does nothing else")
        if self.join == "":
            raise ValueError("join needs a separator; write lengths to join without one")
        return self

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
