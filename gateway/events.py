"""The catalogue of everything the gateway reports: one stable message ID each, its severity, cause and next action.

Code names an event and gives fields; texts stand here alone, in English and Japanese. Monitoring products filter
by message ID, so an ID is never given another meaning. IDs: 1 files, 2 routes, 3 places, 4 configuration,
9 the gateway itself; the letter is the severity. No field ever holds a value out of a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway.causes import CAUSES, Cause

Severity = Literal["debug", "info", "warning", "error", "critical"]
LETTERS: dict[Severity, str] = {"debug": "D", "info": "I", "warning": "W", "error": "E", "critical": "C"}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that can be reported.

    ``next_action`` is what the person on duty does; it may name fields in braces.
    """

    name: str
    number: int
    severity: Severity
    text: str
    text_ja: str
    next_action: str = ""
    next_action_ja: str = ""

    @property
    def message_id(self) -> str:
        """Such as ``LGW-1203-E``."""
        return f"LGW-{self.number}-{LETTERS[self.severity]}"

    @property
    def cause(self) -> Cause:
        """Why it comes up, and the command with which to begin; empty for what is no alarm."""
        return CAUSES.get(self.name, NO_CAUSE)


NO_CAUSE = Cause()
CATALOGUE: dict[str, Event] = {}


def _event(
    name: str, number: int, severity: Severity, texts: tuple[str, str], actions: tuple[str, str] = ("", "")
) -> Event:
    text, text_ja = texts
    next_action, next_action_ja = actions
    assert all(number != known.number for known in CATALOGUE.values()), f"{number} has a meaning already"
    CATALOGUE[name] = Event(
        name=name,
        number=number,
        severity=severity,
        text=text,
        text_ja=text_ja,
        next_action=next_action,
        next_action_ja=next_action_ja,
    )
    return CATALOGUE[name]


