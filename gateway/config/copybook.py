"""``layouts/<layout>.cpy.yaml``: what a COBOL copybook does not say of its records. Written by vendors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adapters.written import Written
from gateway.config.words import Names, Said, Texts
from gateway.formats.layouts.layout import Encoding, LengthWord, Single


class Copybook(Written):
    """What the copybook beside it (``layouts/<layout>.cpy``) does not say of its records."""

    title: Said = Field(default="", description="The layout's name for people.")
    encoding: Encoding = Field(description="Character code of the text items.")
    records: Literal["fixed", "line", "rdw"] = Field(
        default="fixed",
        description="fixed: no line ends; line: a line end after each record; rdw: a length word before each.",
    )
    line_end: Literal["lf", "crlf"] = Field(default="crlf", description="After each record of records: line.")
    rdw: LengthWord = Field(default=LengthWord(), description="The length word of records: rdw.")
    length: int | None = Field(
        default=None, ge=1, description="Bytes of a record, if they are to be held against the copybook's."
    )
    single: Single | None = Field(
        default=None, description="Variant of the single bytes; each encoding has its usual one."
    )
    pairs: Literal["jis", "microsoft"] | None = Field(
        default=None,
        description="Which of 〜～ −－ ‖∥ ¢￠ £￡ ¬￢ ¦￤ —― the code means; each encoding has its usual one.",
    )
    latin: Literal["jis", "ascii"] | None = Field(
        default=None,
        description="Whether a single byte means ¥ and ‾, as in JIS X 0201, or \\ and ~, as in ASCII; each variant has "
        "its usual ones.",
    )
    characters: Names = Field(
        default=(), description="外字 tables, by name in characters/; the first one wins."
    )
    unmapped: Literal["quarantine", "placeholder", "table"] = Field(
        default="quarantine",
        description="A character without a code: hold, write the placeholder, or use a reduction table.",
    )
    placeholder: str = Field(
        default="〓", min_length=1, max_length=1, description="Written with unmapped: placeholder."
    )
    keys: Texts = Field(default=(), description="Names of the items that identify a record.")
    required: Texts = Field(default=(), description="Names of the items that may not be empty.")
    free: bool = Field(
        default=False, description="The copybook is in free format, without columns for numbers and marks."
    )
