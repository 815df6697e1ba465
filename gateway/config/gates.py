"""What must be true before an end changes its format or its place, and what happens if it is not."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from adapters.units import Duration
from adapters.written import Moment, Written
from gateway.config.words import as_written


class Compared(Written):
    """A condition of a gate: so many clean comparisons."""

    compared: int = Field(
        ge=1, description="Number of comparisons in a row without an unexplained difference."
    )


Condition = Literal["drained", "reachable", "round-trip", "baseline", "approved"]
_WORD, _COUNT = "(word)", "(count)"


def _written_as(given: object) -> str:
    """One mistake is one fault: a word is held against the words, keys against the keys of ``Compared``."""
    return _COUNT if isinstance(given, dict | Compared) else _WORD


def _with_its_number(given: object) -> object:
    if given == "compared":
        raise ValueError("compared needs the number of clean comparisons in a row; write {compared: 3}")
    return given


Required = Annotated[
    Annotated[Condition, Tag(_WORD)] | Annotated[Compared, Tag(_COUNT)],
    Discriminator(_written_as),
    BeforeValidator(_with_its_number),
]


class Gate(Written):
    """The conditions of a cutover, and what happens at its instant while one of them is not met."""

    require: tuple[Required, ...] = Field(
        default=("drained", "reachable"),
        description="Conditions. drained: every file of the old source place is settled; reachable: the new place "
        "lets us list, write, rename and delete; compared: N clean comparisons in a row; round-trip: the golden "
        "cases of the mappings convert both ways; baseline: where the new side holds changes only, the consumer has "
        "the state before them; approved: a named person said yes.",
    )
    announce: Duration = Field(
        default=as_written("7d"),
        description="How long before its instant a cutover is announced, and the new place is looked at.",
    )
    settle: Duration = Field(
        default=as_written("30m"), description="How long emptying the old place may take after the instant."
    )
    undo: Duration = Field(
        default=as_written("14d"),
        description="How long after a cutover a way back by files must stay possible; originals are kept at least "
        "so long.",
    )
    if_closed: Literal["hold", "go"] = Field(
        default="hold",
        description="A condition is not met in time: hold goes on in the old format and looks every minute, go "
        "switches all the same.",
    )
    reopen: Literal["automatic", "manual"] = Field(
        default="automatic",
        description="A gate that was closed opens by itself when its conditions are met, or by a person's word.",
    )


class StartFrom(Written):
    """The first file in the new place that counts. Exactly one of the three."""

    name: str | None = Field(default=None, description="Its name; those after it in the alphabet count too.")
    sequence: int | None = Field(
        default=None, ge=0, description="Its number, where the pattern captures {seq}, or as order says."
    )
    time: Moment | None = Field(
        default=None, description="The date and time that its name says, where the pattern captures {date}."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.name, self.sequence, self.time)) != 1:
            raise ValueError("needs exactly one of name, sequence, time")
        return self


Early = Literal["compare", "wait", "ignore"]
