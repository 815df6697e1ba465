"""Why a sheet with corrections is refused, as ``gateway.evidence.correcting`` says it, each with its Japanese. Pure."""

from __future__ import annotations

SHEETS: tuple[tuple[str, str], ...] = (
    ("it is not held for bad records", "不正なレコードで保留したファイルではありません"),
    ("see linkage-gateway held", "linkage-gateway held で確認してください"),
    ("its route, or the layout of its source, is not known", "経路か、送信元のレイアウトが見つかりません"),
    ("linkage-gateway check", "linkage-gateway check で確認してください"),
    ("the sheet is that of another file", "別のファイルの修正表です"),
    ("linkage-gateway sheet TRANSFER", "linkage-gateway sheet TRANSFER で作り直してください"),
    ("no corrected value is in the sheet", "修正表に訂正値がありません"),
    ("write them under {column}", "「{column}」の列に書いてください"),
    ("the columns of the sheet were changed", "修正表の列が変えられています"),
    ("make a new one", "作り直してください"),
    (
        "the file has nothing bad there",
        "ファイルのこの項目に不備はありません",
    ),
    (
        "leave its rows as they were written; linkage-gateway sheet TRANSFER makes a new one",
        "訂正値のほかは書き換えないでください。linkage-gateway sheet TRANSFER で作り直せます",
    ),
    (
        "the sheet has two values for it",
        "修正表に訂正値が二つあります",
    ),
    ("leave one of them", "一つだけ残してください"),
    (
        "the sheet is neither UTF-8 nor CP932",
        "修正表の文字コードが UTF-8 でもシフトJIS（CP932）でもありません",
    ),
    ("store it as .xlsx", ".xlsx で保存してください"),
    ("the sheet is no xlsx file", "修正表を Excel ブック（xlsx）として読めません"),
    ("store it as .xlsx or .csv", ".xlsx か .csv で保存してください"),
    ("the file has no record {number}", "ファイルに {number} 件目のレコードはありません"),
    (
        "has no place of its own; send the file anew",
        "この項目だけを書き換えることはできません。送信元に送り直してもらってください",
    ),
    (
        "write another value, or have the source send the file anew",
        "別の値を書くか、送信元に送り直してもらってください",
    ),
    (
        "what is wrong is no item's value, which a sheet could correct",
        "誤りは項目の値ではないため、修正表では直せません",
    ),
    (
        "have the source send it anew and end this one unsent (release --superseded), or mend the layout",
        "送信元に送り直してもらってこのファイルは送らずに終える（release --superseded）か、レイアウトを直してください",
    ),
)