FILE_ADMITTED = _event(
    "file_admitted", 1001, "debug", ("a complete file was found and recorded", "ファイルを検知し記録しました")
)
FILE_SPOOLED = _event(
    "file_spooled", 1002, "debug", ("the original is in the spool", "原本をスプールに保存しました")
)
FILE_CONVERTED = _event(
    "file_converted", 1003, "debug", ("the output is in the spool", "変換結果をスプールに保存しました")
)
RECORDS_FILTERED = _event(
    "records_filtered",
    1010,
    "info",
    ("records were left out, as the route's select says", "経路の select により送らない件を除きました"),
)
RECORDS_DIVERTED = _event(
    "records_diverted",
    1209,
    "warning",
    (
        "bad records were taken out of the file, which went on without them; they wait for correction",
        "不備のあるレコードを分離し、残りを先に送ります。分離した分は訂正を待っています",
    ),
    (
        "correct them in their sheet, then: linkage-gateway release {reason} --corrected SHEET --reason ...",
        "一覧表に正しい値を記入し、linkage-gateway release {reason} --corrected 一覧表 --reason ... を実行してください",
    ),
)
VALUES_LOST = _event(
    "values_lost",
    1011,
    "info",
    ("values were changed by declared losses", "宣言された欠落（縮退・切捨て・詰め）により値が変わりました"),
)
VALUES_ODD = _event(
    "values_odd",
    1012,
    "warning",
    ("values are odd and went through", "疑わしい値がありましたが、そのまま渡しました"),
    ("have the source look at them", "送り元に確認してください"),
)
FILE_CLAIMED = _event(
    "file_claimed",
    1004,
    "debug",
    ("its name at the destination is fixed", "送信先のファイル名を確定しました"),
)
FILE_DELIVERED = _event(
    "file_delivered", 1005, "debug", ("it is complete at the destination", "送信先への書込みが完了しました")
)
FILE_CARRIED = _event(
    "file_carried", 1006, "info", ("the file was delivered and its source settled", "受渡しが完了しました")
)
FILE_UNCHANGED = _event(
    "file_unchanged",
    1007,
    "info",
    ("the file came again with the same content and was not sent", "同一内容のため送信しませんでした"),
)
FILE_SUPERSEDED = _event(
    "file_superseded",
    1013,
    "info",
    (
        "another file takes its place, and this one was not sent",
        "ほかのファイルに差し替えられたため送信しませんでした",
    ),
)
CHANGES_FOUND = _event(
    "changes_found",
    1014,
    "info",
    ("the rows were compared with those before", "前回の全件と突き合わせ、差分を求めました"),
)
BASELINE_NEEDED = _event(
    "baseline_needed",
    1208,
    "error",
    (
        "the rows before are not known, and the route waits for a full file to begin with",
        "差分の基準となる前回の全件がないため、経路は基準の取り直しを待ちます",
    ),
    (
        "have a full file sent, then linkage-gateway rebaseline {route} --reason TEXT",
        "送信元に全件の送信を依頼し、linkage-gateway rebaseline {route} --reason TEXT で基準を取り直してください",
    ),
)
FILE_WITHDRAWN = _event(
    "file_withdrawn",
    1008,
    "info",
    (
        "the file changed or went before it was read; new content will be taken when it is complete",
        "読込み前に更新または削除されました。更新後の内容は改めて取り込みます",
    ),
)
FILE_RECOVERED = _event(
    "file_recovered",
    1009,
    "info",
    ("a transfer under way at the last stop goes on", "前回停止時に処理中だったファイルを再開します"),
)
FILE_PROVED = _event(
    "file_proved",
    1015,
    "info",
    (
        "its destination has it: it was delivered before the journal was restored or the route taken over",
        "送信先で確認できました（復元または引継ぎの前に送達済みです）",
    ),
)
ATTEMPT_FAILED = _event(
    "attempt_failed",
    1101,
    "warning",
    ("an attempt failed and will be repeated", "処理に失敗したため再試行します"),
    ("none; look at the place if it goes on", "対応不要。続く場合は接続先を確認してください"),
)
FILE_HELD = _event(
    "file_held",
    1201,
    "error",
    ("the file waits for a person", "ファイルを保留しました"),
    (
        "linkage-gateway held; linkage-gateway release {transfer_id}",
        "linkage-gateway held で理由を確認し、対処後に release してください",
    ),
)
FILE_RELEASED = _event("file_released", 1202, "info", ("a person released the file", "保留を解除しました"))
NAME_REFUSED = _event(
    "name_refused",
    1203,
    "warning",
    (
        "a file's name may not be used, and it was left where it is",
        "使用できないファイル名のため取り込みません",
    ),
    ("have the source rename it", "送信元に名称の変更を依頼してください"),
)
SETTLE_SKIPPED = _event(
    "settle_skipped",
    1204,
    "warning",
    (
        "the source shows other content or none, and was left alone",
        "送信元のファイルが変わっている、または無いため、後処理をしませんでした",
    ),
    ("ask the source what it changed", "送信元に変更の経緯を確認してください"),
)
FILE_EMPTY = _event(
    "file_empty",
    1016,
    "info",
    ("a file without a byte is there and not taken", "空のファイルがあり、取り込みません"),
    (
        "if it is meant so: expect: {empty: allowed}, or a marker or manifest; else ask the source",
        "空でよいなら expect: {empty: allowed}、または完了ファイルかファイル一覧を。それ以外は送信元に確認してください",
    ),
)
MARKER_ALONE = _event(
    "marker_alone",
    1205,
    "warning",
    ("a marker is there without its file", "完了ファイルに対応するデータがありません"),
    ("ask the source for the file", "送信元に確認してください"),
)
MANIFEST_FAULTY = _event(
    "manifest_faulty",
    1207,
    "error",
    (
        "a manifest cannot be used, and its files wait",
        "ファイル一覧（マニフェスト）を解釈できないため、対象ファイルは待機します",
    ),
    ("have the source write it anew", "送信元に再作成を依頼してください"),
)
FILE_HELD_LONG = _event(
    "file_held_long",
    1304,
    "error",
    (
        "a held file has waited longer than retention.held; it is not erased undecided",
        "保留ファイルが retention.held の期間を超えました（判断されるまで消去しません）",
    ),
    ("decide on it: linkage-gateway held", "linkage-gateway held で確認し、対応を決めてください"),
)
FILE_TAKEN = _event(
    "file_taken", 1301, "debug", ("its consumer took the file", "受け手の取込みを確認しました")
)
FILE_NOT_TAKEN = _event(
    "file_not_taken",
    1302,
    "error",
    (
        "the file was delivered and its consumer did not take it in time",
        "送達したファイルが期限までに取り込まれていません",
    ),
    ("ask the consumer whether its import runs", "受け手に取込み処理の状況を確認してください"),
)
RECEIPT_DIFFERS = _event(
    "receipt_differs",
    1303,
    "error",
    (
        "the consumer's receipt states another number of records than were sent",
        "受領書の件数が送付件数と一致しません",
    ),
    (
        "ask the consumer what it took; replay the file if it took too few",
        "受け手に取込み結果を確認し、不足があれば replay で送り直してください",
    ),
)
SIDE_WORK_FAULTED = _event(
    "side_work_faulted",
    9204,
    "error",
    (
        "work beside the routes met a fault of the gateway itself and starts anew",
        "経路以外の処理で内部エラーが発生したため再開します",
    ),
    ("report it with this line", "このログを保守担当に連絡してください"),
)
ORIGINALS_NEARLY_FULL = _event(
    "originals_nearly_full",
    9201,
    "error",
    (
        "kept originals use most of limits.originals; reason: routes and bytes added lately; count: days left",
        "保管原本が limits.originals の8割を超えました（reason は最近増えた経路とバイト数、count は残り日数）",
    ),
    (
        "give the disk of state_dir room and raise limits.originals, or shorten retention.originals",
        "state_dir のディスクを増やして limits.originals を上げるか、retention.originals を短くしてください",
    ),
)
KEPT_ERASED = _event(
    "kept_erased",
    9202,
    "info",
    ("files whose time was over were erased", "保存期間を過ぎたファイルを消去しました"),
)
AUDIT_ANCHORED = _event(
    "audit_anchored",
    9205,
    "info",
    (
        "the newest hash of the audit log (sha256); audit verify --head proves the log against it",
        "操作記録の最新のハッシュ値（sha256）です。audit verify --head で、操作記録をこの値と照合できます",
    ),
)
KEEPING_FAILED = _event(
    "keeping_failed",
    9203,
    "error",
    (
        "files could not be compressed or erased; it is tried again",
        "ファイルの圧縮または消去に失敗しました。再試行します",
    ),
    (
        "see that the disk of state_dir is writable and not full",
        "state_dir のディスク容量と権限を確認してください",
    ),
)
KEY_MISSING = _event(
    "key_missing",
    9206,
    "error",
    (
        "a key of files at rest cannot be had: files that need it wait; reason: the key",
        "保管ファイルの暗号鍵が読めません。この鍵を使うファイルは待機しています（reason は鍵の名前）",
    ),
    (
        "make the key readable where encryption.keys says; never take a key away that files still hang on",
        "encryption.keys に書いた場所から鍵を読めるようにしてください。使用中の鍵は外さないでください",
    ),
)
ORPHANS_SWEPT = _event(
    "orphans_swept",
    1206,
    "info",
    ("leftovers of earlier runs were removed", "以前の残存ファイルを削除しました"),
)
ROUTE_STARTED = _event("route_started", 2001, "info", ("the route runs", "経路を開始しました"))
ROUTE_RUN = _event("route_run", 2002, "debug", ("a run has ended", "実行が終了しました"))
SLOTS_MISSED = _event(
    "slots_missed",
    2003,
    "warning",
    ("runs fell due while the gateway or the route could not run", "実行時刻に実行できませんでした"),
    (
        "see that the last run ended well; give the schedule more time if it happens again",
        "直近の実行が正常に終わったことを確認し、繰り返す場合は実行間隔を見直してください",
    ),
)
ROUTE_REJECTED = _event(
    "route_rejected",
    2101,
    "error",
    ("the route's configuration is faulty and it does not run", "設定不備のため経路を開始できません"),
    ("linkage-gateway check", "linkage-gateway check で不備を確認してください"),
)
ROUTE_RENEWED = _event(
    "route_renewed",
    2004,
    "info",
    ("the route runs by its changed configuration", "変更後の設定で経路を再開しました"),
)
ROUTE_REMOVED = _event(
    "route_removed",
    2005,
    "warning",
    (
        "the route's file is gone, and it has ended; what is open of it waits in the journal",
        "設定ファイルがなくなったため経路を終了しました。処理中の分はジャーナルに残ります",
    ),
    ("put the file back if it was not meant", "意図した削除でなければファイルを戻してください"),
)
ROUTE_OUTDATED = _event(
    "route_outdated",
    2105,
    "error",
    (
        "the route's changed configuration is faulty; it goes on as it was, until the gateway is restarted",
        "変更後の設定に不備があるため、変更前の設定で継続しています（再起動すると停止します）",
    ),
    ("linkage-gateway check", "linkage-gateway check で不備を確認してください"),
)
ROUTE_ROLLED_BACK = _event(
    "route_rolled_back",
    2106,
    "error",
    (
        "the route's changed configuration did not come up; it goes on as it was",
        "変更後の設定では開始できないため、変更前の設定に戻しました",
    ),
    (
        "see to the place, or mend the route's file; the next change or SIGHUP tries again",
        "接続先を確認するか設定を直してください。次の変更または SIGHUP で再試行します",
    ),
)
SCAN_FAILED = _event(
    "scan_failed",
    2102,
    "warning",
    ("the source could not be listed", "送信元の一覧を取得できませんでした"),
    ("none; look at the place if it goes on", "対応不要。続く場合は接続先を確認してください"),
)
LISTING_PARTLY_READ = _event(
    "listing_partly_read",
    2103,
    "warning",
    ("lines of the listing could not be understood", "一覧に解釈できない行があります"),
    ("tell the gateway's maintainers the kind of host", "接続先の種類を保守担当に連絡してください"),
)
ROUTE_STILL = _event(
    "route_still",
    2301,
    "info",
    (
        "the route stands still, because a person paused it or a place is being maintained",
        "一時停止または接続先の保守のため、経路は停止しています",
    ),
    ("linkage-gateway resume", "再開するには linkage-gateway resume を実行してください"),
)
ROUTE_RESUMED = _event("route_resumed", 2302, "info", ("the route goes on", "経路を再開しました"))
ROUTE_OVERDUE = _event(
    "route_overdue",
    2303,
    "error",
    (
        "no run of the route has ended well since one fell due",
        "予定時刻を過ぎても、経路の実行が正常に終わっていません",
    ),
    (
        "see the route's last error: linkage-gateway status {route}",
        "linkage-gateway status {route} で最後のエラーを確認し、接続先を確認してください",
    ),
)
ROUTE_BACKED_UP = _event(
    "route_backed_up",
    2306,
    "error",
    (
        "files of the route have been on their way for too long, or are too many; see its backlog",
        "経路のファイルが長く、または多く滞留しています（経路の backlog を参照）",
    ),
    (
        "see what they wait for: linkage-gateway status {route}",
        "linkage-gateway status {route} で何を待っているかを確認し、接続先を確認してください",
    ),
)
ROUTE_OWNED_ELSEWHERE = _event(
    "route_owned_elsewhere",
    2304,
    "error",
    (
        "another gateway carries this route; nothing is moved here",
        "別のゲートウェイがこの経路を担当しているため、こちらでは処理しません",
    ),
    (
        "stop one of the two; where this one is to go on: linkage-gateway own {route} --reason TEXT",
        "どちらかを停止し、こちらで続ける場合は linkage-gateway own {route} --reason TEXT を実行してください",
    ),
)
ROUTE_OWNED = _event(
    "route_owned",
    2305,
    "info",
    ("this gateway is the owner of the route", "このゲートウェイが経路の担当になりました"),
)
ROUTE_TAKEN_OVER = _event(
    "route_taken_over",
    2311,
    "info",
    ("this node carries the route from now on", "この経路を別のノードから引き継ぎました"),
)
FILE_DUE_SOON = _event(
    "file_due_soon",
    2501,
    "warning",
    ("files that are due soon have not come", "まもなく期限となるファイルが届いていません"),
    ("ask the source whether its output is on time", "送信元に出力状況を確認してください"),
)
FILE_MISSING = _event(
    "file_missing",
    2502,
    "error",
    ("files have not come in time", "期限までにファイルが届いていません"),
    ("ask the source for them", "送信元に確認し、送付を依頼してください"),
)
FILE_CAME = _event(
    "file_came", 2503, "info", ("files that were due or missing have come", "未着のファイルが届きました")
)
SOURCE_HEARD = _event(
    "source_heard",
    2505,
    "info",
    ("a source that was silent has sent again", "送信元からの送付が再開しました"),
)
SEQUENCE_GAP = _event(
    "sequence_gap",
    2401,
    "error",
    ("a number is missing, and the files after it wait", "番号が欠けているため、後続のファイルは待機します"),
    (
        "ask the source for the missing file; if there is none: linkage-gateway skip {route} --to NUMBER --reason TEXT",
        "送信元に確認してください。存在しない番号なら linkage-gateway skip {route} --to 番号 --reason TEXT で進めます",
    ),
)
SEQUENCE_GAP_PASSED = _event(
    "sequence_gap_passed",
    2402,
    "warning",
    ("a number is missing; the files after it go on", "番号が欠けていますが、後続のファイルを処理します"),
    ("ask the source for the missing file", "送信元に欠番を確認してください"),
)
SEQUENCE_GOES_ON = _event(
    "sequence_goes_on", 2403, "info", ("no number is missing any more", "欠番が解消しました")
)
SOURCE_SILENT = _event(
    "source_silent",
    2504,
    "error",
    ("nothing has come from the source for too long", "送信元から長時間ファイルが届いていません"),
    ("ask the source whether its output runs", "送信元に出力処理の状況を確認してください"),
)
ROUTE_FAULTED = _event(
    "route_faulted",
    2104,
    "error",
    ("the route met a fault of the gateway itself and starts anew", "内部エラーのため経路を再開します"),
    ("report it with this line", "このログを保守担当に連絡してください"),
)
CUTOVER_ANNOUNCED = _event(
    "cutover_announced",
    2201,
    "info",
    ("a cutover is coming", "切替が近づいています"),
    ("linkage-gateway switch --show", "linkage-gateway switch --show で切替条件を確認してください"),
)
GATE_CLOSED = _event(
    "gate_closed",
    2202,
    "error",
    (
        "a cutover is held because its conditions are not met; the old format goes on",
        "切替条件を満たさないため切替を保留し、従来の形式で続けます",
    ),
    (
        "mend what is named, or linkage-gateway switch END --waive CONDITION --reason TEXT",
        "示された条件に対処するか、switch --waive で条件を免除してください",
    ),
)
GATE_DRAINING = _event(
    "gate_draining",
    2203,
    "info",
    ("the old place is being emptied before the cutover", "切替前に旧置場のファイルを処理しています"),
)
END_PASSED = _event(
    "end_passed",
    2204,
    "info",
    ("the ends named speak their new format, or use their new place, from now on", "切替を行いました"),
)
END_WENT_BACK = _event(
    "end_went_back",
    2209,
    "warning",
    (
        "a destination speaks its old format again; give its consumer the list of what to discard",
        "送信先を従来の形式に戻しました。破棄すべきファイルの一覧を受信側に渡してください",
    ),
    ("the list is in rollbacks/ of state_dir", "一覧は state_dir の rollbacks/ にあります"),
)
UNDO_IMPOSSIBLE = _event(
    "undo_impossible",
    2210,
    "error",
    (
        "a destination speaks its old format again, and files cannot undo what it got since",
        "送信先を従来の形式に戻しましたが、その間の受渡しはファイルでは取り消せません",
    ),
    (
        "ask the source for a full extraction; the list of what to discard is in rollbacks/ of state_dir",
        "送信元に全件抽出を依頼してください。破棄一覧は state_dir の rollbacks/ にあります",
    ),
)
CUTOVER_CONTRADICTED = _event(
    "cutover_contradicted",
    2205,
    "error",
    (
        "the migration date was moved after the cutover was made; the end stays as it is",
        "切替後に移行日が変更されています。切替後の状態を維持します",
    ),
    (
        "linkage-gateway switch --back, or restore the date",
        "switch --back で戻すか、移行日を元に戻してください",
    ),
)
CUTOVER_UNPLACED = _event(
    "cutover_unplaced",
    2206,
    "error",
    (
        "an end should change to a format in which it has no place; it stays as it is",
        "切替先の形式の置場が定義されていないため、切替できません",
    ),
    ("add the place to the route", "経路に置場を追加してください"),
)
CUTOVER_RESOLVED = _event(
    "cutover_resolved",
    2211,
    "info",
    (
        "what stood against a cutover is no more, or the cutover was taken back",
        "切替を妨げていた事象が解消した、または切替が取り消されました",
    ),
)
ASIDE_UNSEEN = _event(
    "aside_unseen",
    2207,
    "warning",
    (
        "a place that is looked at before or after a cutover could not be listed",
        "切替前後に確認する置場の一覧を取得できませんでした",
    ),
    ("see that it is there before the cutover", "切替までに利用できることを確認してください"),
)
ENDPOINT_DOWN = _event(
    "endpoint_down",
    3001,
    "error",
    ("the place refuses us and is not asked again fast", "接続先に拒否されたため、間隔を空けて再試行します"),
    ("mend login, host key or rights; see the hint", "ログイン・ホスト鍵・権限を確認してください"),
)
ENDPOINT_UP = _event("endpoint_up", 3002, "info", ("the place answers again", "接続先が復旧しました"))
ENDPOINT_SILENT = _event(
    "endpoint_silent",
    3005,
    "error",
    (
        "the place does not answer and is asked once in a while",
        "接続先が応答しないため、間隔を空けて確認します",
    ),
    ("see that host and line are up", "接続先の機器と回線を確認してください"),
)
OWNER_NOT_KEPT = _event(
    "owner_not_kept",
    3006,
    "warning",
    (
        "the place keeps no owner objects; a second gateway with the same route would not be noticed",
        "所有者ファイルを置けない接続先です（同じ経路をもつ別のゲートウェイを検知できません）",
    ),
    (
        "allow files named .lgw-owner-* there, or say owner_object: false at the endpoint",
        "所有者ファイル（.lgw-owner-*）の作成を許可するか、接続先に owner_object: false と書いてください",
    ),
)
CONDITION_NOT_ENFORCED = _event(
    "condition_not_enforced",
    3003,
    "warning",
    (
        "the store ignores conditional creation; names are looked up before writing instead",
        "条件付き書込みに対応していないストレージです（書込み前に存在確認を行います）",
    ),
    ("give the gateway a prefix of its own there", "連携用の専用プレフィックスを割り当ててください"),
)
LEGACY_ALGORITHMS = _event(
    "legacy_algorithms",
    3004,
    "warning",
    ("the place is reached with outdated algorithms", "旧式の暗号方式で接続しています"),
    ("have the server updated", "サーバーの更新を依頼してください"),
)
CONFIGURATION_READ = _event(
    "configuration_read",
    4101,
    "info",
    ("the configuration was read again", "設定を読み直しました"),
)
CONFIGURATION_REFUSED = _event(
    "configuration_refused",
    4102,
    "error",
    (
        "a file of the operators is faulty; nothing of it is taken, and the gateway goes on as it was",
        "運用者の設定ファイルに不備があるため反映せず、変更前の設定で継続しています",
    ),
    ("linkage-gateway check", "linkage-gateway check で不備を確認してください"),
)
CONFIGURATION_WAITS = _event(
    "configuration_waits",
    4103,
    "warning",
    (
        "parts of gateway.yaml were changed that hold from the next start of the gateway on",
        "gateway.yaml の変更のうち、次回起動時に反映される項目があります",
    ),
    ("restart the gateway when it suits", "都合のよい時にゲートウェイを再起動してください"),
)
GATEWAY_STARTED = _event("gateway_started", 9001, "info", ("the gateway runs", "ゲートウェイを開始しました"))
GATEWAY_STOPPING = _event(
    "gateway_stopping",
    9002,
    "info",
    ("no new files are taken; running transfers finish", "停止処理を開始しました"),
)
GATEWAY_STOPPED = _event(
    "gateway_stopped", 9003, "info", ("the gateway has stopped", "ゲートウェイを停止しました")
)
CLOCK_STEPPED = _event(
    "clock_stepped",
    9102,
    "critical",
    (
        "this machine's clock jumped; files go on, cutovers and erasing stop until it is right, or until a restart",
        "時計が大きくずれました。受渡しは続けますが、時計が戻るか再起動するまで切替と消去を停止します",
    ),
    (
        "see to the time service, then restart the gateway",
        "時刻同期を確認し、ゲートウェイを再起動してください",
    ),
)
CLOCK_UNSYNCHRONISED = _event(
    "clock_unsynchronised",
    9103,
    "critical",
    (
        "no time service keeps this machine's clock right; files go on, cutovers and erasing stop until one does",
        "この機器の時計が時刻同期されていません。受渡しは続けますが、同期されるまで切替と消去を停止します",
    ),
    (
        "see to the time service: timedatectl, chronyc tracking",
        "時刻同期を確認してください（timedatectl、chronyc tracking）",
    ),
)
CONSOLE_OPENED = _event(
    "console_opened", 9301, "info", ("the status page can be opened", "状態画面を開始しました")
)
CONSOLE_FAILED = _event(
    "console_failed",
    9302,
    "error",
    (
        "the status page cannot be opened; files are carried all the same",
        "状態画面を開始できません（ファイルの受渡しは続けます）",
    ),
    (
        "see console in gateway.yaml: its address may be in use, its certificate or a password unreadable",
        "gateway.yaml の console（待受アドレス、証明書、パスワード）を確認してください",
    ),
)
CONSOLE_FAULTED = _event(
    "console_faulted",
    9303,
    "error",
    ("a page of the status page could not be made", "状態画面の表示に失敗しました"),
    ("report it with this line", "このログを保守担当に連絡してください"),
)
SIGN_IN_FAILED = _event(
    "sign_in_failed",
    9304,
    "warning",
    ("somebody could not sign in to the status page", "状態画面のログインに失敗しました"),
    ("see that it was one of your people", "利用者本人の操作か確認してください"),
)
CERTIFICATE_ENDS = _event(
    "certificate_ends",
    9305,
    "warning",
    (
        "the certificate of the status page is valid for 30 days more at most; browsers refuse the page after that",
        "状態画面の証明書の有効期限まで30日以内です。期限を過ぎると画面を開けなくなります",
    ),
    (
        "put a new certificate with its key into the files of console.tls, and restart the gateway",
        "console.tls のファイルを新しい証明書と鍵に差し替え、ゲートウェイを再起動してください",
    ),
)
ALERT_SENT = _event("alert_sent", 9311, "info", ("people were told", "通知を送信しました"))
ALERT_TESTED = _event(
    "alert_tested",
    9314,
    "info",
    ("this is a test: alarms will come by this way", "これは試験です。異常はこの方法で通知されます"),
)
ALERT_FAILED = _event(
    "alert_failed",
    9312,
    "error",
    (
        "people could not be told by one of the ways; it is tried again",
        "通知を送信できませんでした（再送します）",
    ),
    (
        "linkage-gateway alerts test; see alerts in gateway.yaml",
        "linkage-gateway alerts test で確認し、gateway.yaml の alerts を見直してください",
    ),
)
LINES_LEFT_OUT = _event(
    "lines_left_out",
    9313,
    "info",
    ("the same line came again and again, and was counted instead", "同じログの繰り返しを省略しました"),
)
LEVEL_CHANGED = _event(
    "level_changed",
    9315,
    "info",
    (
        "from now on more or less of the route is logged; reason: its least important events",
        "経路のログの詳しさが変わりました（reason は出力する最低の重大度）",
    ),
)
TRACES_LOST = _event(
    "traces_lost",
    9316,
    "info",
    (
        "the collector of traces took none of these; they are lost",
        "トレースの収集先に送れなかったため破棄しました",
    ),
)
COMPARISON_MADE = _event(
    "comparison_made",
    2601,
    "info",
    (
        "old and new were compared, and no difference is unexplained",
        "新旧を比較し、説明のつかない相違はありませんでした",
    ),
)
COMPARISON_DIFFERS = _event(
    "comparison_differs",
    2602,
    "warning",
    ("old and new differ, or could not be compared", "新旧に相違がある、または比較できませんでした"),
    (
        "linkage-gateway compare {route}; see the report",
        "linkage-gateway compare {route} の報告書で相違を確認してください",
    ),
)
COMPARISON_FAILED = _event(
    "comparison_failed",
    2603,
    "warning",
    (
        "a comparison could not be made; deliveries go on",
        "比較を実行できませんでした（受渡しは継続しています）",
    ),
    ("linkage-gateway compare {route}", "linkage-gateway compare {route} を実行して原因を確認してください"),
)
SHADOW_WRITTEN = _event(
    "shadow_written",
    2411,
    "debug",
    ("a delivery was also written to the shadow place", "並行確認先にも書き込みました"),
)
SHADOW_FAILED = _event(
    "shadow_failed",
    2412,
    "warning",
    (
        "a shadow could not be written and is given up; the delivery itself is done",
        "並行確認先に書き込めませんでした（本番の受渡しは完了しています）",
    ),
    ("linkage-gateway doctor {endpoint}", "linkage-gateway doctor {endpoint} で並行確認先を確認してください"),
)
SHADOW_LEFT = _event(
    "shadow_left",
    2413,
    "warning",
    (
        "what was written to a shadow place has had its time and is not erased by the gateway",
        "保存期間を過ぎた並行確認先のファイルを消去できません",
    ),
    (
        "look at the shadow place, and remove by hand what is not needed there",
        "並行確認先を確認し、不要なファイルを手作業で消去してください",
    ),
)
FILE_MOVED_IN = _event(
    "file_moved_in",
    1021,
    "info",
    (
        "a file that another node began goes on here",
        "別のノードが処理中だったファイルを引き継ぎました",
    ),
)
EVIDENCE_ELSEWHERE = _event(
    "evidence_elsewhere",
    1022,
    "warning",
    (
        "the file arrived; the node that read it alone has the original, and the source is left as it is",
        "ファイルは到着しましたが、原本は読み取ったノードにだけあります（送信元はそのままです）",
    ),
    (
        "keep that node's state_dir until the original's time to be kept is over",
        "保存期間が終わるまで、そのノードの state_dir を残してください",
    ),
)
NODE_JOINED = _event(
    "node_joined",
    9401,
    "info",
    ("this node shares the routes from now on", "このノードが経路の分担に加わりました"),
)
NODE_LOST = _event(
    "node_lost",
    9402,
    "warning",
    (
        "a node is silent; the others take its routes over",
        "応答のないノードがあるため、その経路をほかのノードが引き継ぎます",
    ),
    (
        "see to the machine and its line to the journal; linkage-gateway cluster status",
        "ノードの機器と、ジャーナルへの回線を確認してください（linkage-gateway cluster status）",
    ),
)
NODE_CUT_OFF = _event(
    "node_cut_off",
    9403,
    "error",
    (
        "this node does not reach the journal, and changes nothing at any place until it does",
        "このノードはジャーナルに接続できないため、受渡しを停止しています",
    ),
    (
        "see that the database of journal.url answers, and to the line between",
        "journal.url のデータベースと、その間の回線を確認してください",
    ),
)
NODE_BACK = _event(
    "node_back",
    9404,
    "info",
    ("this node reaches the journal again", "このノードがジャーナルに再び接続できました"),
)
NODES_DIFFER = _event(
    "nodes_differ",
    9405,
    "error",
    (
        "nodes carry their routes by different configurations: a route may do another thing once another node has it",
        "ノードの設定が一致していません。経路を引き継いだノードで動作が変わるおそれがあります",
    ),
    (
        "put the same files on every node; linkage-gateway cluster status shows who has which, diff what a node has",
        "すべてのノードに同じ設定を置いてください（一覧は linkage-gateway cluster status、各ノードの内容は diff）",
    ),
)
NODES_AGREE = _event(
    "nodes_agree",
    9406,
    "info",
    ("all nodes have the same configuration again", "すべてのノードの設定が再び一致しました"),
)
JOURNAL_FAILED = _event(
    "journal_failed",
    9101,
    "critical",
    ("the journal cannot be written; nothing is moved", "ジャーナルに書き込めないため処理を停止しています"),
    (
        "see that the disk of state_dir is writable and not full",
        "state_dir のディスク容量と権限を確認してください",
    ),
)
