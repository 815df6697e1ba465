"""What parts of a configuration have in common: frozen, strict, and some of them for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Written(BaseModel):
    """A part of what people write: frozen, unknown keys refused, input never shown in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


@dataclass(frozen=True, eq=False)
class Short:
    """A short form that a validator accepts besides the full one, for the JSON Schema."""

    schema: JsonSchemaValue

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [self.schema, handler(core)]}


TEXT = Short({"type": "string"})


def parse_moment(value: Any) -> datetime:
    """Read an instant with its offset from UTC. Raises ``ValueError`` saying what to write."""
    moment = value if isinstance(value, datetime) else _parsed(value)
    if moment.tzinfo is None:
        raise ValueError("has no offset from UTC; write it out, such as 2027-01-04T00:00:00+09:00")
    return moment


def _parsed(value: object) -> datetime:
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("is no instant; write date, time and offset: 2027-01-04T00:00:00+09:00") from None


MOMENT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2027-01-04T00:00:00+09:00"]}

Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema(MOMENT_SCHEMA)]


class Dated(Written):
    """Something that holds from an instant until another one."""

    start: Moment | None = Field(
        default=None, alias="from", description="In a list: the instant from which this one holds."
    )
    until: Moment | None = Field(
        default=None,
        description="In a list: the instant until which it holds; it need not be written where the next one begins.",
    )

    def covers(self, instant: datetime) -> bool:
        """Whether the instant falls within; the beginning does, the end does not."""
        begun = self.start is None or self.start <= instant
        return begun and (self.until is None or instant < self.until)
