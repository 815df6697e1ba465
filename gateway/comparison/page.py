"""A report as a page for staff, in Japanese; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from gateway.comparison.outcome import Difference, Outcome, ToleranceUse, Verdict
from gateway.comparison.task import Subject

_VERDICTS = {Verdict.EQUAL: "一致", Verdict.EQUIVALENT: "許容差のみ", Verdict.DIFFERENT: "相違あり"}
_STATES = {"used": "適用", "unused": "該当なし", "expired": "期限切れ", "exceeded": "件数超過"}
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.6 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { border: 1px solid #8888; padding: .25rem .6rem }
th { text-align: left } td.n { text-align: right; font-variant-numeric: tabular-nums }
.verdict { font-size: 1.3rem; font-weight: 700 } .different { color: #c62828 } .equal, .equivalent { color: #2e7d32 }
"""
Row = tuple[object, ...]


def page(subject: Subject, outcome: Outcome) -> str:
    """The whole page."""
    title = f"新旧比較 {escape(subject.title)}"
    verdict = f'<p class="verdict {outcome.verdict}">{_VERDICTS[outcome.verdict]}（{outcome.verdict}）</p>'
    body = "".join(_table(*section) for section in _sections(subject, outcome))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="ja"><head>{head}</head><body><h1>{title}</h1>{verdict}{body}</body></html>\n'


def _sections(subject: Subject, outcome: Outcome) -> Iterator[tuple[str, str, Iterable[Row]]]:
    """Heading, columns and rows of each table."""
    at = f"{subject.at:%Y-%m-%d %H:%M:%S %z}"
    about = (("対象", subject.slot), ("旧", subject.old), ("新", subject.new), ("比較日時", at))
    yield "比較の対象", "項目 内容", about
    yield "件数", "区分 件数", _counts(outcome).items()
    items = ((one.item, one.changed, one.tolerated) for one in outcome.items)
    yield "項目別の相違", "項目 相違 うち許容", items
    yield "許容差台帳の適用", "規則 項目 理由 担当 期限 件数 状態", map(_use, outcome.tolerances)
    yield "照合合計", "市町村 旧件数 新件数 合計（旧） 合計（新） キー集合 判定", _totals(outcome)
    listed = map(_difference, outcome.differences)
    yield "相違のあるレコード（キーは鍵付きハッシュ）", "キー 旧レコード番号 新レコード番号 項目 許容", listed


def _use(one: ToleranceUse) -> Row:
    return one.rule, "、".join(one.items), one.reason, one.owner, one.expires, one.covered, _STATES[one.state]


def _difference(one: Difference) -> Row:
    return one.key, one.old_record, one.new_record, "、".join(one.items), "許容" if one.tolerated else ""


def _counts(outcome: Outcome) -> Mapping[str, int]:
    return {
        "旧の件数": outcome.old.records,
        "新の件数": outcome.new.records,
        "旧だけにある": outcome.only_old,
        "新だけにある": outcome.only_new,
        "内容が違う": outcome.changed,
        "うち許容": outcome.tolerated,
        "説明のつかない相違": outcome.unexplained,
        "キーが重複する件数（旧）": outcome.old.duplicate_records,
        "キーが重複する件数（新）": outcome.new.duplicate_records,
    }


def _totals(outcome: Outcome) -> Iterator[Row]:
    for one in outcome.totals:
        sides = (one.old, one.new)
        sums = [
            "、".join(f"{name} {total:f}" for name, total in side.sums.items()) if side else ""
            for side in sides
        ]
        records = [side.records if side else 0 for side in sides]
        keys = "一致" if one.old and one.new and one.old.keys == one.new.keys else "相違"
        yield one.group or "全件", *records, *sums, keys, "一致" if one.agree else "相違"


def _table(heading: str, columns: str, rows: Iterable[Row]) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns.split())
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<h2>{heading}</h2><table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    numeric = ' class="n"' if isinstance(value, int) else ""
    return f"<td{numeric}>{escape('' if value is None else str(value))}</td>"
