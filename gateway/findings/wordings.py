"""The texts about held files in English, as they are kept, each with its Japanese; facts stand in braces. Pure.

Those with fewer fixed words stand below those with more: the first one that fits is taken.
"""

from __future__ import annotations

from gateway.findings.answers import ANSWERS

SAYINGS: tuple[tuple[str, str], ...] = (
    # what was found, by the gateway
    (
        "{count} of {total} records were taken out of the file; the first: {where}",
        "{total} 件中 {count} 件のレコードをファイルから取り分けました。最初の不備：{where}",
    ),
    ("the file has no records", "レコードが一件もありません"),
    ("the file went away before it was read", "読み込む前にファイルが無くなりました"),
    ("the same name came with new content", "同じ名前のファイルが、別の内容で届きました"),
    ("a newer full file was delivered", "より新しい全件ファイルを配信済みです"),
    ("it carries no number", "通し番号がありません"),
    ("its number {number} was used before", "通し番号 {number} は、すでに使われています"),
    (
        "its number {number} was skipped by {person}, from {first} to {next}",
        "通し番号 {number} は、{person} が読み飛ばしました（{first} から {next} へ）",
    ),
    (
        "its number {number} comes after those up to {last} went on",
        "通し番号 {number} が、{last} 番までを進めた後に届きました",
    ),
    ("it came to the old place after the source's cutover", "送信元の切替後に、切替前の場所へ届きました"),
    (
        "it lay in the new place before the cutover, and does not belong to what the cutover delivers",
        "切替前から新しい場所にあり、切替で配信する対象に含まれません",
    ),
    (
        "the destination changed its format after the file was converted, and the route says pending: hold",
        "変換した後に送信先の形式が切り替わりました（経路の設定は pending: hold です）",
    ),
    (
        "its list says {mode}, and the place where it lay is for other files",
        "一覧ファイルには {mode} とありますが、置かれていた場所は別の種類のファイル用です",
    ),
    ("the file's {what} is not what its manifest states", "ファイルの{what}が、マニフェストの記載と違います"),
    ("number of records", "レコード数"),
    ("content", "内容"),
    ("size", "大きさ"),
    (
        "{deletes} of {before} rows are gone, the route lets {allowed} of them go",
        "{before} 行のうち {deletes} 行がなくなっています（経路が許す割合は {allowed} です）",
    ),
    ("nobody knows which rows were there before", "前回どの行があったかがわかりません"),
    ("the layout is another one than that of the rows before", "前回の行とレイアウトが違います"),
    ("the rows before cannot be read: {why}", "前回の行を読めません：{why}"),
    ("the file is neither in the spool nor among those kept", "スプールにも保管ファイルにも見当たりません"),
    ("the file is no longer kept", "保管期間が過ぎ、残っていません"),
    ("the kept file is damaged", "保管ファイルが壊れています"),
    ("the rows began anew since", "その後、差分の基準が取り直されています"),
    ("the way back leads to other rows than there were", "差分を戻しても、元の行になりません"),
    (
        "its content came back {rounds} times within an hour by other routes",
        "同じ内容が、ほかの経路を通って一時間に {rounds} 回戻ってきました",
    ),
    (
        "{where}: a user-defined code, and the two ends declare no common table that says what it is",
        "{where}：外字があり、両端に共通の外字表が宣言されていません",
    ),
    (
        "record {record}, item {item}, offset {offset}: {why} ({rule})",
        "{record} 件目のレコード、項目 {item}、位置 {offset}：{why}（{rule}）",
    ),
    (
        "record {record}, item {item}: {why} ({rule})",
        "{record} 件目のレコード、項目 {item}：{why}（{rule}）",
    ),
    ("record {record}, item {item}: {what}", "{record} 件目のレコード、項目 {item}：{what}"),
    ("record {record}, item {item}", "{record} 件目のレコード、項目 {item}"),
    ("record {record}", "{record} 件目のレコード"),
    (
        "header, item {item}: {why}, and no other thing says the business date",
        "ヘッダーの項目 {item} から業務日を読み取れず、ほかに業務日を示すものがありません（{why}）",
    ),
    (
        "another journal may know that it was delivered; its destination was asked, and {why}",
        "別のジャーナルでは配信済みの可能性があります。送信先を調べました：{why}",
    ),
    ("it does not show the file under its name", "その名前のファイルがありません"),
    (
        "it shows the file, and not what tells its consumer that it is complete",
        "ファイルはありますが、完了を知らせるファイルがありません",
    ),
    ("it shows no file with these bytes", "同じ内容のファイルがありません"),
    (
        "the only files with these bytes are those of other transfers",
        "同じ内容のファイルは、ほかの受渡しのものだけです",
    ),
    ("the rows that it was compared with then are not known", "そのとき比べた行がわかりません"),
    (
        "it may have been published and already collected",
        "公開が済み、受け手がすでに引き取った可能性があります",
    ),
    (
        "every name that this file could have at the destination was given to an earlier one",
        "送信先で使える名前が、すべて以前のファイルに使われています",
    ),
    (
        "the destination has another file under the final name",
        "送信先の最終名に、別のファイルがあります",
    ),
    (
        "read back, the destination shows other bytes than were sent",
        "送信先から読み戻すと、送った内容と違います",
    ),
    (
        "its bytes in the spool are not those that were put there",
        "スプールの内容が、置いたときと違います",
    ),
    (
        "its bytes are no longer in the spool as the journal knows them",
        "スプールの内容が、ジャーナルの記録と合いません",
    ),
    (
        "the encrypted file {file} (key {key}) cannot be opened: {why}",
        "暗号化されたファイル {file}（鍵 {key}）を開けません：{why}",
    ),
    (
        "converted anew it has to go in parts, and has one file's name",
        "変換し直すと分割が必要になりますが、名前は一件分しかありません",
    ),
    (
        "record {record} and what stands around it take {size} bytes, more than a file may have",
        "{record} 件目のレコードだけで {size} バイトになり、一ファイルの上限を超えます",
    ),
    (
        "the file needs {size} bytes of spool, the limit is {most}",
        "スプールに {size} バイト必要ですが、上限は {most} バイトです",
    ),
    (
        "{what} lies on node {node} alone, and the source has it no more",
        "{what}はノード {node} だけにあり、送信元にはもうありません",
    ),
    ("the original that is to be sent again", "再送する原本"),
    ("what is left of the file without its bad records", "不良レコードを除いた残り"),
    ("the file as it was converted before the configuration changed", "設定変更前に変換したファイル"),
    ("the file as it was converted", "変換済みのファイル"),
    ("the file as it was read, or as a person corrected it,", "読み込んだ（または人が直した）ファイル"),
    ("what the route's differences were made from", "差分の元になった行"),
    ("the file", "ファイル"),
    ("the gateway that ran alone before", "以前、単独で動いていたゲートウェイ"),
    (
        "the gateway itself failed ({kind} at {file}:{line})",
        "ゲートウェイの内部で失敗しました（{kind}、{file}:{line}）",
    ),
    ("the gateway itself failed ({kind} {place})", "ゲートウェイの内部で失敗しました（{kind}、{place}）"),
    ("the gateway itself failed ({kind} )", "ゲートウェイの内部で失敗しました（{kind}）"),
    ("the retries ended without success ({why})", "再試行の期限までに成功しませんでした（{why}）"),
    # what to do
    (
        "have it sent whole, and end this one unsent (--superseded); or mend the layout and release it",
        "全体の再送を依頼し、これは送らずに終えます（--superseded）。レイアウトの誤りなら直して保留を解除します",
    ),
    (
        "linkage-gateway sheet {transfer} --out {sheet}; write the right values into it, then: {command}",
        "linkage-gateway sheet {transfer} --out {sheet} で書き出し、訂正値を記入してから：{command}",
    ),
    (
        "write the right values into {sheet}, then: {command}",
        "{sheet} に訂正値を記入してから：{command}",
    ),
    (
        "report it with this line; release tries again",
        "この行を添えて開発元へ連絡してください。保留を解除すると再試行します",
    ),
    (
        "see to the place, then release the file, which goes on from here",
        "接続先を直してから保留を解除してください。続きから進みます",
    ),
    (
        "ask the consumer whether it has the file; release it if it has not, else end it unsent (--superseded)",
        "届いているかを受け手に確認し、届いていなければ保留を解除し、届いていれば送らずに終えてください（--superseded）",
    ),
    (
        "ask the consumer whether it has the file: release --delivered if it has; else release, which sends it",
        "受け手に確認し、届いていれば release --delivered、届いていなければ release（送信します）",
    ),
    (
        "end it unsent (release --superseded); if it is to replace what is there: release --force-older",
        "送らずに終えます（release --superseded）。今あるものを置き換える場合だけ release --force-older",
    ),
    (
        "add {time}, {seq} or {revision} to the destination's path, or say exists: replace or wait",
        "送信先の path に {time}・{seq}・{revision} のどれかを加えるか、exists: replace か wait にしてください",
    ),
    (
        "have a full file sent, then: linkage-gateway rebaseline {route} --reason ...",
        "全件ファイルを送ってもらい、linkage-gateway rebaseline {route} --reason ... を実行してください",
    ),
    (
        "ask the source whether that is right; release deletes these rows at the destination",
        "送信元に正しいかを確認してください。保留を解除すると、送信先でこれらの行が削除されます",
    ),
    (
        "put the limit or the mapping back, then release it",
        "上限または対応表を元に戻してから、保留を解除してください",
    ),
    (
        "raise limits.bytes_per_file if the destination takes longer files, then release the file",
        "送信先が長いファイルを受け取れるなら limits.bytes_per_file を上げ、保留を解除してください",
    ),
    (
        "ask the source to put it there again, then release it",
        "送信元にもう一度置いてもらってから、保留を解除してください",
    ),
    (
        "ask the source whether that is right; if so say expect: {empty: allowed}, and release it",
        "送信元に正しいかを確認し、正しければ経路に expect: {empty: allowed} と書いて保留を解除してください",
    ),
    ("release it to have it converted for the new format", "保留を解除すると、新しい形式に変換します"),
    (
        "see whether the disk of state_dir fails; the source was not touched",
        "state_dir のディスクに異常がないか確認してください。送信元には手を付けていません",
    ),
    (
        "see what happened to state_dir; the source was not touched",
        "state_dir に何が起きたか確認してください。送信元には手を付けていません",
    ),
    ("see whether the disk of state_dir fails", "state_dir のディスクに異常がないか確認してください"),
    (
        "see whether the disk of state_dir fails, or somebody changed it; bring the file back from a copy",
        "state_dir のディスクの異常や書き換えがないか確認し、控えからファイルを戻してください",
    ),
    (
        "see what the destination or the line does to files (text mode, record lengths); then release",
        "送信先や回線がファイルを変えていないか（テキストモード、レコード長）を確認し、保留を解除してください",
    ),
    (
        "see who writes there; give our files a name of their own, or say exists: wait or replace",
        "誰がそこへ書いているかを確認し、専用の名前にするか、exists: wait か replace にしてください",
    ),
    (
        "ask the source which of the two is right, and for both anew",
        "どちらが正しいかを送信元に確認し、両方を出し直してもらってください",
    ),
    (
        "ask the source which of the two is right; release it only if the list is wrong",
        "どちらが正しいかを送信元に確認し、一覧の方が誤りの場合だけ保留を解除してください",
    ),
    (
        "start node {node} and move the route to it (cluster move), then release the file; or ask the source anew",
        "ノード {node} を起動して経路を移し（cluster move）、保留を解除してください。または送信元に再出力を依頼します",
    ),
    (
        "add the mapping to the route's convert, then release the file",
        "経路の convert に対応表を加え、保留を解除してください",
    ),
    (
        "part the place where one route delivers from where the next one takes; then release it if it counts",
        "一方の配信先と次の経路の取得元を分け、必要なファイルなら保留を解除してください",
    ),
    (
        "name one 外字 table (kind: gaiji) in the layouts of both ends, then release it; or have it converted",
        "両端のレイアウトに同じ外字表（kind: gaiji）を書いてから保留を解除するか、変換する経路にしてください",
    ),
    (
        "have the source write the date, or put it into the file's name",
        "送信元に、日付を書くかファイル名に入れるよう依頼してください",
    ),
    (
        "have it sent anew and end this one unsent, or mend the layout and release it; all faults: {file}",
        "再出力を依頼しこれは送らずに終えるか、レイアウトの誤りなら直して保留を解除します。すべての誤り：{file}",
    ),
    (
        "raise {key} and give its disk the room, then release the file",
        "{key} を上げ、ディスクの空きを確保してから保留を解除してください",
    ),
    ("limits.spool in gateway.yaml", "gateway.yaml の limits.spool"),
    ("limits.spool of the route", "経路の limits.spool"),
    (
        "have the source name it as agreed, or mend the route's order; release it to have it delivered as it is",
        "取り決めどおりの名前で出し直してもらうか、経路の order を直してください。このまま送るなら保留を解除します",
    ),
    (
        "ask the source which file counts; release this one too, or end it unsent (--superseded)",
        "どのファイルが正しいかを送信元に確認してください。これも送るなら保留を解除し、送らないなら終えます（--superseded）",
    ),
    (
        "see whether the source meant to send it again; release it, or end it unsent (release --superseded)",
        "送信元が意図して再送したかを確認し、保留を解除するか、送らずに終えてください（release --superseded）",
    ),
    (
        "ask the source whether it still counts; release it to convert and deliver it, or end it unsent (--superseded)",
        "まだ有効かを送信元に確認してください。変換して配信するなら保留を解除し、不要なら送らずに終えます（--superseded）",
    ),
    (
        "release it if it counts all the same, or end it unsent (release --superseded)",
        "それでも必要なら保留を解除し、不要なら送らずに終えてください（release --superseded）",
    ),
    # what an alarm adds to its sentence
    ("the last run was still going", "前の実行が続いていました"),
    ("run once now", "いま一回だけ実行します"),
    ("sent {sent}, taken none that can be read", "送信 {sent} 件、受領証から件数を読み取れません"),
    ("sent {sent}, taken {taken}", "送信 {sent} 件、取込 {taken} 件"),
    ("by {day} {time}: {came} of {wanted}", "期限 {day} {time}：{wanted} 件中 {came} 件が到着"),
    ("none so far", "これまで一件も届いていません"),
    *ANSWERS,
)
