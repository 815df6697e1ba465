"""What vendors write in ``config/layouts/*.yaml``: the records of one file. One model, ``records`` tells the kinds.

Fixed-length legacy records::

    title: 汎用機 連携用マスタ 住民
    records: fixed                 # fixed | line (a line end after each record)
    length: 120                    # bytes of a record, without the line end
    encoding: jef                  # jef | ibm930 | ibm939 | cp932 | ...
    characters: [gaiji-mainframe]  # 外字 tables
    unmapped: quarantine           # quarantine | placeholder | table
    items:                         # one after another; `at: 1` states a position
      - {name: 種別, type: text, length: 1, width: half, default: "2"}
      - {name: 宛名番号, type: text, length: 15, width: half, key: true}
      - {name: 氏名, type: text, length: 42}
      - {name: 生年月日, type: date, form: GYYMMDD, eras: ["1", "2", "3", "4", "5"], meanings: {zeros: ""}}
      - {name: 所得額, type: packed, digits: 9, signed: true}
      - {type: filler, length: 50}

Standardized CSV, by data-item ID::

    title: 住登外者宛名基本情報
    records: csv
    items:
      - {id: "03100001", name: 宛名番号, type: X, length: 15, key: true, required: true}
      - {id: "03100003", name: 氏名, type: N, length: 100}
      - {id: "03100012", name: 生年月日, type: DATE}
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Encoding = Literal["cp932", "ibm930", "ibm939", "ibm290", "ibm1027", "jef"]
Single = Literal["fujitsu-kana", "fujitsu-lower", "fujitsu-ascii", "ibm290", "ibm1027"]
Meaning = Literal["blank", "zeros", "nines", "low", "high"]
ItemType = Literal[
    "text", "zoned", "packed", "binary", "date", "filler", "X", "N", "9", "9V", "S9", "DATE", "YEAR", "TIME"
]

CSV_TYPES = frozenset({"X", "N", "9", "9V", "S9", "DATE", "YEAR", "TIME"})
_COMMON = frozenset({"name", "id", "title", "type", "key", "required", "sensitive", "default"})
_PLACED = frozenset({"at", "meanings"})
_KEYS: dict[str, frozenset[str]] = {
    "text": _COMMON | _PLACED | {"length", "width", "justify"},
    "zoned": _COMMON | _PLACED | {"digits", "decimals", "signed", "sign", "plus", "overpunch"},
    "packed": _COMMON | _PLACED | {"digits", "decimals", "signed", "plus"},
    "binary": _COMMON | _PLACED | {"length", "decimals", "signed", "order"},
    "date": _COMMON | _PLACED | {"form", "eras", "coding"},
    "filler": frozenset({"name", "title", "type", "at", "length", "fill"}),
    "X": _COMMON | {"length"},
    "N": _COMMON | {"length"},
    "9": _COMMON | {"length"},
    "9V": _COMMON | {"length", "decimals"},
    "S9": _COMMON | {"length", "decimals"},
    "DATE": _COMMON | {"length"},
    "YEAR": _COMMON | {"length"},
    "TIME": _COMMON | {"length"},
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "text": ("name", "length"),
    "zoned": ("name", "digits"),
    "packed": ("name", "digits"),
    "binary": ("name", "length"),
    "date": ("name", "form"),
    "filler": ("length",),
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
    length: int | None = Field(default=None, ge=1, description="Bytes (legacy), characters at most (CSV)")
    width: Literal["mixed", "half", "full"] = Field(
        default="mixed",
        description="Text: single bytes and shifted double bytes, single only, double only without shifts",
    )
    justify: Literal["left", "right"] = Field(
        default="left", description="Text: on which side the value stands"
    )
    digits: int | None = Field(
        default=None, ge=1, le=31, description="Digits, those after the decimal point included"
    )
    decimals: int = Field(default=0, ge=0, le=18, description="Digits after the (implied) decimal point")
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
    coding: Literal["text", "packed"] = Field(default="text", description="Date: digits as text, or packed")
    meanings: dict[Meaning, str] = Field(
        default_factory=dict, description="What an item of blanks, zeros, nines, low or high values means"
    )
    fill: Literal["blank", "low", "zeros"] = Field(default="blank", description="Filler: what is written")
    key: bool = Field(default=False, description="Part of the record's key")
    required: bool = Field(default=False, description="An empty value is an error")
    sensitive: tuple[Literal["mynumber", "protected-person"], ...] = Field(
        default=(), description="Needs legal ground"
    )
    default: str | None = Field(default=None, description="Written where no mapping line gives a value")

    @model_validator(mode="after")
    def _keys_belong_to_the_type(self) -> Self:
        strange = sorted(self.model_fields_set - _KEYS[self.type])
        if strange:
            known = ", ".join(sorted(_KEYS[self.type] - {"name", "type"}))
            raise ValueError(f"{', '.join(strange)} does not belong to type {self.type}, which has {known}")
        missing = [key for key in _NEEDED[self.type] if key not in self.model_fields_set]
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

    @property
    def label(self) -> str:
        """How reports name the item."""
        return self.name or self.type


def _split_length(value: Any) -> Any:
    """Accept the published ``length: 7,2`` of 9V as length and decimals."""
    if not isinstance(value, dict) or not isinstance(value.get("length"), str):
        return value
    length, comma, decimals = value["length"].partition(",")
    if not comma or not (length.strip().isdigit() and decimals.strip().isdigit()):
        return value
    return {**value, "length": int(length), "decimals": int(decimals)}


class Layout(BaseModel):
    """The records of one file, as the module's examples show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", description="The file's name without its suffix; need not be written")
    title: str = Field(default="", description="For people")
    records: Literal["fixed", "line", "csv"] = Field(
        description="fixed: no line ends; line: fixed length and a line end; csv: separated by commas"
    )
    length: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Bytes of a record, without the line end"
    )
    line_end: Literal["lf", "crlf"] = Field(default="crlf", description="After each record of records: line")
    encoding: Encoding | None = Field(default=None, description="Character code of the text items")
    single: Single | None = Field(
        default=None, description="Variant of the single bytes; each encoding has its usual one"
    )
    characters: tuple[str, ...] = Field(
        default=(), description="外字 tables (config/characters), the first one wins"
    )
    unmapped: Literal["quarantine", "placeholder", "table"] = Field(
        default="quarantine",
        description="A character without a code: hold, write the placeholder, or use a reduction table",
    )
    placeholder: str = Field(
        default="〓", min_length=1, max_length=1, description="Written with unmapped: placeholder"
    )
    length_counts: Literal["code-points", "base-characters"] = Field(
        default="code-points", description="CSV: whether variation selectors count in a length"
    )
    items: tuple[Annotated[Item, BeforeValidator(_split_length)], ...] = Field(
        min_length=1, description="The items in order"
    )

    @model_validator(mode="after")
    def _kinds_do_not_mix(self) -> Self:
        if self.records == "csv":
            return self._check_csv()
        missing = [key for key in ("length", "encoding") if getattr(self, key) is None]
        if missing:
            raise ValueError(f"records: {self.records} needs {' and '.join(missing)}")
        strange = [item.label for item in self.items if item.type in CSV_TYPES]
        if strange:
            raise ValueError(f"{', '.join(strange)}: a CSV type cannot stand in records: {self.records}")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [item.name for item in self.items if item.type != "filler"]
        names += [item.id for item in self.items if item.id]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} stands more than once; names and IDs are unique in a layout"
            )
        return self

    def _check_csv(self) -> Self:
        legacy = {"length", "line_end", "encoding", "single", "characters", "unmapped", "placeholder"}
        strange = sorted(legacy & self.model_fields_set)
        if strange:
            raise ValueError(
                f"{', '.join(strange)} does not belong to records: csv; the profile states its form"
            )
        wrong = [item.label for item in self.items if item.type not in CSV_TYPES]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: records: csv has the types {', '.join(sorted(CSV_TYPES))}")
        return self

    def names(self) -> dict[str, int]:
        """Every name and ID by which a mapping may call an item, with its index."""
        found = {item.name: index for index, item in enumerate(self.items) if item.type != "filler"}
        return found | {item.id: index for index, item in enumerate(self.items) if item.id}
