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

Records that tell their own length::

    records: length-field
    length: 200                    # bytes at most
    length_field: {at: 1, size: 4, coding: digits, counts: record}
    items: [{type: filler, length: 4}, ...]

Records of several kinds in one file, told apart by some bytes; ``records: rdw`` for variable length::

    records: rdw                   # a length word of four bytes before each record
    rdw: {includes_itself: true, blocks: false}
    kind: {at: 1, length: 1, data: "2"}
    business_date: 作成日          # item of the header that says the day, where the file's name does not
    header: {kind: "1", items: [{name: 種別, type: text, length: 1, default: "1"}, ...]}
    trailer: {kind: "8", items: [..., {name: 件数, type: zoned, digits: 6, counts: records}]}
    end: {kind: "9", items: [...]}
    sets: many                     # header, data, trailer may repeat; a mapping names `header.市町村コード`

Files of changes: an item says what happened to each row::

    changes: {item: 異動区分, insert: "1", update: "2", delete: "3"}

Standardized CSV, by data-item ID::

A layout that changes has a file for each version: ``x.yaml`` until the first change, ``x@2027-04-01.yaml`` for files
of a business date from then on. Mappings and places name ``x``.

CSV records::

    title: 住登外者宛名基本情報
    records: csv
    items:
      - {id: "03100001", name: 宛名番号, type: X, length: 15, key: true, required: true}
      - {id: "03100003", name: 氏名, type: N, length: 100}
      - {id: "03100012", name: 生年月日, type: DATE}
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.formats.layouts.item import CSV_TYPES, Item
from gateway.formats.layouts.leaves import Leaf, leaves

Encoding = Literal[
    "cp932", "euc-jp", "ibm930", "ibm939", "ibm1390", "ibm1399", "ibm290", "ibm1027",
    "jef", "keis78", "keis83", "keis90", "jips-j", "jips-e", "jips-internal",
    "jis", "utf-8", "utf-16-be", "utf-16-le",
]  # fmt: skip
Single = Literal[
    "fujitsu-kana", "fujitsu-lower", "fujitsu-ascii", "hitachi-kana", "hitachi-lower", "nec-kana", "jis8",
    "ibm290", "ibm1027", "ibm1390", "ibm1399",
]  # fmt: skip
HEADER = "header."
"""Before the name of a header's item in a mapping."""


class KindAt(BaseModel):
    """Where a record says of which kind it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: int = Field(default=1, ge=1, description="First byte, from 1")
    length: int = Field(default=1, ge=1, le=16, description="Bytes")
    data: str = Field(description="What data records have there")


class Envelope(BaseModel):
    """A header, trailer or end record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="What these records have at the kind's place")
    items: tuple[Item, ...] = Field(min_length=1, description="The items in order")

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The items with groups and repetitions laid out."""
        return leaves(self.items)


class LengthWord(BaseModel):
    """How records of variable length tell it (z/OS record and block descriptor words; others by declaration)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    includes_itself: bool = Field(default=True, description="The length counts the four bytes of the word")
    blocks: bool = Field(default=False, description="Block descriptor words stand before blocks of records")
    order: Literal["big", "little"] = Field(default="big", description="Byte order of the length")


class LengthField(BaseModel):
    """Where a record tells its own length. A filler stands there among the items."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: int = Field(default=1, ge=1, description="First byte, from 1")
    size: int = Field(default=2, ge=1, le=8, description="Bytes of the field")
    coding: Literal["binary", "digits"] = Field(
        default="binary", description="An unsigned binary number, or digits of the layout's character code"
    )
    order: Literal["big", "little"] = Field(default="big", description="Binary: byte order")
    counts: Literal["record", "rest"] = Field(
        default="record", description="The bytes of the whole record, or those after the field"
    )


class Changes(BaseModel):
    """Where a differential file says what happened to a row, and in which words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(description="The item that says it, by name or ID; the gateway writes it")
    insert: str = Field(coerce_numbers_to_str=True, description="Its value for a new row")
    update: str = Field(
        coerce_numbers_to_str=True, description="Its value for a changed row; may be that of a new one"
    )
    delete: str = Field(
        coerce_numbers_to_str=True,
        description="Its value for a row that is gone; the row stands there as it was last",
    )

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        if self.delete in (self.insert, self.update):
            raise ValueError("delete needs a value of its own, or rows that are gone look like others")
        return self


