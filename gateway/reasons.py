"""What each reason for which a file is held means, and what the person on duty does, in English and Japanese. Pure.

What exactly was found stands with each held file; this is what a generalist can do about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Reason


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One reason for people."""

    text: str
    text_ja: str
    todo: str
    todo_ja: str


def _means(texts: tuple[str, str], todo: tuple[str, str]) -> Meaning:
    return Meaning(text=texts[0], text_ja=texts[1], todo=todo[0], todo_ja=todo[1])


MEANINGS: dict[Reason, Meaning] = {
    Reason.BAD_RECORDS: _means(
        (
            "records break the layout or cannot be converted; none of the file was sent",
            "レイアウトに合わない、または変換できないレコードがあります。ファイルはまだ送っていません",
        ),
        (
            "correct the items (sheet, then release --corrected), or have it sent anew: release --superseded",
            "sheet で書き出して直し release --corrected で進めるか、再出力を依頼し送らずに終えます（--superseded）",
        ),
    ),
    Reason.BASE_MISSING: _means(
        (
            "the rows that differences are taken from are not known any more",
            "差分の基準となる前回の全件がわかりません",
        ),
        (
            "have the source send a full file, then linkage-gateway rebaseline",
            "送信元に全件の送信を依頼し、linkage-gateway rebaseline で基準を取り直してください",
        ),
    ),
    Reason.ROUND_TRIP: _means(
        (
            "converted back, the output is not what came in: something would have been lost",
            "変換結果を元に戻すと原本と一致しません。このまま送ると内容が失われます",
        ),
        (
            "have the vendor look at the mapping; declare the loss there if it is meant",
            "対応表の作成者（事業者）に確認を依頼してください。意図した欠落なら対応表で宣言します",
        ),
    ),
    Reason.NAME_TAKEN: _means(
        (
            "another file has its name at the destination; it was not overwritten",
            "送信先に同じ名前の別のファイルがあります。上書きしていません",
        ),
        (
            "ask the consumer what the other file is; once it is moved away, release this one",
            "受け手にそのファイルが何かを確認し、移動してもらってから保留を解除してください",
        ),
    ),
    Reason.GOES_ROUND: _means(
        (
            "it came back again and again through the route that runs the other way",
            "逆方向の経路を通って、同じ内容が何度も戻ってきています",
        ),
        (
            "part the place where one route delivers from the one where the other takes; then release",
            "一方の配信先と他方の取得元を分けてもらい、その後に保留を解除してください",
        ),
    ),
    Reason.NAME_REFUSED: _means(
        (
            "its name at the destination would be one that may not be used",
            "送信先で使えないファイル名になります",
        ),
        ("have the vendor correct the path of the route", "事業者に経路の path の修正を依頼してください"),
    ),
    Reason.REFUSED: _means(
        ("the destination refuses this file for good", "送信先がこのファイルを受け付けません"),
        (
            "read what it says (size, rights, name), mend that there, and release the file",
            "詳細（容量・権限・名前など）を確認し、送信先で対処してから保留を解除してください",
        ),
    ),
    Reason.SOURCE_GONE: _means(
        (
            "the source removed the file before it could be read",
            "読み込む前に送信元からファイルが無くなりました",
        ),
        (
            "ask the source to write it again, which comes by itself; then release this one with --superseded",
            "送信元に再出力を依頼してください。新しいファイルは自動で受け渡します。これは送らずに終えます（--superseded）",
        ),
    ),
    Reason.PRIVATE_USE: _means(
        (
            "it would pass unchanged, and holds user-defined characters that the two systems need not read alike",
            "無変換で送る経路ですが、両システムで同じ字とは限らない外字が含まれています",
        ),
        (
            "have the vendor name at both layouts the table of user-defined characters that they share",
            "事業者に、双方のレイアウトへ共通の外字表を書くよう依頼してください",
        ),
    ),
    Reason.PERHAPS_COLLECTED: _means(
        (
            "the connection went while the file was published, and it is not there: its consumer may have it already",
            "公開の途中で接続が切れ、ファイルが見当たりません。受け手がすでに取り込んだ可能性があります",
        ),
        (
            "ask the consumer; if it has the file say so (release --delivered), if not release, which sends it",
            "受け手に確認し、届いていれば引取済みとします（--delivered）。届いていない場合だけ保留を解除します（送信されます）",
        ),
    ),
    Reason.INTERNAL: _means(
        ("a fault of this program", "このプログラムの不具合です"),
        (
            "report it to whoever maintains the gateway; release tries again",
            "保守担当に連絡してください。保留を解除すると、もう一度試みます",
        ),
    ),
    Reason.NOT_AS_SENT: _means(
        (
            "what stands at the destination is not what was sent",
            "送信先にあるファイルが、送った内容と一致しません",
        ),
        (
            "have the damaged file removed there, then release",
            "送信先の破損したファイルを削除してもらい、保留を解除してください",
        ),
    ),
    Reason.NOT_AS_STATED: _means(
        (
            "the file is not what its list or trailer states: count, size or digest",
            "件数・サイズ・ハッシュ値が、一覧やトレーラーの記載と一致しません",
        ),
        (
            "ask the source which of the two is right; release if it is the file, else have it sent anew: --superseded",
            "送信元にどちらが正しいか確認し、ファイルが正しければ保留を解除、誤りなら再出力を依頼し送らずに終えます（--superseded）",
        ),
    ),
    Reason.NO_CONVERSION: _means(
        (
            "no mapping leads from the file's format to what the destination speaks now",
            "送信先の現在の形式に変換するための対応表がありません",
        ),
        (
            "have the vendor add the mapping; then release",
            "事業者に対応表の追加を依頼し、反映後に保留を解除してください",
        ),
    ),
    Reason.OLDER: _means(
        (
            "a newer full file was delivered already; this one would undo it",
            "より新しい全件を送達済みです。これを送ると古い内容に戻ります",
        ),
        (
            "end it unsent (release --superseded); only if the older one is right: release --force-older",
            "通常は送らずに終えます（--superseded）。古いほうが正しい場合だけ release --force-older で進めてください",
        ),
    ),
    Reason.EMPTY: _means(
        ("the file holds no records, and this route does not expect that", "レコードが1件もありません"),
        (
            "ask the source whether that is right; release if it is, or end it unsent (--superseded)",
            "送信元に正しいか確認し、正しければ保留を解除、誤りなら送らずに終えてください（--superseded）",
        ),
    ),
    Reason.SEQUENCE: _means(
        (
            "a file with its number or a later one came before",
            "同じ番号、またはより後の番号のファイルがすでに届いています",
        ),
        (
            "ask the source what this file is; release it if it is no repetition, else end it unsent (--superseded)",
            "送信元に何のファイルか確認し、重複でなければ保留を解除、重複なら送らずに終えてください（--superseded）",
        ),
    ),
    Reason.RESTORED: _means(
        (
            "the journal was restored or the route taken over, and the destination does not show that it has this file",
            "復元または引継ぎの前に送達済みかどうか、送信先では確認できませんでした",
        ),
        (
            "ask the consumer whether it has the file; release if it does not, else end it unsent (--superseded)",
            "受け手に届いているか確認し、届いていなければ保留を解除、届いていれば送らずに終えてください（--superseded）",
        ),
    ),
    Reason.RETRIES_ENDED: _means(
        (
            "every attempt within the route's time failed",
            "経路で決めた時間内の再試行がすべて失敗しました",
        ),
        (
            "see that the place answers (linkage-gateway doctor), then release",
            "接続先が応答することを確かめ（linkage-gateway doctor）、保留を解除してください",
        ),
    ),
    Reason.REVISION: _means(
        (
            "a file of this name was delivered already, and its content is another now",
            "同じ名前のファイルを送達済みですが、内容が変わっています",
        ),
        (
            "ask the source whether it replaces the former one; release if it does, else end it unsent (--superseded)",
            "送信元に差し替えかどうか確認し、差し替えなら保留を解除、違えば送らずに終えてください（--superseded）",
        ),
    ),
    Reason.LATE: _means(
        (
            "it came to the old place after the source's cutover",
            "送信元の切替後に、旧置場にファイルが届きました",
        ),
        (
            "ask the source whether it still counts; release it if it does, else end it unsent (--superseded)",
            "送信元に有効なファイルか確認し、有効なら保留を解除、無効なら送らずに終えてください（--superseded）",
        ),
    ),
    Reason.EARLY: _means(
        (
            "it came to the new place before the source's cutover",
            "送信元の切替前に、新置場にファイルが届きました",
        ),
        (
            "ask the source whether it is a trial: then end it unsent (--superseded); release it if it counts",
            "送信元に試験用かどうか確認し、試験用なら送らずに終え（--superseded）、有効なら保留を解除してください",
        ),
    ),
    Reason.FORMAT_CHANGED: _means(
        (
            "the destination speaks another format by now, and the file cannot be made anew for it",
            "送信先の形式が変わりましたが、このファイルを作り直せません",
        ),
        (
            "ask the consumer in which format it wants it, and have the source write it again",
            "受け手に必要な形式を確認し、送信元に再出力を依頼してください",
        ),
    ),
    Reason.SHRINK: _means(
        ("the full file lost suspiciously many rows", "全件の件数が急に減りました"),
        (
            "ask the source whether its output is complete; release if it is, else end it unsent (--superseded)",
            "送信元に出力漏れでないか確認し、正しければ保留を解除、誤りなら送らずに終えてください（--superseded）",
        ),
    ),
    Reason.ELSEWHERE: _means(
        (
            "its bytes lie on another node alone, and its source does not have it any more",
            "ファイルの内容が別のノードにだけあり、送信元にはもうありません",
        ),
        (
            "start that node again and move the route to it, then release; or ask the source for the file anew",
            "そのノードを起動して経路を移し、保留を解除してください。または送信元に再送を依頼してください",
        ),
    ),
    Reason.SPOOL_LOST: _means(
        (
            "the copy on this gateway's disk is gone or damaged",
            "ゲートウェイのディスク上の作業ファイルが失われた、または壊れています",
        ),
        (
            "see to the disk; release reads the source once more",
            "ディスクを確認してください。保留を解除すると、送信元から読み直します",
        ),
    ),
}
"""Every reason has one."""

BETWEEN = " · "
"""What parts the words of an alarm's detail; one of them is the reason of a held file."""


def meaning_of(reason: str) -> Meaning | None:
    """What a reason means; None for a word that is none."""
    return MEANINGS[Reason(reason)] if reason in set(Reason) else None


def named_in(detail: str) -> Meaning | None:
    """What the reason means that the detail of a held file's alarm names; None if it names none."""
    return next((found for word in detail.split(BETWEEN) if (found := meaning_of(word))), None)
