"""What a city writes in ``config/profiles/*.yaml``: how its standardized CSV files look on the outside.

The published linkage text leaves these points to be read in the city's own copy; the defaults are common choices,
not claims of conformance::

    title: 標準ファイル連携
    encoding: utf-8
    bom: false
    line_end: lf
    header: names      # names | ids | ids-names | none
    quoting: minimal   # minimal | all | text | none
    no_records: header # header | empty
    naming: "{linkage}{branch}_{date:%Y%m%d}_{seq:04}.csv"   # for places whose path is a folder: out/
    compression: none  # none | gzip | zip
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _header_word(value: object) -> object:
    """Accept ``header: true`` and ``header: false``."""
    return {True: "names", False: "none"}[value] if isinstance(value, bool) else value


class CsvProfile(BaseModel):
    """The outside of CSV files: code, line ends, header, quotes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", description="The file's name without its suffix; need not be written")
    title: str = Field(default="", description="For people")
    encoding: Literal["utf-8", "cp932"] = Field(default="utf-8", description="Character code of the file")
    bom: bool = Field(default=False, description="UTF-8 files begin with a byte order mark")
    line_end: Literal["lf", "crlf"] = Field(
        default="lf", description="After each line, the last one included"
    )
    header: Annotated[Literal["names", "ids", "ids-names", "none"], BeforeValidator(_header_word)] = Field(
        default="names",
        description="First line: item names, data-item IDs, IDs and then names in a second line, or no such line",
    )
    quoting: Literal["minimal", "all", "text", "none"] = Field(
        default="minimal",
        description="Quotes where needed, around every value, around all but numbers, or never: then a value that "
        "needs them is refused",
    )
    no_records: Literal["header", "empty"] = Field(
        default="header", description="A file without records: its header alone, or zero bytes"
    )
    naming: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^/\\]*$",
        description="Names of the files where a place's path ends with /: the placeholders of a path, and {linkage} "
        "{branch} of the route",
    )
    compression: Literal["none", "gzip", "zip"] = Field(
        default="none", description="How the file is packed; a zip archive has one member"
    )
    expands: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="How many times as long as it is stored a compressed file may be when unpacked; a longer one is "
        "held (up to 16 MiB are always allowed)",
    )
    member: str = Field(
        default="data.csv",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$",
        description="Name of the member in a zip archive that is written; any is read",
    )
