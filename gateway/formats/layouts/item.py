"""One item of a record, as vendors write it. Which keys belong to which type is checked here.

Groups repeat and redefine as in COBOL::

    - {name: 件数, type: zoned, digits: 2}
    - name: 明細                       # items become 明細(1).金額, 明細(2).金額, ...
      type: group
      occurs: 12
      depends_on: 件数                 # as many as this item says; without it, always 12
      items:
        - {name: 金額, type: packed, digits: 9, signed: true}
    - {name: 個人, type: group, items: [{name: 氏名, type: text, length: 40}]}
    - name: 法人                       # the same bytes, read so where 区分 is 2
      type: group
      redefines: 個人
      when: {item: 区分, is: ["2"]}
      items: [{name: 名称, type: text, length: 30}, {name: 支店, type: text, length: 10}]
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Meaning = Literal["blank", "zeros", "nines", "low", "high"]
ItemType = Literal[
    "text", "zoned", "packed", "binary", "float", "date", "filler", "group",
    "X", "N", "9", "9V", "S9", "DATE", "YEAR", "TIME",
]  # fmt: skip

CSV_TYPES = frozenset({"X", "N", "9", "9V", "S9", "DATE", "YEAR", "TIME"})
_COMMON = frozenset({"name", "id", "title", "type", "key", "required", "sensitive", "default"})
_PLACED = frozenset({"at", "meanings", "when", "redefines", "occurs", "depends_on"})
_CHECKED = frozenset({"codes", "required_when", "check_digit"})
_TALLIED = frozenset({"counts", "totals"})
_KEYS: dict[str, frozenset[str]] = {
    "text": _COMMON | _PLACED | {"length", "width", "justify"},
    "zoned": _COMMON | _PLACED | _TALLIED | {"digits", "decimals", "signed", "sign", "plus", "overpunch"},
    "packed": _COMMON | _PLACED | _TALLIED | {"digits", "decimals", "signed", "plus", "sign_nibble"},
    "binary": _COMMON | _PLACED | _TALLIED | {"length", "digits", "decimals", "signed", "order"},
    "float": _COMMON | _PLACED | {"length", "coding"},
    "date": _COMMON | _PLACED | {"form", "eras", "coding"},
    "filler": frozenset({"name", "title", "type", "at", "length", "fill"}),
    "group": frozenset({"name", "title", "type", "items", "occurs", "depends_on", "redefines", "when"}),
    "X": _COMMON | _CHECKED | {"length", "allowed"},
    "N": _COMMON | _CHECKED | {"length", "allowed"},
    "9": _COMMON | _CHECKED | {"length"},
    "9V": _COMMON | _CHECKED | {"length", "decimals"},
    "S9": _COMMON | _CHECKED | {"length", "decimals"},
    "DATE": _COMMON | _CHECKED | {"length"},
    "YEAR": _COMMON | _CHECKED | {"length"},
    "TIME": _COMMON | _CHECKED | {"length"},
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "text": ("name", "length"),
    "zoned": ("name", "digits"),
    "packed": ("name", "digits"),
    "binary": ("name", "length"),
    "float": ("name", "length"),
    "date": ("name", "form"),
    "filler": ("length",),
    "group": ("name", "items"),
    "X": ("name", "length"),
    "N": ("name", "length"),
    "9": ("name", "length"),
    "9V": ("name", "length", "decimals"),
    "S9": ("name", "length"),
    "DATE": ("name",),
    "YEAR": ("name",),
    "TIME": ("name",),
}


def _type_text(value: object) -> object:
    """Accept ``9`` written as a number and the full-width ``Ｎ`` of the published lists."""
    return {9: "9", "Ｎ": "N", "Ｘ": "X"}.get(value, value) if isinstance(value, int | str) else value


def _code_text(value: object) -> object:
    """Accept a code that YAML takes for a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class When(BaseModel):
    """A condition on another item of the record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(description="The item that decides")
    values: tuple[str, ...] = Field(
        alias="is", min_length=1, description="Its values under which this one is there"
    )


class Item(BaseModel):
    """One item of a record. Which keys belong to which type is checked; positions count from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", description="Name, unique in the layout (not needed for filler)")
    id: str = Field(
        default="", description="8-digit data-item ID of the published list", pattern=r"^(\d{8})?$"
    )
    title: str = Field(default="", description="For people")
    type: Annotated[ItemType, BeforeValidator(_type_text)] = Field(description="How the item is stored")
    at: int | None = Field(
        default=None, ge=1, description="First byte, from 1; otherwise it follows the item before"
    )
    length: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Bytes (legacy), characters at most (CSV)"
    )
    width: Literal["mixed", "half", "full"] = Field(
        default="mixed",
        description="Text: single bytes and shifted double bytes, single only, double only without shifts",
    )
    justify: Literal["left", "right"] = Field(
        default="left", description="Text: on which side the value stands"
    )
    digits: int | None = Field(
        default=None,
        ge=1,
        le=31,
        description="Digits, those after the decimal point included; binary: no more may be there (absent: what the "
        "bytes hold)",
    )
    decimals: int = Field(
        default=0,
        ge=-18,
        le=36,
        description="Digits after the implied point; negative: zeros not stored (PIC P)",
    )
    signed: bool = Field(default=False, description="Carries a sign")
    sign: Literal["trailing", "leading", "trailing-separate", "leading-separate"] = Field(
        default="trailing", description="Zoned: where the sign stands"
    )
    plus: Literal["C", "F"] | None = Field(
        default=None, description="Sign nibble or zone written for plus; C if signed, F if not"
    )
    overpunch: Literal["zone-7", "letters"] = Field(
        default="zone-7",
        description="Zoned in ASCII-based codes: minus as 70-79, or as the letters }J-R with {A-I for plus",
    )
    order: Literal["big", "little"] = Field(default="big", description="Binary: byte order")
    form: str = Field(
        default="",
        description="Date: G era code, YYYY or YY year, MM, DD, with or without separators / - .",
        max_length=16,
    )
    eras: tuple[str, ...] = Field(
        default=(), description="Date: codes of 明治 大正 昭和 平成 令和, in this order"
    )
    coding: Literal["text", "packed", "ibm", "ieee"] | None = Field(
        default=None, description="Date: digits as text (default) or packed; float: ibm hexadecimal or ieee"
    )
    sign_nibble: bool = Field(default=True, description="Packed: the last nibble is a sign (COMP-6 has none)")
    counts: Literal["records"] | None = Field(
        default=None, description="Trailer: holds the number of data records; checked and written"
    )
    totals: str = Field(default="", description="Trailer: holds the sum of this item; checked and written")
    items: tuple[Item, ...] = Field(default=(), description="Group: its items")
    occurs: int | None = Field(default=None, ge=1, le=10_000, description="How often it repeats (at most)")
    depends_on: str = Field(default="", description="The item that holds how often it repeats")
    redefines: str = Field(
        default="", description="Name of the item whose bytes this one describes otherwise"
    )
    when: When | None = Field(
        default=None, description="The item is there only if another one holds these values"
    )
    meanings: dict[Meaning, str] = Field(
        default_factory=dict, description="What an item of blanks, zeros, nines, low or high values means"
    )
    fill: Literal["blank", "low", "zeros"] = Field(default="blank", description="Filler: what is written")
    key: bool = Field(default=False, description="Part of the record's key")
    required: bool = Field(default=False, description="An empty value is an error")
    sensitive: tuple[Literal["mynumber", "protected-person"], ...] = Field(
        default=(), description="Needs legal ground"
    )
    codes: tuple[Annotated[str, BeforeValidator(_code_text)], ...] = Field(
        default=(), description="CSV: the codes that may stand there"
    )
    allowed: Literal["digits", "letters-digits", "katakana", "hiragana"] | None = Field(
        default=None, description="X and N: the only characters that may stand there"
    )
    required_when: str = Field(
        default="", description="CSV: an empty value is an error in records that meet this condition"
    )
    check_digit: bool = Field(
        default=False,
        description="X: the last digit is a check digit (modulus 11, weights 2 to 7); a wrong one is a warning",
    )
    default: str | None = Field(default=None, description="Written where no mapping line gives a value")

    @model_validator(mode="before")
    @classmethod
    def _length_may_hold_decimals(cls, value: Any) -> Any:
        """Accept the published ``length: 7,2`` of 9V as length and decimals."""
        if not isinstance(value, dict) or not isinstance(value.get("length"), str):
            return value
        length, comma, decimals = value["length"].partition(",")
        if not comma or not (length.strip().isdigit() and decimals.strip().isdigit()):
            return value
        return {**value, "length": int(length), "decimals": int(decimals)}

    @model_validator(mode="after")
    def _keys_belong_to_the_type(self) -> Self:
        strange = sorted(self.model_fields_set - _KEYS[self.type])
        if strange:
            known = ", ".join(sorted(_KEYS[self.type] - {"name", "type"}))
            raise ValueError(f"{', '.join(strange)} does not belong to type {self.type}, which has {known}")
        given = {key for key in self.model_fields_set if getattr(self, key) not in (None, "", ())}
        missing = [key for key in _NEEDED[self.type] if key not in given]
        if missing:
            raise ValueError(f"type {self.type} needs {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _an_era_form_has_eras(self) -> Self:
        if self.type == "date" and ("G" in self.form) != bool(self.eras):
            raise ValueError(
                "a form with G needs eras: five codes for 明治 大正 昭和 平成 令和; without G, none"
            )
        if self.eras and (len(self.eras) != 5 or len(set(self.eras)) != 5):  # noqa: PLR2004 - five modern eras
            raise ValueError("eras needs five different codes, for 明治 大正 昭和 平成 令和")
        return self

    @model_validator(mode="after")
    def _conditions_make_sense(self) -> Self:
        if self.redefines and self.when is None:
            raise ValueError("redefines needs when: which item tells that these bytes are meant so")
        if self.depends_on and self.occurs is None:
            raise ValueError("depends_on needs occurs: how often the group repeats at most")
        if self.check_digit and self.type != "X":
            raise ValueError("check_digit belongs to type X")
        if self.allowed == "hiragana" and self.type == "X":
            raise ValueError(
                "there is no half-width hiragana: type X allows digits, letters-digits or katakana"
            )
        if self.counts and self.totals:
            raise ValueError("an item either counts records or totals an item")
        allowed = {"date": {"text", "packed", None}, "float": {"ibm", "ieee", None}}.get(self.type, {None})
        if self.coding not in allowed:
            raise ValueError(f"coding {self.coding} does not belong to type {self.type}")
        return self

    @property
    def label(self) -> str:
        """How reports name the item."""
        return self.name or self.type
