"""Why each alarm comes up, in English and Japanese, and the command with which to begin. Pure.

Beside ``gateway.events``: what happened and what is to be done stand there. ``{route}``, ``{endpoint}``,
``{transfer_id}`` in a command stand for what the alarm is about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why an alarm comes up; ``command`` is what the person on duty types first."""

    text: str = ""
    text_ja: str = ""
    command: str = ""


def _cause(text: str, text_ja: str, command: str) -> Cause:
    return Cause(text=text, text_ja=text_ja, command=command)


CAUSES: dict[str, Cause] = {
    "values_odd": _cause(
        "values break a check that only warns, such as a check digit",
        "検査数字など、注意だけを出す検査に合わない値がありました",
        "linkage-gateway trace {transfer_id}",
    ),
    "records_diverted": _cause(
        "items of some records break the layout or cannot be converted, and the route says bad_records: divert",
        "一部のレコードにレイアウト違反または変換できない項目があります（bad_records: divert の経路）",
        "linkage-gateway held {route}",
    ),
    "baseline_needed": _cause(
        "the rows that differences are taken from are lost, unreadable or of another layout",
        "差分の基準となる前回の全件が失われた、読めない、またはレイアウトが変わりました",
        "linkage-gateway rebaseline {route} --reason TEXT",
    ),
    "attempt_failed": _cause(
        "a line, host or disk failed for a moment, or the place was busy",
        "回線・接続先・ディスクの一時的な障害、または接続先が混み合っていました",
        "linkage-gateway status {route}",
    ),
    "file_held": _cause(
        "the gateway may not decide alone what becomes of the file; the reason code says why",
        "ファイルの扱いを自動では決められません（理由コードを参照）",
        "linkage-gateway held {route}",
    ),
    "file_held_long": _cause(
        "nobody has decided on a held file",
        "保留ファイルの扱いがまだ決められていません",
        "linkage-gateway held {route}",
    ),
    "name_refused": _cause(
        "the name holds control characters or leads out of its folder",
        "名前に制御文字があるか、フォルダーの外を指しています",
        "linkage-gateway status {route}",
    ),
    "settle_skipped": _cause(
        "somebody changed or removed the source while the file was under way",
        "受渡し中に送信元のファイルが変更または削除されました",
        "linkage-gateway trace {transfer_id}",
    ),
    "marker_alone": _cause(
        "the source wrote its marker before or without its file, or somebody removed the file",
        "完了ファイルが先に置かれた、またはデータが削除されました",
        "linkage-gateway status {route}",
    ),
    "manifest_faulty": _cause(
        "a list cannot be read, or names what it may not",
        "ファイル一覧が読めない、または使えない名前が書かれています",
        "linkage-gateway status {route}",
    ),
    "file_not_taken": _cause(
        "the consumer's import did not run, or it does not remove what it takes",
        "受け手の取込み処理が動いていない、または取込み後に削除していません",
        "linkage-gateway trace {transfer_id}",
    ),
    "receipt_differs": _cause(
        "the consumer refused records, or its receipt belongs to another file",
        "受け手が一部の件を取り込まなかった、または別のファイルの受領書です",
        "linkage-gateway trace {transfer_id}",
    ),
    "side_work_faulted": _cause(
        "a fault of this program",
        "このプログラムの不具合です",
        "linkage-gateway doctor",
    ),
    "originals_nearly_full": _cause(
        "more or larger files came than limits.originals was estimated for",
        "見積りより多い、または大きいファイルが届いています",
        "linkage-gateway doctor",
    ),
    "key_missing": _cause(
        "the file, credential, command or service that holds the key is gone or may not be read",
        "鍵の置き場所（ファイル・credential・コマンド・AWS）が無いか、読む権限がありません",
        "linkage-gateway doctor",
    ),
    "keeping_failed": _cause(
        "the disk of state_dir is full or cannot be written",
        "state_dir のディスクに空きがない、または書き込めません",
        "linkage-gateway doctor",
    ),
    "slots_missed": _cause(
        "the gateway was stopped, or a run took longer than the schedule's distance",
        "ゲートウェイが停止していた、または前の実行が次の予定まで終わりませんでした",
        "linkage-gateway status {route}",
    ),
    "route_rejected": _cause(
        "the route's YAML, layout or mapping is faulty; every other route runs",
        "経路のYAML・レイアウト・対応表に誤りがあります（ほかの経路は動いています）",
        "linkage-gateway check",
    ),
    "route_removed": _cause(
        "somebody removed or renamed the route's file while the gateway ran",
        "稼働中に経路の設定ファイルが削除または改名されました",
        "linkage-gateway check",
    ),
    "route_outdated": _cause(
        "the route's file was changed while the gateway ran, and the change is faulty",
        "稼働中に経路の設定ファイルが変更され、その内容に誤りがあります",
        "linkage-gateway check",
    ),
    "route_rolled_back": _cause(
        "the place that the changed file names is missing or refuses us",
        "変更後の設定ファイルが示す接続先がない、または拒否しました",
        "linkage-gateway check --live",
    ),
    "scan_failed": _cause(
        "a line or host failed, the folder is missing, or rights were taken away",
        "回線・接続先の障害、フォルダーがない、または権限がありません",
        "linkage-gateway doctor {endpoint}",
    ),
    "listing_partly_read": _cause(
        "the host lists files in a form that this version does not know",
        "接続先の一覧に、この版が知らない書式の行があります",
        "linkage-gateway doctor {endpoint}",
    ),
    "route_overdue": _cause(
        "its places fail, or its files take longer than the schedule's distance",
        "接続先の障害が続いている、または処理に時間がかかっています",
        "linkage-gateway status {route}",
    ),
    "route_backed_up": _cause(
        "a place fails or is slow, or more comes in than its destination takes",
        "接続先の障害・遅延、または送信先の処理量を超えて届いています",
        "linkage-gateway status {route}",
    ),
    "route_owned_elsewhere": _cause(
        "a second gateway runs with the same route: a copied machine, a restored backup or a forgotten test",
        "同じ経路をもつゲートウェイがもう一つ動いています（機器の複製・バックアップの復元・試験環境の残りなど）",
        "linkage-gateway own {route} --reason TEXT",
    ),
    "file_due_soon": _cause(
        "the source's output is late",
        "送信元の出力が遅れています",
        "linkage-gateway status {route}",
    ),
    "file_missing": _cause(
        "the source did not write its files, or wrote them elsewhere or under another name",
        "送信元が出力していない、または別の場所・別の名前に出力しました",
        "linkage-gateway status {route}",
    ),
    "sequence_gap": _cause(
        "the source left a number out, or a file of the order was lost",
        "送信元が番号を飛ばした、または途中のファイルが失われました",
        "linkage-gateway skip {route} --to NUMBER --reason TEXT",
    ),
    "sequence_gap_passed": _cause(
        "the source left a number out, or a file of the order was lost",
        "送信元が番号を飛ばした、または途中のファイルが失われました",
        "linkage-gateway status {route}",
    ),
    "source_silent": _cause(
        "the source's output has stopped",
        "送信元の出力が止まっています",
        "linkage-gateway status {route}",
    ),
    "route_faulted": _cause(
        "a fault of this program",
        "このプログラムの不具合です",
        "linkage-gateway doctor",
    ),
    "gate_closed": _cause(
        "a condition of the cutover was not met at its instant",
        "切替の時刻に、条件の一つ以上が満たされていませんでした",
        "linkage-gateway switch --show",
    ),
    "end_went_back": _cause(
        "a person ordered the way back",
        "担当者が現行形式へ戻す指示をしました",
        "linkage-gateway switch --show",
    ),
    "undo_impossible": _cause(
        "differences were delivered in the new format, and no file takes differences back",
        "新しい形式で差分を送っており、ファイルでは取り消せません",
        "linkage-gateway switch --show",
    ),
    "cutover_contradicted": _cause(
        "systems.yaml names a later date than that of a cutover that was made",
        "切替後に systems.yaml の移行日が後ろへ変更されました",
        "linkage-gateway switch --show",
    ),
    "cutover_unplaced": _cause(
        "the route's YAML has no place for the format that its end should speak",
        "経路のYAMLに、切替先の形式の置場がありません",
        "linkage-gateway check",
    ),
    "aside_unseen": _cause(
        "the folder, bucket or right for the other format is not there yet, or not any more",
        "もう一方の形式の置場（フォルダー・バケット・権限）がありません",
        "linkage-gateway doctor {endpoint}",
    ),
    "endpoint_down": _cause(
        "password, key, certificate, rights or folder changed at the place or here",
        "パスワード・鍵・証明書・権限・フォルダーのいずれかが変わりました",
        "linkage-gateway doctor {endpoint}",
    ),
    "endpoint_silent": _cause(
        "host, line or firewall is down, or the host is being maintained",
        "接続先の機器・回線・ファイアウォールの停止、または保守作業中です",
        "linkage-gateway doctor {endpoint}",
    ),
    "owner_not_kept": _cause(
        "the place does not let us write the small file by which a second gateway is noticed",
        "二つ目のゲートウェイを見つけるための小さなファイルを、接続先に書き込めません",
        "linkage-gateway doctor {endpoint}",
    ),
    "condition_not_enforced": _cause(
        "the store is of a kind that overwrites where it was asked not to",
        "上書き禁止の指定に対応していないストレージです",
        "linkage-gateway doctor {endpoint}",
    ),
    "legacy_algorithms": _cause(
        "the host knows no modern algorithms, and its endpoint says algorithms: legacy",
        "接続先が新しい暗号方式に対応していません（algorithms: legacy）",
        "linkage-gateway doctor {endpoint}",
    ),
    "configuration_refused": _cause(
        "gateway.yaml, systems.yaml or endpoints.yaml was changed while the gateway ran, and is faulty",
        "稼働中に gateway.yaml・systems.yaml・endpoints.yaml のいずれかが変更され、内容に誤りがあります",
        "linkage-gateway check",
    ),
    "configuration_waits": _cause(
        "somebody changed what is taken at the start alone: name, journal, log, page or limits",
        "起動時にだけ読む項目（名前・ジャーナル・ログ・画面・上限）が変更されました",
        "linkage-gateway check",
    ),
    "clock_stepped": _cause(
        "somebody or a time service set this machine's clock",
        "この機器の時計が、人または時刻同期によって変更されました",
        "linkage-gateway switch --show",
    ),
    "clock_unsynchronised": _cause(
        "the time service does not run, or has no server that it trusts",
        "時刻同期が動いていない、または信頼できる時刻サーバーがありません",
        "linkage-gateway switch --show",
    ),
    "console_failed": _cause(
        "its address is in use, or its certificate or key cannot be read",
        "待受アドレスが使用中、または証明書・鍵が読めません",
        "linkage-gateway check",
    ),
    "console_faulted": _cause(
        "a fault of this program",
        "このプログラムの不具合です",
        "linkage-gateway doctor",
    ),
    "certificate_ends": _cause(
        "certificates are issued for a limited time",
        "証明書には有効期限があります",
        "linkage-gateway check",
    ),
    "sign_in_failed": _cause(
        "a name or password was mistyped, or somebody tries passwords",
        "名前かパスワードの打ち間違い、または第三者の試行です",
        "linkage-gateway alarms",
    ),
    "alert_failed": _cause(
        "the mail server, webhook or syslog server is away or refuses us",
        "メールサーバー・Webhook・syslogサーバーが応答しない、または拒否しました",
        "linkage-gateway alerts test",
    ),
    "comparison_differs": _cause(
        "old and new system disagree, or one of the two files did not come",
        "新旧システムの内容が異なる、または一方のファイルがありません",
        "linkage-gateway compare {route}",
    ),
    "comparison_failed": _cause(
        "originals are no longer kept, or a register or layout cannot be read",
        "保管原本がない、または許容差の台帳やレイアウトが読めません",
        "linkage-gateway compare {route}",
    ),
    "shadow_failed": _cause(
        "the shadow place refuses us or does not answer, or the file cannot be converted",
        "並行確認先に書き込めない、またはファイルを変換できません",
        "linkage-gateway doctor {endpoint}",
    ),
    "shadow_left": _cause(
        "another file has its name there by now, or its endpoint was taken out of endpoints.yaml",
        "同じ名前の別のファイルがある、または接続先が endpoints.yaml から外されています",
        "linkage-gateway status {route}",
    ),
    "evidence_elsewhere": _cause(
        "a node was lost after it had delivered a file and before it had put the original away",
        "受渡しの後、原本を保存する前にノードが停止しました",
        "linkage-gateway trace {transfer_id}",
    ),
    "node_lost": _cause(
        "the machine is down or hangs, or its line to the journal is cut",
        "ノードの停止・無応答、またはジャーナルへの回線の障害です",
        "linkage-gateway cluster status",
    ),
    "node_cut_off": _cause(
        "the database of the journal is down, or the line to it is cut",
        "ジャーナルのデータベースの停止、または回線の障害です",
        "linkage-gateway doctor",
    ),
    "nodes_differ": _cause(
        "a change of the configuration was not put on every node, or one of them does not take it",
        "設定の変更が一部のノードに届いていない、または読み込まれていません",
        "linkage-gateway cluster status",
    ),
    "journal_failed": _cause(
        "the disk of state_dir is full, broken or read-only",
        "state_dir のディスクの容量不足・故障、または読取り専用です",
        "linkage-gateway doctor",
    ),
}
"""By the name of an event in the catalogue: every alarm has one."""
