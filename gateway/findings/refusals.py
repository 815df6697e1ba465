"""Why a command is refused, below the command line, and what to do then, each with its Japanese. Pure."""

from __future__ import annotations

REFUSALS: tuple[tuple[str, str], ...] = (
    # what stands still
    (
        "{kind} {name} was paused by {who}: {reason}",
        "{kind} {name} は {who} が一時停止しています（{reason}）",
    ),
    ("{name} is being maintained", "{name} は保守中です"),
    # who runs already
    (
        "stop it first, or give this one another state_dir in gateway.yaml",
        "先に止めるか、gateway.yaml で別の state_dir を指定してください",
    ),
    (
        "a gateway on {owner} owns the journal {journal}",
        "記録 {journal} は {owner} のゲートウェイが使用中です",
    ),
    (
        "stop it first, or leave this one to take over when it is lost",
        "先に止めるか、このゲートウェイを待機のまま残し、そちらが止まったときに引き継がせてください",
    ),
    ("a node {name} runs on {host} already", "ノード {name} は、すでに {host} で動いています"),
    ("{owner} runs on {path}", "{path} では、すでに {owner} が動いています"),
    (
        "gateway {name} (process {number}, since {instant})",
        "ゲートウェイ {name}（プロセス {number}、{instant} から）",
    ),
    (
        "give each machine a name of its own: {how}",
        "サーバーごとに別の名前を付けてください：{how}",
    ),
    ("node {name} carries {route}", "経路 {route} はノード {name} が受け持っています"),
    ("run it on {name}, or drain that node", "{name} で実行するか、そのノードを切り離して（drain）ください"),
    ("another gateway", "別のゲートウェイ"),
    # the journal
    ("there is no journal at {path} ({error})", "{path} に記録がありません（{error}）"),
    (
        "start the gateway once, or see that state_dir is the right one",
        "ゲートウェイを一度起動するか、state_dir が正しいかを確認してください",
    ),
    ("there is no journal in {place}", "{place} に記録がありません"),
    ("start the gateway once", "ゲートウェイを一度起動してください"),
    ("{path} cannot be used as a journal ({error})", "{path} は記録として使えません（{error}）"),
    (
        "restore a backup, or move the file away if this gateway never ran",
        "控えから復元してください。一度も動かしていない場合は、このファイルを別の場所に移してください",
    ),
    ("the journal {place} cannot be used ({error})", "記録 {place} を使えません（{error}）"),
    ("the spool is full", "スプールがいっぱいです"),
    ("the route's part of the spool is full", "この経路に割り当てたスプールがいっぱいです"),
    ("the disk of state_dir is nearly full", "state_dir のディスクの空きが残りわずかです"),
    ("make room on it, or lower limits.free", "空きを作るか、limits.free を下げてください"),
    (
        "see what is held (linkage-gateway held), or raise limits.spool",
        "保留中のファイルを linkage-gateway held で確認するか、limits.spool を上げてください",
    ),
    (
        "see what is held (linkage-gateway held), or raise limits.spool of the route",
        "保留中のファイルを linkage-gateway held で確認するか、経路の limits.spool を上げてください",
    ),
    ("the journal could not be written ({error})", "記録を読み書きできませんでした（{error}）"),
    (
        "stop the gateway, and put back a backup: linkage-gateway restore",
        "ゲートウェイを止め、linkage-gateway restore で控えから復元してください",
    ),
    ("{journal} cannot be copied ({error})", "{journal} の控えを取れません（{error}）"),
    (
        "see that its disk is writable and not full; if it is damaged, restore the last backup",
        "ディスクの空きと権限を確かめてください。壊れている場合は、最後の控えから復元してください",
    ),
    (
        "see that the disk of state_dir is writable and not full",
        "state_dir のディスクに書き込めるか、空きがあるかを確認してください",
    ),
    (
        "see that the database of journal.url answers, that its disk is not full, and that its user may write",
        "journal.url のデータベースが応答するか、ディスクに空きがあるか、利用者が書き込めるかを確認してください",
    ),
    (
        "{path} was written by a newer version (schema {number})",
        "{path} は新しい版のゲートウェイが書いたものです（schema {number}）",
    ),
    (
        "start the newer version of the gateway, or restore the backup made before its upgrade",
        "新しい版のゲートウェイを起動するか、更新前の控えから復元してください",
    ),
    ("{path} is no journal ({error})", "{path} は記録の控えではありません（{error}）"),
    ("{path} cannot be used: {error}", "{path} は使えません：{error}"),
    (
        "install linkage-gateway[postgres], or write {url}",
        "linkage-gateway[postgres] を入れるか、{url} と書いてください",
    ),
    ("write journal: {url}", "journal: {url} と書いてください"),
    ("give another backup", "別の控えを指定してください"),
    ("{path} cannot be shared by several nodes", "{path} は複数のノードで共有できません"),
    (
        "a journal in PostgreSQL needs psycopg, which is not installed",
        "PostgreSQL の記録には psycopg が必要ですが、入っていません",
    ),
    (
        "the journal is new, and {path} holds files that it knows nothing of",
        "記録は新しいのに、{path} に記録にないファイルがあります",
    ),
    (
        "put the journal back that belongs to this spool, or move the spool's files to a safe place",
        "この作業領域に対応する記録を戻すか、作業領域のファイルを安全な場所に移してください",
    ),
    # a transfer went on meanwhile
    ("transfer {transfer} is no longer {state}", "転送 {transfer} は、もう {state} ではありません"),
    ("transfer {transfer} is not in the journal", "転送 {transfer} は記録にありません"),
    ("transfer {transfer} went on meanwhile", "転送 {transfer} は、その間に先へ進みました"),
    (
        "{transfer} is held for another reason; whether it arrived is known",
        "{transfer} は別の理由で保留中です。届いたかどうかは分かっています",
    ),
    ("there is no node {name}", "ノード {name} はありません"),
    ("linkage-gateway cluster status lists them", "linkage-gateway cluster status で確認してください"),
    # handing in
    (
        "{path} is none of the files that {route} takes ({pattern})",
        "{path} は、経路 {route} が受け取る名前（{pattern}）ではありません",
    ),
    (
        "give it the name under which its source would have put it: --as NAME",
        "送信元が付けるはずの名前を --as NAME で指定してください",
    ),
    ("{path} was handed in with this content before", "{path} は、同じ内容ですでに受け付けています"),
    (
        "linkage-gateway trace FILE shows what became of it; replay sends a delivery again",
        "その後の経過は linkage-gateway trace FILE で確認できます。送達済みのものは replay で再送します",
    ),
    # what is kept
    ("the file is no longer kept", "ファイルの保管期間が過ぎています"),
    (
        "its time to be kept was over (retention in gateway.yaml), or {folder} is not whole",
        "gateway.yaml の retention の期間を過ぎたか、{folder} の一部が失われています",
    ),
    ("the file is neither in the spool nor among those kept", "ファイルは作業領域にも保管先にもありません"),
    ("the kept file is damaged", "保管したファイルが壊れています"),
    ("see whether the disk on which it is kept fails", "保管先のディスクの故障を確認してください"),
    (
        "kept_dir {path} is not the folder in which files are kept",
        "kept_dir {path} は保管先のフォルダーではありません",
    ),
    (
        (
            "see that the share is mounted; after a move to another disk copy everything there, with the file "
            "{mark}; a gateway that has never run with it makes it at its start"
        ),
        (
            "共有フォルダーがマウントされているか確認してください。別のディスクに移した場合は、"
            "{mark} も含めて全部を複写してください。一度も使っていないゲートウェイなら、起動時に作ります"
        ),
    ),
    ("another gateway keeps its files in {path}", "{path} は別のゲートウェイの保管先です"),
    (
        "name a folder of its own; if that gateway is gone for good and its files may stay, remove {path}",
        (
            "専用のフォルダーを指定してください。そのゲートウェイを廃止し、ファイルを残してよい場合は、"
            "{path} を消してください"
        ),
    ),
    (
        "kept_dir is written, and files are still kept in {path}",
        "kept_dir が設定されましたが、{path} にまだ保管ファイルがあります",
    ),
    (
        (
            "with every gateway stopped, copy the folders {folders} of state_dir into {path} (cp -a), "
            "and remove them from state_dir"
        ),
        (
            "全部のゲートウェイを止め、state_dir のフォルダー {folders} を {path} へ複写し（cp -a）、"
            "state_dir から消してください"
        ),
    ),
    # differences
    (
        "{transfer} is no delivery of {route} whose rows hold or held",
        "{transfer} は、経路 {route} の差分の基準になった送達ではありません",
    ),
    (
        "the rows of {route} began with {transfer}; leave --before out to begin anew",
        "経路 {route} の差分の基準は {transfer} から始まっています。取り直すには --before を外してください",
    ),
    (
        "the layout is another one than that of the rows before; leave --before out to begin anew",
        "前の基準とレイアウトが違います。取り直すには --before を外してください",
    ),
    (
        "route {route} has no delta, so nothing of it stands on what was before",
        "経路 {route} は差分連携（delta）ではないため、基準はありません",
    ),
    ("the rows began anew since", "その後に、差分の基準を取り直しています"),
    (
        "a full file from the source is needed; see rebaseline",
        "送信元の全件ファイルが必要です。rebaseline を使ってください",
    ),
    ("the way back leads to other rows than there were", "元に戻した行が、以前の行と一致しません"),
    (
        "see whether the disk of state_dir fails; a full file from the source is needed",
        "state_dir のディスクの故障を確認してください。送信元の全件ファイルが必要です",
    ),
    ("the state of transfer {transfer} was returned before", "転送 {transfer} の基準は、すでに戻しています"),
    ("a file of route {route} is on its way to its destination", "経路 {route} のファイルを送信中です"),
    # switching
    (
        "name a system, a route, ROUTE:from, ROUTE:to, or --wave",
        "業務システム、経路、ROUTE:from、ROUTE:to、--wave のどれかを指定してください",
    ),
    ("a freeze cannot be waived; {what}", "凍結期間は免除できません。{what}"),
    ("no gate has a condition {name}; {what}", "{name} という切替条件はありません。{what}"),
    (
        "no end of these has a place in both formats; write legacy: and standard: at the end that is to change",
        "現行形式と標準形式の両方の置場がある端がありません。切り替える端に legacy: と standard: を書いてください",
    ),
    (
        "{ends} speaks standard; going back to legacy is --back",
        "{ends} は標準形式になっています。現行形式へ戻すには --back を使ってください",
    ),
    (
        "--at {text} is no instant; write it as 2027-03-01T00:00",
        "--at {text} は日時ではありません。2027-03-01T00:00 のように書いてください",
    ),
    (
        "--at {text} is past; write an instant to come, or leave --at out for at once",
        "--at {text} は過去の日時です。これからの日時を書くか、直ちに切り替えるなら --at を外してください",
    ),
    ("all of these speak {format} already", "すべて {format} の形式になっています"),
    (
        "a freeze holds from {start} to {end} ({reason}); choose another instant",
        "{start} から {end} までは凍結期間です（{reason}）。別の日時を指定してください",
    ),
    (
        "a freeze holds from {start} to {end}; choose another instant",
        "{start} から {end} までは凍結期間です。別の日時を指定してください",
    ),
    (
        "{route} has no {format}: place on its side {side}; add it to the route",
        "経路 {route} の{side}に {format}: の置場がありません。経路に書き加えてください",
    ),
    (
        "none of these ends speaks standard and has a legacy place; there is nothing to go back from",
        "標準形式で動いていて現行形式の置場がある端がないため、戻すものがありません",
    ),
    (
        "none of these routes is in the coming cutover of wave {wave}",
        "次の一斉切替 {wave} に、指定した経路は含まれません",
    ),
    (
        "{routes}: not a route in the coming cutover of wave {wave}",
        "{routes} は、次の一斉切替 {wave} の経路ではありません",
    ),
    (
        "none of these has a cutover of its own that is due or coming; {why}",
        "指定したものだけの切替予定はありません。{why}",
    ),
    ("its cutover is that of a wave: {wave}", "一斉切替に含まれます：{wave}"),
    ("see linkage-gateway switch --show", "linkage-gateway switch --show で確認してください"),
    (
        "the gate of {cutover} does not look at {name}; it requires: {names}",
        "{cutover} の切替条件に {name} はありません。条件：{names}",
    ),
    (
        "{end} no longer stands where it was seen",
        "{end} の形式は、その間に変わりました。もう一度確認してください",
    ),
    # telling people
    ("{server} offers no encryption (STARTTLS)", "{server} は暗号化（STARTTLS）に対応していません"),
    (
        "write tls: none on your own network, or have the server offer it",
        "庁内のネットワークなら tls: none と書くか、サーバーを STARTTLS に対応させてください",
    ),
    ("{server} did not take the mail ({error})", "{server} がメールを受け付けませんでした（{error}）"),
    ("see smtp, tls, ca and login of this alert", "この通知の smtp、tls、ca、login を確認してください"),
    ("the webhook does not answer ({error})", "webhook が応答しません（{error}）"),
    ("see url and ca of this alert", "この通知の url と ca を確認してください"),
    ("the webhook answered {status}", "webhook の応答は {status} でした"),
    ("see url and token of this alert", "この通知の url と token を確認してください"),
    (
        "the syslog server {server} cannot be reached ({error})",
        "syslog サーバー {server} に接続できません（{error}）",
    ),
    ("see server and protocol of this alert", "この通知の server と protocol を確認してください"),
    # comparing and erasing
    ("from", "送信元"),
    ("to", "送信先"),
    ("old", "旧"),
    ("new", "新"),
    (
        "the {side} side ({name}) is missing: its file is gone",
        "比較の{side}側（{name}）のファイルが無くなっています",
    ),
    ("the {side} side ({name}) is missing", "比較の{side}側（{name}）がありません"),
    ("the {side} side ({name}) cannot be read: {fault}", "比較の{side}側（{name}）を読めません：{fault}"),
    (
        "the {side} side ({name}) has a faulty layout: {fault}",
        "比較の{side}側（{name}）のレイアウトに誤りがあります：{fault}",
    ),
    (
        "wait for it, or see why it did not come; a missing delivery is not an empty one",
        "届くのを待つか、届かない理由を確認してください。届いていないことと、空であることは別です",
    ),
    ("the files have no layout", "ファイルにレイアウトがありません"),
    ("add layout: to the place", "置場に layout: を書いてください"),
    ("line {number} of a CSV file cannot be read", "CSV の {number} 行目を読めません"),
    ("the engine stopped ({error})", "比較の処理が止まりました（{error}）"),
    ("have its sender mend the file", "送り手にファイルを直してもらってください"),
    (
        "have its sender mend the file, or the layout if that is wrong",
        "送り手にファイルを直してもらってください。レイアウトの誤りなら、レイアウトを直してください",
    ),
    (
        "{item} has more than {count} values and is no municipality",
        "{item} の値は {count} 種類を超えるため、団体の項目ではありません",
    ),
    ("name another item in municipality", "municipality に別の項目を指定してください"),
    (
        "see that the disk of state_dir has room; try again",
        "state_dir のディスクに空きがあるか確認し、もう一度実行してください",
    ),
    ("{store} cannot be erased: {error}", "{store} を消せません：{error}"),
    (
        "see who may write to {path}, then: {command}",
        "{path} に書き込める利用者を確認し、{command} を実行してください",
    ),
    ("the gateway's own disk failed ({error})", "ゲートウェイのディスクで読み書きに失敗しました（{error}）"),
    (
        "the gateway's own machine failed ({error})",
        "ゲートウェイの動く機械で、ディスクの空き、メモリー、開けるファイル数のいずれかが足りません（{error}）",
    ),
    ("the disk of {folder} failed ({error})", "{folder} のディスクで読み書きに失敗しました（{error}）"),
    (
        "see that the disk of {folder} is writable and not full, and that memory and open files suffice",
        "{folder} のディスクに書き込めて空きがあるか、メモリーと開けるファイル数が足りるか確認してください",
    ),
    (
        "see that the disk of {folder} is writable and not full",
        "{folder} のディスクに書き込めて空きがあるか確認してください",
    ),
    (
        "the store dropped what was sent of {path} so far; it is sent anew",
        "{path} の送信途中の内容がストアから失われたため、初めから送り直します",
    ),
    ("{doing} failed ({error})", "{doing} に失敗しました（{error}）"),
)