class Correlation(BaseModel):
    """A rule between the items of a record, such as ``that: 終了日 >= 開始日, when: not 終了日 is empty``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    that: str = Field(description="Condition that every record must meet")
    when: str = Field(default="", description="Condition of the records that it is asked of; absent: all")
    title: str = Field(default="", description="What it means; stands in reports")


class Layout(BaseModel):
    """The records of one file, as the module's examples show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", description="The file's name without its suffix; need not be written")
    title: str = Field(default="", description="For people")
    records: Literal["fixed", "line", "rdw", "length-field", "csv"] = Field(
        description="fixed: no line ends; line: a line end after each; rdw: a length word before each; "
        "length-field: each tells its length in itself; csv"
    )
    length: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Bytes of a record, without the line end"
    )
    line_end: Literal["lf", "crlf"] = Field(default="crlf", description="After each record of records: line")
    encoding: Encoding | None = Field(
        default=None,
        description="Character code of the text items. Built in of JEF, KEIS and JIPS: JIS X 0208 with their "
        "differences; the rest, what KEIS90 has otherwise than KEIS83, and all of jips-internal come from a table in "
        "characters. jis is ISO-2022-JP",
    )
    shift: Literal["item", "record"] = Field(
        default="item",
        description="Whether every text item begins with single bytes, or goes on as the one before it ended. "
        "Written items always end with single bytes",
    )
    double_blank: Literal["wide", "two-half"] = Field(
        default="wide",
        description="JEF and KEIS: what 4040 among double bytes of mixed text means, one wide blank or two half ones",
    )
    single: Single | None = Field(
        default=None, description="Variant of the single bytes; each encoding has its usual one"
    )
    pairs: Literal["jis", "microsoft"] | None = Field(
        default=None,
        description="Which of 〜～ −－ ‖∥ ¢￠ £￡ ¬￢ ¦￤ —― the code means; each encoding has its usual one",
    )
    latin: Literal["jis", "ascii"] | None = Field(
        default=None,
        description="Whether a single byte means ¥ and ‾, as in JIS X 0201, or \\ and ~, as in ASCII; each variant has "
        "its usual ones",
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
    length_field: LengthField | None = Field(
        default=None, description="Where records: length-field tell their length"
    )
    rdw: LengthWord = Field(default=LengthWord(), description="The length word of records: rdw")
    kind: KindAt | None = Field(default=None, description="Where records say of which kind they are")
    header: Envelope | None = Field(default=None, description="Record before the data records")
    trailer: Envelope | None = Field(default=None, description="Record after the data records")
    end: Envelope | None = Field(default=None, description="Last record of the file")
    sets: Literal["one", "many"] = Field(
        default="one", description="How often header, data, trailer stand in a file"
    )
    business_date: str | None = Field(
        default=None,
        description="Item of the header that says the business date, for files whose names do not; its type is date",
    )
    items: tuple[Item, ...] = Field(min_length=1, description="The items of data records in order")
    changes: Changes | None = Field(
        default=None, description="In differential files: where a record says what happened to its row"
    )
    rules: tuple[Correlation, ...] = Field(default=(), description="CSV: what must hold between items")

    @model_validator(mode="after")
    def _kinds_do_not_mix(self) -> Self:
        if self.records == "csv":
            return self._check_csv()
        missing = [key for key in ("length", "encoding") if getattr(self, key) is None]
        if missing:
            raise ValueError(f"records: {self.records} needs {' and '.join(missing)}")
        around = [envelope.leaves for envelope in (self.header, self.trailer, self.end) if envelope]
        every = [*self.data_leaves, *(leaf for found in around for leaf in found)]
        strange = [leaf.item.label for leaf in every if leaf.item.type in CSV_TYPES]
        if self.rules:
            raise ValueError("rules belongs to records: csv")
        if strange:
            raise ValueError(f"{', '.join(strange)}: a CSV type cannot stand in records: {self.records}")
        if (self.records == "length-field") != (self.length_field is not None):
            raise ValueError("records: length-field and length_field belong together: write both or none")
        return self

    @model_validator(mode="after")
    def _choices_have_an_effect(self) -> Self:
        without = {"single"} if self.encoding in ("cp932", "euc-jp") else set()
        without |= {"single", "pairs", "latin"} if str(self.encoding).startswith("utf-") else set()
        strange = sorted(key for key in without if getattr(self, key) is not None)
        if strange:
            raise ValueError(f"{', '.join(strange)} has no effect with encoding: {self.encoding}; remove it")
        return self

    @model_validator(mode="after")
    def _envelopes_have_a_kind(self) -> Self:
        envelopes = (self.header, self.trailer, self.end)
        if any(envelopes) != (self.kind is not None):
            raise ValueError("kind and header, trailer or end belong together: write both or none")
        for envelope in filter(None, envelopes):
            _ = envelope.leaves  # raises what is wrong with them
        kinds = [envelope.kind for envelope in envelopes if envelope] + [self.kind.data if self.kind else ""]
        if len(set(kinds)) < len(kinds):
            raise ValueError("header, data, trailer and end need different kinds")
        return self

    @model_validator(mode="after")
    def _business_date_stands_in_the_header(self) -> Self:
        if self.business_date is not None and self.day_index is None:
            raise ValueError(f"business_date: {self.business_date} is no item of type date of the header")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [leaf.item.name for leaf in self.leaves if leaf.item.type != "filler"]
        names += [leaf.item.id for leaf in self.leaves if leaf.item.id]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} stands more than once; names and IDs are unique in a layout"
            )
        return self

    @model_validator(mode="after")
    def _changes_stand_in_data_records(self) -> Self:
        if self.changes is None:
            return self
        index = self.names().get(self.changes.item, len(self.data_leaves))
        if index >= len(self.data_leaves):
            raise ValueError(f"changes: {self.changes.item} is no item of the data records")
        return self

    def _check_csv(self) -> Self:
        legacy = {"length", "line_end", "encoding", "single", "characters", "unmapped", "placeholder"}
        legacy |= {
            "pairs",
            "latin",
            "shift",
            "double_blank",
            "length_field",
            "rdw",
            "kind",
            "header",
            "business_date",
            "trailer",
            "end",
            "sets",
        }
        strange = sorted(legacy & self.model_fields_set)
        if strange:
            raise ValueError(
                f"{', '.join(strange)} does not belong to records: csv; the profile states its form"
            )
        wrong = [item.label for item in self.items if item.type not in CSV_TYPES]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: records: csv has the types {', '.join(sorted(CSV_TYPES))}")
        return self

    @cached_property
    def data_leaves(self) -> tuple[Leaf, ...]:
        """The items of a data record with groups and repetitions laid out."""
        return leaves(self.items)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Everything that a mapping may name: the data items, then those of the header as ``header.NAME``."""
        carried = [] if self.header is None else [leaf.prefixed(HEADER) for leaf in self.header.leaves]
        return (*self.data_leaves, *(leaf for leaf in carried if leaf.item.type != "filler"))

    @property
    def day_index(self) -> int | None:
        """The place of ``business_date`` among the header's values."""
        index = self.head_index(self.business_date or "")
        if index is None or self.leaves[len(self.data_leaves) + index].item.type != "date":
            return None
        return index

    def head_index(self, name: str) -> int | None:
        """The place of an item among the header's values."""
        carried = self.leaves[len(self.data_leaves) :]
        return next((n for n, leaf in enumerate(carried) if leaf.item.name == f"{HEADER}{name}"), None)

    @property
    def base(self) -> str:
        """The name by which mappings and places call it: ``x`` of the version ``x@2027-04-01``."""
        return self.name.partition("@")[0]

    @property
    def since(self) -> date | None:
        """From which business date this version holds; None for the first one. Raises ValueError if it is no date."""
        written = self.name.partition("@")[2]
        return date.fromisoformat(written) if "@" in self.name else None

    def names(self) -> dict[str, int]:
        """Every name and ID by which a mapping may call an item, with its index in ``leaves``."""
        found = {
            leaf.item.name: index for index, leaf in enumerate(self.leaves) if leaf.item.type != "filler"
        }
        return found | {leaf.item.id: index for index, leaf in enumerate(self.leaves) if leaf.item.id}
