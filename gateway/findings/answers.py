"""What places answer, and what to do about it, each with its Japanese; facts stand in braces. Pure."""

from __future__ import annotations

ANSWERS: tuple[tuple[str, str], ...] = (
    ("the login was refused", "ログインを拒否されました"),
    ("the host refuses it", "ホストが拒否しました"),
    ("the host will not do it", "ホストが受け付けません"),
    ("the host cannot do it now", "ホストが今は処理できません"),
    ("the host does not know this command", "ホストがこのコマンドに対応していません"),
    ("the host takes no more connections now", "ホストの接続数が上限です"),
    ("the host closed the connection", "ホストが接続を切りました"),
    ("the host name is not known", "ホスト名を解決できません"),
    ("the host's certificate is not trusted", "ホストの証明書を信頼できません"),
    (
        "have its people let us rename; if nobody may: publish: direct, and complete_by at the routes",
        (
            "名前を変える権限を先方の管理者に依頼してください。だれにもできないときは publish: direct とし、"
            "経路に complete_by を書いてください"
        ),
    ),
    ("the folder {place} cannot be entered ({why})", "フォルダー {place} に入れません（{why}）"),
    ("the folder {place} is not there", "フォルダー {place} がありません"),
    (
        "correct root or path, or have the folder made for this user",
        "root か path を直すか、この利用者のフォルダーを作ってもらってください",
    ),
    ("the host does not take {command} ({why})", "ホストが {command} を受け付けません（{why}）"),
    (
        "correct {key}: what this host wants to be told, its people know",
        "{key} を直してください。何を送るべきかはホストの管理者に確認してください",
    ),
    (
        "the host is not of the dialect {dialect} ({why})",
        "ホストの種類（dialect）が {dialect} ではありません（{why}）",
    ),
    ("write dialect: auto, and the host is asked", "dialect: auto と書けば、ホストに問い合わせます"),
    ("at the jump host: {what}", "踏み台サーバー：{what}"),
    (
        "the jump host cannot reach {host}, port {port}",
        "踏み台サーバーから {host}（ポート {port}）に接続できません",
    ),
    (
        "the jump host lets nobody through to {host}, port {port}",
        "踏み台サーバーが {host}（ポート {port}）への転送を許していません",
    ),
    (
        "have its people allow that (with OpenSSH: AllowTcpForwarding, PermitOpen)",
        "踏み台サーバーの管理者に許可を依頼してください（OpenSSH なら AllowTcpForwarding、PermitOpen）",
    ),
    (
        "the login was accepted, and no SFTP began ({why})",
        "ログインはできましたが、SFTP が始まりません（{why}）",
    ),
    (
        "if it stays so: has this account SFTP at all, and does its login shell print nothing?",
        "続くときは、このアカウントで SFTP が使えるか、ログイン時に何も表示されないかを確認してください",
    ),
    ("the host does not begin with TLS", "ホストが最初から TLS で話しません"),
    (
        "write tls: explicit; none is for hosts in zone on-prem that cannot encrypt",
        "tls: explicit と書いてください。none は、zone: on-prem の暗号化できないホストだけです",
    ),
    ("the host is silent before TLS begins", "ホストは TLS が始まるまで応答しません"),
    (
        "write tls: implicit, and ca with the authority of its certificate",
        "tls: implicit と、証明書の認証局（ca）を書いてください",
    ),
    ("the host does not encrypt ({reply})", "ホストが暗号化に対応していません（{reply}）"),
    (
        "have its people switch TLS on; tls: none is for hosts in zone on-prem that cannot",
        "ホストの管理者に TLS を有効にしてもらってください。tls: none は、zone: on-prem のできないホストだけです",
    ),
    (
        "a data connection came from {stranger}, and none from the host itself ({host})",
        "データ接続が {stranger} から来て、ホスト自身（{host}）からは来ませんでした",
    ),
    (
        "if the host is behind address translation, and sends from there: passive_address: server",
        "ホストがアドレス変換の内側にあり、そのアドレスから送るときは、passive_address: server と書いてください",
    ),
    ("the host's certificate is another host's", "ホストの証明書が別のホストのものです"),
    ("the store's certificate is another host's", "ストアの証明書が別のホストのものです"),
    ("what answers there knows no TLS", "応答した相手が TLS に対応していません"),
    (
        "the name cannot be written in the character code of this place",
        "この接続先の文字コードでは書けない名前です",
    ),
    (
        "correct encoding, or give the file another name",
        "encoding を直すか、ファイルを別の名前にしてください",
    ),
    (
        "correct host, or give the name that the certificate carries as tls_name",
        "host を直すか、証明書にある名前を tls_name に書いてください",
    ),
    (
        "correct endpoint_url: it must hold a name that the certificate carries",
        "endpoint_url を直してください。証明書にある名前でなければなりません",
    ),
    (
        "correct endpoint_url: its port, or http:// where a store in zone on-prem cannot encrypt",
        "endpoint_url のポートを直すか、zone: on-prem のストアが暗号化できないときは http:// と書いてください",
    ),
    (
        "the host's certificate has expired, or is not valid yet",
        "ホストの証明書の有効期限が切れているか、まだ有効ではありません",
    ),
    (
        "the store's certificate has expired, or is not valid yet",
        "ストアの証明書の有効期限が切れているか、まだ有効ではありません",
    ),
    (
        "have the host's people renew it; if it is valid today, this machine's clock is wrong",
        "ホストの管理者に更新を依頼してください。今日有効なはずなら、このサーバーの時計が違っています",
    ),
    (
        "have the store's people renew it; if it is valid today, this machine's clock is wrong",
        "ストアの管理者に更新を依頼してください。今日有効なはずなら、このサーバーの時計が違っています",
    ),
    ("the host wants the connection encrypted", "ホストが暗号化を求めています"),
    ("host and gateway find no TLS in common", "ホストと共通の TLS がありません"),
    (
        "have the host's people allow TLS 1.2 or 1.3, with ciphers of today",
        "TLS 1.2 か 1.3 を、今の暗号方式で使えるようにホストの管理者に依頼してください",
    ),
    ("host and endpoint do not agree about TLS", "TLS の方式がホストと一致しません"),
    ("the server refuses it", "サーバーが拒否しました"),
    ("the server lost its connection", "サーバーの接続が切れました"),
    ("the server cannot do this", "サーバーがこの操作に対応していません"),
    ("the server could not do it", "サーバーが処理できませんでした"),
    ("no algorithm in common", "暗号方式が一致しません"),
    (
        "what came is no SSH; the line is disturbed, or another service answers",
        "SSH の応答ではありません。回線の乱れか、別のサービスの応答です",
    ),
    ("the connection failed during the login", "ログイン中に接続が切れました"),
    ("the connection failed", "接続に失敗しました"),
    ("no answer in time", "時間内に応答がありません"),
    ("it is not there", "見当たりません"),
    ("the name is taken", "その名前は使われています"),
    ("a part of the path is no folder", "パスの途中がフォルダーではありません"),
    ("no room is left there", "先方に空きがありません"),
    ("no room is left in the store", "ストアに空きがありません"),
    ("no room is left", "空きがありません"),
    ("the system refuses it", "システムが拒否しました"),
    ("the system cannot hold such a file", "そのようなファイルを置けません"),
    ("the system could not do it", "システムが処理できませんでした"),
    ("the file system is mounted read-only", "ファイルシステムが読み取り専用です"),
    ("the bucket is not there", "バケットがありません"),
    ("the bucket is in another region", "バケットのリージョンが違います"),
    ("the store refuses these credentials", "ストアがこの認証情報を拒否しました"),
    ("the store refuses it", "ストアが拒否しました"),
    ("the proxy refuses the login", "プロキシがログインを拒否しました"),
    (
        "correct proxy_login; no fast retry is made, so that the account is not locked",
        "proxy_login を直してください。アカウントがロックされないよう、すぐには再試行しません",
    ),
    ("the key service refuses it", "鍵管理サービスが拒否しました"),
    (
        "correct kms_key, or ask for the right to use this key",
        "kms_key を直すか、この鍵を使う権限を依頼してください",
    ),
    (
        "the store does not take what it is told of encryption ({code})",
        "ストアが暗号化の指定を受け付けません（{code}）",
    ),
    (
        "correct encryption or kms_key; encryption: store leaves it to the bucket",
        "encryption か kms_key を直してください。encryption: store とすればバケットの設定に任せます",
    ),
    ("the store cannot hold such an object", "ストアにそのようなオブジェクトを置けません"),
    ("the store asks to slow down", "ストアが要求を減らすよう求めています"),
    ("the store failed", "ストア側で失敗しました"),
    ("the store cannot do it now", "ストアが今は処理できません"),
    ("the store cannot be reached", "ストアに接続できません"),
    ("the store's certificate is not trusted", "ストアの証明書を信頼できません"),
    ("this machine's clock and the store's are too far apart", "このサーバーとストアの時計がずれています"),
    ("no credentials", "認証情報がありません"),
    ("the endpoint is written wrongly", "接続先の書き方に誤りがあります"),
    (
        "is the name allowed there, does the folder exist, may the user write in it?",
        "名前が使えるか、フォルダーがあるか、その利用者が書き込めるかを確認してください",
    ),
    ("rename the file", "ファイル名を変えてもらってください"),
    ("the name {name} may not be used: {why}", "{name} という名前は使えません（{why}）"),
    (
        "{path}: read back, the host shows other bytes than were sent",
        "{path}：読み戻すと、送った内容と違います",
    ),
    ("no free name to put {path} back", "{path} を戻せる空き名がありません"),
    ("{path} exists", "{path} はすでにあります"),
    ("{doing}: no answer to the publishing step ({why})", "{doing}：公開の要求に応答がありません（{why}）"),
    (
        "write tls: explicit, and ca with the authority of its certificate",
        "tls: explicit と、証明書の認証局（ca）を書いてください",
    ),
    (
        "correct user and password; no fast retry is made, so that the account is not locked",
        "利用者名とパスワードを直してください。アカウントがロックされないよう、すぐには再試行しません",
    ),
    (
        "correct user and password or key; no fast retry is made, so that the account is not locked",
        "利用者名とパスワード（または鍵）を直してください。アカウントがロックされないよう、すぐには再試行しません",
    ),
    ("correct tls: none, explicit or implicit", "tls（none・explicit・implicit）を直してください"),
    (
        "ask the host's people for the rights of this user there",
        "その場所の権限をホストの管理者に依頼してください",
    ),
    (
        "ask the server's people for the rights of this user in this folder",
        "このフォルダーの権限をサーバーの管理者に依頼してください",
    ),
    ("correct dialect or site of the endpoint", "接続先の dialect か site を直してください"),
    ("give the certificate of its authority as ca", "認証局の証明書を ca に書いてください"),
    ("give the authority's certificate as ca", "認証局の証明書を ca に書いてください"),
    ("correct host, or the name service", "host または名前解決を直してください"),
    (
        "choose a setting of the endpoint or the route that does without it",
        "これを使わない設定を接続先か経路で選んでください",
    ),
    ("is its disk full?", "ディスクの空きを確認してください"),
    (
        "an old server may need algorithms: legacy",
        "古いサーバーでは algorithms: legacy が必要なことがあります",
    ),
    (
        "correct bucket or endpoint_url, or have the bucket made",
        "bucket か endpoint_url を直すか、バケットを作ってもらってください",
    ),
    (
        "set this machine's clock by a time server; the store is tried again by itself",
        "このサーバーの時計を時刻サーバーに合わせてください。自動で再試行します",
    ),
    ("correct region", "region を直してください"),
    ("correct credentials, region and rights", "認証情報、region、権限を直してください"),
    ("ask for the rights of these credentials on this prefix", "このプレフィックスの権限を依頼してください"),
    (
        "have the quota raised, or objects removed; the file waits",
        "上限を上げるか、不要なオブジェクトを消してもらってください。ファイルは待ちます",
    ),
    (
        "write credentials: with references, or credentials_profile",
        "credentials を参照で書くか、credentials_profile を書いてください",
    ),
    ("correct bucket and endpoint_url", "bucket と endpoint_url を直してください"),
    (
        "give the gateway's user rights to read and write in this folder",
        "このフォルダーの読み書きの権限を、ゲートウェイの利用者に与えてください",
    ),
    ("mount it for writing", "書き込めるようにマウントしてください"),
    ("make room there; the file waits", "空きを作ってください。ファイルは待ちます"),
    ("{doing}: {answer} ({said}): {what}", "{doing}：{answer}（{said}）。{what}"),
    ("{doing}: {answer} ({said})", "{doing}：{answer}（{said}）"),
    ("writing part {number} of {path}", "{path} の分割 {number} の書込み"),
    ("writing {path}", "{path} の書込み"),
    ("reading {path} back", "{path} の読戻し"),
    ("reading {path}", "{path} の読取り"),
    ("looking at {path}", "{path} の確認"),
    ("checking {path}", "{path} の照合"),
    ("listing {path}", "{path} の一覧"),
    ("publishing {path}", "{path} の公開"),
    ("moving {path}", "{path} の移動"),
    ("removing {path}", "{path} の削除"),
    ("copying {path}", "{path} の複写"),
    ("beginning {path}", "{path} の書き始め"),
    ("connecting to {host}", "{host} への接続"),
    (
        (
            "the route is carried by gateway {other} on {host} (installation {theirs}, since {since}); "
            "this is gateway {own} on {here} (installation {ours})"
        ),
        (
            "この経路はゲートウェイ {other}（{host}、設置 {theirs}、{since} から）が担当しています。"
            "こちらはゲートウェイ {own}（{here}、設置 {ours}）です"
        ),
    ),
    (
        "stop one of them; then, here: linkage-gateway own {route} --reason ...",
        "どちらかを止めてから、こちらで担当するときは linkage-gateway own {route} --reason ... を実行してください",
    ),
    (
        "linkage-gateway resume, or wait until it goes on by itself",
        "linkage-gateway resume で再開するか、自動で再開するまで待ってください",
    ),
)
