"""What commands say to people when they did something, and when they did not, each with its Japanese. Pure."""

from __future__ import annotations

COMMANDS: tuple[tuple[str, str], ...] = (
    # which one is meant
    ("route", "経路"),
    ("endpoint", "接続先"),
    ("vendor", "事業者"),
    ("did you mean {name}?", "{name} のことではありませんか"),
    ("known here: {names} and {more} more", "候補：{names}（ほか {more} 件）"),
    ("known here: {names}", "候補：{names}"),
    ("there is none yet", "まだ一つもありません"),
    (
        "there is no configuration folder {path}; name it with --config",
        "設定フォルダー {path} がありません。--config で指定してください",
    ),
    ("the configuration cannot be used", "設定に誤りがあり、使えません"),
    (
        "mend what is told above; linkage-gateway check tells all of it",
        "上に示した箇所を直してください。すべての誤りは linkage-gateway check で確認できます",
    ),
    (
        "route {route} has faults and is left out; check says which",
        "経路 {route} は設定不備のため除きました。内容は linkage-gateway check で確認してください",
    ),
    ("route {route} is rejected: {fault}", "経路 {route} は設定不備です：{fault}"),
    (
        "there is no running route {route} whose files carry numbers (order: sequence)",
        "通し番号を使う（order: sequence の）経路 {route} はありません",
    ),
    ("there is no running route {route}; {what}", "稼働できる経路 {route} はありません。{what}"),
    ("there is no running route {route}", "稼働できる経路 {route} はありません"),
    (
        "--since {first} is later than the last day, {last}",
        "--since {first} が、終わりの日 {last} より後になっています",
    ),
    (
        "{transfer} is no such delivery of {route}; see linkage-gateway trace",
        "経路 {route} に、該当する送達 {transfer} はありません。linkage-gateway trace で確認してください",
    ),
    (
        "there is no route, endpoint or vendor {name}; {what}",
        "経路・接続先・事業者に {name} はありません。{what}",
    ),
    ("there is no transfer or route {name}; {what}", "転送にも経路にも {name} はありません。{what}"),
    ("there is no system or route {name}; {what}", "業務システムにも経路にも {name} はありません。{what}"),
    ("there is no route {route}; {what}", "経路 {route} はありません。{what}"),
    ("there is no wave {wave}; {what}", "一斉切替 {wave} はありません。{what}"),
    ("there is no vendor {vendor}; {what}", "事業者 {vendor} はありません。{what}"),
    ("there is no endpoint {endpoint}; {what}", "接続先 {endpoint} はありません。{what}"),
    ("there is no municipality {name}; {what}", "団体 {name} はありません。{what}"),
    (
        "{path} holds several municipalities ({names}); name one: --municipality NAME {command}",
        "{path} には複数の団体があります（{names}）。--municipality NAME {command} で一つ指定してください",
    ),
    (
        "{path} holds no municipalities/; leave --municipality out",
        "{path} に municipalities/ はありません。--municipality を外してください",
    ),
    (
        "no file is held as {transfer}; see linkage-gateway held",
        "{transfer} は保留中ではありません。linkage-gateway held で確認してください",
    ),
    (
        "nothing is known of {file}; give a path, a name, a transfer or a SHA-256",
        "{file} の記録はありません。パス・ファイル名・転送番号・SHA-256 のいずれかを指定してください",
    ),
    (
        "no alarm {number} is open; see linkage-gateway alarms",
        "異常 {number} は発生していません。linkage-gateway alarms で確認してください",
    ),
    # what is lacking in a command
    (
        "say why: --reason TEXT; --plan shows what would be converted anew",
        "理由を --reason TEXT で指定してください。--plan を付けると、変換し直す対象だけを表示します",
    ),
    ("say why: --reason TEXT", "理由を --reason TEXT で指定してください"),
    ("say why: --reason", "理由を --reason で指定してください"),
    (
        "a replay needs --reason TEXT; --plan shows what it would do",
        "再送には --reason TEXT で理由が必要です。--plan を付けると、再送の対象だけを表示します",
    ),
    (
        "say which: --since INSTANT, or --transfer TRANSFER",
        "対象を --since 日時 か --transfer 転送番号 で指定してください",
    ),
    ("say which: a transfer, or a route", "対象の転送番号か経路を指定してください"),
    (
        "--until {text} is no instant; write 2027-01-04T08:00, or a time from now such as 2h",
        "--until {text} は日時ではありません。2027-01-04T08:00 のような日時か、2h のような長さを書いてください",
    ),
    ("--until {text} is past", "--until {text} は過去の日時です"),
    (
        "{option} is not a duration; write a number with its unit, such as 30s, 10m, 1h30m or 35d",
        "{option} は長さではありません。30s、10m、1h30m、35d のように、数字と単位を書いてください",
    ),
    (
        "{option} is longer than {longest}; write a shorter one",
        "{option} は {longest} を超えています。短くしてください",
    ),
    (
        "the source offers both formats; say which with --format",
        "送信元に現行形式と標準形式の両方があります。--format でどちらかを指定してください",
    ),
    (
        "{transfer}: --delivered is for files that were perhaps collected",
        "{transfer}：--delivered は、引取済みの可能性で保留したファイルに指定します",
    ),
    (
        "{transfer}: something of it is, or may be, at its destination; {what}",
        "{transfer}：一部または全部が送信先に届いているか、その可能性があります。{what}",
    ),
    (
        "release it without --superseded, or with --delivered where it was perhaps collected",
        "--superseded を付けずに解除するか、引取済みの可能性で保留したものは --delivered を付けてください",
    ),
    (
        "--delivered and --superseded each stand alone",
        "--delivered と --superseded は、それぞれ単独で指定してください",
    ),
    (
        "{transfer}: {what}; if it is to replace what is there: --force-older",
        "{transfer}：{what}。送信先のものを置き換えてよければ --force-older を付けてください",
    ),
    (
        "{name} is a {kind} and a {other} too; write {one} or {two}",
        "{name} は {kind} にも {other} にもあります。{one} か {two} と書いてください",
    ),
    ("name a level: {levels}; or --clear", "ログの詳しさ（{levels}）か --clear を指定してください"),
    ("one thing at a time: {things}", "一度に指定できる操作は一つです：{things}"),
    ("--out must end in .xlsx or .csv", "--out のファイル名は .xlsx か .csv にしてください"),
    (
        "{path} cannot be written ({error}); name another file",
        "{path} に書き込めません（{error}）。別のファイルを指定してください",
    ),
    ("gateway.yaml names no alerts", "gateway.yaml に alerts がありません"),
    # what was done
    (
        "{transfer}: {file} goes on at the next look of {route}",
        "{transfer}：{file} を受け付けました。経路 {route} の次回の実行で送ります",
    ),
    (
        "{transfer} goes on at the next look of {route}",
        "{transfer} の保留を解除しました。経路 {route} の次回の実行で先へ進みます",
    ),
    (
        "{route} goes on with number {number} at its next look",
        "経路 {route} は、次回の実行で通し番号 {number} から続けます",
    ),
    (
        "this gateway carries {route} from its next look on; of {count} files its destination is asked",
        (
            "次回の実行から、このゲートウェイが経路 {route} を受け持ちます。"
            "処理中の {count} 件は、届いているかを送信先に確認してから進めます"
        ),
    ),
    ("{kind} {name} goes on", "{kind} {name} を再開しました"),
    ("{kind} {name} is not paused", "{kind} {name} は一時停止していません"),
    (
        "nobody is told of alarm {number} again before {instant}",
        "異常 {number} を引き受けました。{instant} までは再通知しません",
    ),
    (
        "alarm {number} ends by itself as soon as what is wrong is mended",
        "異常 {number} は、原因がなくなると自動で終わります。手作業では閉じられません",
    ),
    ("alarm {number} is closed", "異常 {number} を対応済みにしました"),
    ("route {route} is logged as all others again", "経路 {route} のログを通常の詳しさに戻しました"),
    ("route {route} is logged as all others", "経路 {route} のログは通常の詳しさです"),
    ("{path}: {count} items of {file}", "{path}：{file} の不備 {count} 件を書き出しました"),
    (
        "the next full file of {route} begins anew",
        "経路 {route} は、次の全件ファイルを差分の新しい基準にします",
    ),
    (
        "the {count} rows of {transfer} hold again; the next full file of {route} is compared with them",
        "{transfer} の {count} 行を差分の基準に戻しました。経路 {route} の次の全件ファイルと比べます",
    ),
    ("converted anew", "変換し直します"),
    ("not converted anew: {why}", "変換し直しません：{why}"),
    (
        "it is at its end; send it again with replay if it was delivered",
        "処理が終わっています。送達済みなら replay で再送してください",
    ),
    (
        "its delivery has begun, and it goes as it was converted; send it again afterwards with replay",
        "送信を始めているため、変換済みの内容で送ります。終わった後に replay で再送してください",
    ),
    (
        "it was not converted yet, and will be as the configuration says then",
        "まだ変換していません。変換するときの設定に従います",
    ),
    # what to think of
    (
        "the path of {endpoint} gives every replay the old name; it will be held",
        "{endpoint} のパスでは再送しても同じ名前になるため、保留になります",
    ),
    (
        "these are differences: they go to the end of the order; send a full file first if in doubt",
        "差分ファイルなので、順番の最後に送ります。不安があれば、先に全件ファイルを送ってください",
    ),
    (
        "the gateway is not running; what follows is what it would do",
        "ゲートウェイは動いていません。以下は、動かした場合の予定です",
    ),
    (
        "the ledger does not balance: see the column difference",
        "台帳が一致しません。「差異」の欄を確認してください",
    ),
    # one cycle, now
    (
        "no route can run; linkage-gateway check says why",
        "動かせる経路がありません。理由は linkage-gateway check で確認してください",
    ),
    ("{file} is tried again at {instant}: {what}", "{file} は {instant} に再試行します：{what}"),
    ("{file} is not complete yet", "{file} は、まだ揃っていません"),
    ("nothing new", "新しいファイルはありません"),
    # several municipalities
    (
        "{name} has been silent for {seconds} s and is killed",
        "{name} が {seconds} 秒応答しないため、強制終了します",
    ),
    (
        "{name} ended with {code}; it is started again in {seconds} s, or on SIGHUP",
        "{name} が終了コード {code} で終わりました。{seconds} 秒後か SIGHUP で起動し直します",
    ),
    ("its configuration cannot be used; see check", "設定に誤りがあります。check で確認してください"),
    # what click says of a command that nobody can understand
    ("Missing option {option}. {more}", "{option} が必要です。{more}"),
    ("Missing option {option}.", "{option} が必要です"),
    ("Missing argument {argument}. {more}", "{argument} を指定してください。{more}"),
    ("Missing argument {argument}.", "{argument} を指定してください"),
    ("Missing command.", "コマンドを指定してください"),
    (
        "No such command {name}. Did you mean {near}?",
        "{name} というコマンドはありません。{near} のことではありませんか",
    ),
    ("No such command {name}.", "{name} というコマンドはありません"),
    (
        "No such option {option}. Did you mean {near}?",
        "{option} という指定はありません。{near} のことではありませんか",
    ),
    (
        "No such option {option}. (Did you mean one of: {near}?)",
        "{option} という指定はありません。{near} のどれかではありませんか",
    ),
    ("No such option {option}.", "{option} という指定はありません"),
    ("Got unexpected extra argument ({words})", "余分な語があります：{words}"),
    ("Got unexpected extra arguments ({words})", "余分な語があります：{words}"),
    ("Option {option} requires an argument.", "{option} には値が必要です"),
    ("Option {option} does not take a value.", "{option} に値は付けられません"),
    ("Invalid value for {option}: {what}", "{option} の値が正しくありません。{what}"),
    ("{value} is not one of {choices}.", "{value} は使えません。使えるもの：{choices}"),
    ("{value} is not a valid integer.", "{value} は整数ではありません"),
    ("{value} is not a valid float.", "{value} は数ではありません"),
    ("{value} is not in the range {range}.", "{value} は範囲 {range} の外です"),
    ("{value} does not match the formats {formats}.", "{value} を日時として読めません。書き方：{formats}"),
    ("{value} does not match the format {format}.", "{value} を日時として読めません。書き方：{format}"),
    ("File {path} does not exist.", "ファイル {path} がありません"),
    ("Directory {path} does not exist.", "フォルダー {path} がありません"),
    ("File {path} is a directory.", "{path} はファイルではなくフォルダーです"),
    ("Directory {path} is a file.", "{path} はフォルダーではなくファイルです"),
    # nodes
    ("node {name} carries nothing", "ノード {name} が受け持つ経路はなくなりました"),
    ("node {name} still carries {count} routes", "ノード {name} は、まだ {count} 経路を受け持っています"),
    ("node {name} takes its share of the routes", "ノード {name} は、また経路を受け持ちます"),
    (
        "node {name} alone carries {route} from now on",
        "これから経路 {route} はノード {name} だけが受け持ちます",
    ),
    (
        "there is no node {name}; linkage-gateway cluster status lists them",
        "ノード {name} はありません。linkage-gateway cluster status で確認してください",
    ),
    (
        "this gateway carries its routes alone; write cluster: {braces} into gateway.yaml to share them",
        "このゲートウェイは単独で動いています。経路を分担するには gateway.yaml に cluster: {braces} を書いてください",
    ),
    (
        "nodes have different configurations; put the same files on all of them (gateway.yaml may differ)",
        "ノードの設定が一致していません。全部のノードに同じファイルを置いてください（gateway.yaml は違って構いません）",
    ),
    ("an upgrade goes on: nodes run {versions}", "版の更新の途中です。ノードの版：{versions}"),
    # the audit log
    (
        "entry {number} is not as it was written, or not where it was",
        "監査記録 {number} が、書かれたときの内容または位置と違います",
    ),
    (
        "the entry with that hash is gone: the log was cut off or replaced",
        "そのハッシュの記録がありません。監査記録が切り詰められたか、差し替えられています",
    ),
    (
        "the audit log is as it was written; keep this hash elsewhere: {hash}",
        "監査記録は書かれたときのままです。このハッシュを別の場所に控えてください：{hash}",
    ),
    # backups
    (
        "there is no journal at {path} yet; start the gateway once",
        "{path} に記録がまだありません。ゲートウェイを一度起動してください",
    ),
    ("{path} is there already; give a new name", "{path} はすでにあります。新しい名前を指定してください"),
    (
        "{path}: {count} transfers, {size} bytes; {old} old ones erased",
        "{path}：転送 {count} 件、{size} バイト。古い控え {old} 件を消しました",
    ),
    (
        "restored from {backup}; the former journal is {path}",
        "{backup} から復元しました。元の記録は {path} にあります",
    ),
    (
        "start the gateway: it asks each destination; of what linkage-gateway held shows then, ask the consumer",
        (
            "ゲートウェイを起動してください。届いているかを各送信先に確認します。"
            "その後 linkage-gateway held に出たものは、受け手に確認してください"
        ),
    ),
    ("the journal is in PostgreSQL; {what}", "記録は PostgreSQL にあります。{what}"),
    (
        "save it by the database's own means (pg_dump, or continuous archiving)",
        "データベースの手段（pg_dump、継続的アーカイブ）で控えを取ってください",
    ),
    (
        "put it back by the database's own means, then: restore, without a file",
        "データベースの手段で戻してから、ファイルを指定せずに restore を実行してください",
    ),
    ("name the backup that is to be put back", "戻す控えを指定してください"),
    # comparisons
    (
        "--values and --expires belong together: say until when that file may be there",
        "--values には、そのファイルを置いてよい期限を --expires で併せて指定してください",
    ),
    ("--values needs --slot: say of which day", "--values には --slot で日を指定してください"),
    (
        "{path} is there already; remove it, or name another file",
        "{path} はすでにあります。消すか、別のファイルを指定してください",
    ),
    (
        "name one route; to compare two files by hand, give their --layout",
        "経路を一つ指定してください。二つのファイルを比べる場合は --layout を指定してください",
    ),
    ("the reports of {route} and their key are removed", "経路 {route} の比較結果とその鍵を消しました"),
    (
        "{route} compares nothing; add compare: to its file, with key:",
        "経路 {route} に比較の設定がありません。経路のファイルに compare: と key: を書いてください",
    ),
    (
        "{route} has {count} slots on that day, and values are written of one alone",
        "経路 {route} にはその日に {count} 回あります。値を書き出せるのは一回分だけです",
    ),
    (
        "there is nothing to compare of {route} yet: it needs a delivery and an early file of one day",
        "経路 {route} には、まだ比べるものがありません。同じ日の送達と、切替前に届いたファイルが必要です",
    ),
    (
        "give two files, OLD and NEW, and at least one --key",
        "旧・新の二つのファイルと、--key を一つ以上指定してください",
    ),
    ("there is no file {path}", "ファイル {path} がありません"),
    (
        "--normalise is ITEM=WORD, with one of {words}",
        "--normalise は 項目=語 で指定します。使える語：{words}",
    ),
    ("no usable {kind} {name}; {what}", "使える {kind} {name} がありません。{what}"),
    ("report: {path}", "比較結果のファイル：{path}"),
)
