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
      - {from: 備考, to: 備考, one_way: 汎用機側では備考を返さない}
    golden:
      - {given: {宛名番号: "000000000000019", 性別: "0"}, expect: {宛名番号: "000000000000019", 性別: "9"}}

The same text serves ``to`` → ``from``: a rename, a code table whose right sides differ and a width change are their
own reverse.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _as_text(value: object) -> object:
    """Accept numbers where YAML made one out of a code or an ID."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]
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


class Line(BaseModel):
    """One line of a mapping: what becomes of one item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Text | None = Field(
        default=None, alias="from", description="Item of the from layout, by name or ID"
    )
    target: Text | None = Field(default=None, alias="to", description="Item of the to layout, by name or ID")
    value: Text | None = Field(default=None, description="Constant written into the one item named")
    codes: dict[Text, Text] = Field(default_factory=dict, description="Code table: from side to to side")
    width: WidthChange | None = Field(default=None, description="Change between half and full width")
    one_way: str = Field(default="", description="Why this line has no way back; it is left out there")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        named = [side for side in (self.source, self.target) if side is not None]
        if self.value is None and len(named) < 2:  # noqa: PLR2004 - both sides
            raise ValueError("write both from and to, or one of them with value")
        if self.value is not None and (len(named) != 1 or self.codes or self.width):
            raise ValueError("value is a constant for one item: write it with from or to alone")
        return self


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
