"""One row of the linkage inventory: the columns of a linkage sheet, then what the gateway knows besides. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any
from unicodedata import normalize


def _column(japanese: str, width: int, *others: str) -> Any:
    return field(default="", metadata={"japanese": japanese, "width": width, "others": others})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One linkage, as texts for people; what is not known is empty. The field's metadata names its column."""

    linkage_id: str = _column("連携ID", 11, "標準連携ID")
    branch: str = _column("枝番", 6)
    section: str = _column("標準仕様書関連箇所", 18)
    group: str = _column("連携機能名Lv1", 18, "連携機能名Lv.1", "機能名Lv1")
    name: str = _column("連携機能名Lv2", 22, "連携機能名Lv.2", "機能名Lv2", "連携機能名", "連携機能名称")
    description: str = _column("機能説明", 40, "連携機能説明")
    kind: str = _column("実装類型", 10)
    direction: str = _column("I/O", 6, "IO", "入出力", "入出力区分")
    partner: str = _column("連携先システム", 20, "連携先", "連携先システム名", "連携先業務")
    review: str = _column("検討要否", 10)
    current_id: str = _column("現行連携ID", 12)
    current_system: str = _column("現行連携先システム名", 22, "現行連携先システム")
    method: str = _column("連携方法", 20, "連携方式")
    supplied: str = _column("提供時期", 14)
    remarks: str = _column("備考", 24)
    route: str = _column("経路", 26)
    title: str = _column("経路名", 30)
    vendor: str = _column("事業者", 16)
    source: str = _column("送り側システム", 18)
    target: str = _column("受け側システム", 18)
    phase: str = _column("段階", 10)
    from_format: str = _column("送り側の形式", 14)
    to_format: str = _column("受け側の形式", 14)
    from_date: str = _column("送り側の標準化時点", 22)
    from_origin: str = _column("送り側の時点の根拠", 18)
    to_date: str = _column("受け側の標準化時点", 22)
    to_origin: str = _column("受け側の時点の根拠", 18)
    schedule: str = _column("契機", 18)
    from_place: str = _column("取得元", 44)
    to_place: str = _column("書込先", 44)
    conversion: str = _column("変換", 24)
    taken: str = _column("取込の確認", 22)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: the entry's field, its heading, and how wide it is in characters."""

    key: str
    heading: str
    width: int
    others: tuple[str, ...]


COLUMNS = tuple(
    Column(
        key=one.name,
        heading=one.metadata["japanese"],
        width=one.metadata["width"],
        others=one.metadata["others"],
    )
    for one in fields(Entry)
)

OURS = "route"
"""From this field on the columns are not those of a linkage sheet."""


def _plain(heading: str) -> str:
    return "".join(normalize("NFKC", heading).casefold().split()).replace("_", "")


_KNOWN = {
    _plain(name): column
    for column in reversed(COLUMNS)
    for name in (column.heading, column.key, *column.others)
}


def column_of(heading: str) -> Column | None:
    """The column that a heading means; spaces, line ends, width and capitals make no difference."""
    return _KNOWN.get(_plain(heading))
