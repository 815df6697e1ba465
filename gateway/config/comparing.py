"""What is compared before a switch, and which differences are tolerated until when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from adapters.units import Duration
from adapters.written import Short, Written
from gateway.config.words import Name, Said, Texts
from gateway.formats.values.dates import parse_form

Word = Literal["padding", "zeros", "number", "date", "width"]
WORDS: dict[str, Word] = {word: word for word in get_args(Word)}
ALONE = ("only-old", "only-new")


class Normalise(Written):
    """What makes two spellings of one value equal. Written as a word, or as one key with its table or form."""

    word: Word | None = Field(
        default=None,
        description="padding: blanks around; zeros: leading zeros; number: 012.50 is 12.5; date: western with or "
        "without separators; width: half-width and full-width.",
    )
    codes: Name | None = Field(
        default=None, description="The old side's code is read through this table of mappings/lookups."
    )
    characters: Name | None = Field(
        default=None, description="Each character is read through this table (kind: reduction) of characters."
    )
    form: str | None = Field(
        default=None,
        max_length=16,
        description="Dates written in this form, such as GYYMMDD, are read as dates.",
    )
    eras: tuple[str, ...] = Field(
        default=(), description="With G in form: codes of 明治 大正 昭和 平成 令和, in this order."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str) and given not in WORDS:
            raise ValueError(f"must be {', '.join(WORDS)}, or a key codes, characters or form")
        return {"word": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(way is not None for way in (self.word, self.codes, self.characters, self.form)) != 1:
            raise ValueError("needs exactly one of a word, codes, characters, form")
        if self.form is not None:
            parse_form(self.form, self.eras)
        return self


_WORD = Short({"enum": list(WORDS)})
Steps = Annotated[
    tuple[Annotated[Normalise, _WORD], ...],
    BeforeValidator(lambda given: given if isinstance(given, list | tuple) else (given,)),
    Short({"enum": list(WORDS)}),
]


class Compare(Written):
    """What old and new deliveries of one business date are compared by, in the form that the destination gets."""

    key: Texts = Field(min_length=1, description="Items that identify a record.")
    against: Literal["early", "shadow"] = Field(
        default="early",
        alias="with",
        description="early: what is delivered, against files that lie in the source's next place before its cutover. "
        "shadow: the same, both as the shadow place gets them.",
    )
    items: Texts = Field(default=(), description="Items that are compared; absent: every item of the layout.")
    normalise: dict[str, Steps] = Field(
        default={}, description="By item: what makes two spellings equal, one step after another."
    )
    totals: Texts = Field(default=(), description="Items whose sums stand in the report.")
    municipality: str | None = Field(
        default=None, description="Item with the municipality's code: totals stand for each as well."
    )
    tolerances: tuple[Name, ...] = Field(
        default=(), description="Registers of tolerated differences, by their names in tolerances/."
    )
    keep: Duration | None = Field(
        default=None, description="How long reports are kept; absent: retention.comparison."
    )


class Tolerated(Written):
    """One difference that is tolerated: until a day, for a reason, by somebody."""

    rule: Annotated[Normalise, _WORD] | Literal["any", "only-old", "only-new"] = Field(
        union_mode="left_to_right",
        description="any: whatever the difference; only-old, only-new: records of one side alone; otherwise as in "
        "normalise: the values are equal after that.",
    )
    items: Texts = Field(default=(), description="The items that it is for.")
    within: Decimal | None = Field(
        default=None, ge=0, description="With rule: any: numbers that differ by this much at most."
    )
    at_most: int | None = Field(
        default=None, ge=1, description="More differences than this, and none of them is tolerated."
    )
    reason: Said = Field(min_length=1, description="Why it is right.")
    owner: Said = Field(min_length=1, description="Who answers for it.")
    expires: date = Field(description="The last day on which it holds.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.rule in ALONE) == bool(self.items):
            raise ValueError("items is needed, but for only-old and only-new, which have none")
        if self.within is not None and self.rule != "any":
            raise ValueError("within belongs to rule: any")
        return self


class Register(Written):
    """``tolerances/*.yaml``: differences that the city tolerates between an old and a new system."""

    name: str = Field(default="", description="The file's name without its suffix; need not be written.")
    title: Said = Field(default="", description="For people.")
    tolerances: tuple[Tolerated, ...] = Field(description="The tolerated differences.")
