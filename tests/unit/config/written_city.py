"""A small city, written as in the documentation, for tests that change one thing in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

KEY = "SHA256:" + "A" * 43
ROUTE = "routes/vendor-a/juki-to-linkage-master.yaml"

FILES: dict[str, str] = {
    "gateway.yaml": """\
gateway: {name: mihon-city-1, timezone: Asia/Tokyo, state_dir: ./var}
journal: {url: "sqlite:///{state_dir}/journal.db"}
log: {format: json, level: info, to: stdout}
limits: {transfers: 8, spool: 20GiB}
vendors:
  vendor-b: {routes: routes/vendor-b, may_use: {endpoints: [object-storage, mainframe], prefixes: ["kaigo/"]}}
  vendor-a: {title: A社}
""",
    "systems.yaml": """\
systems:
  juki:           {title: 住民記録, business_id: "001", vendor: vendor-a, standard_from: 2027-01-04T00:00:00+09:00}
  kaigo:          {title: 介護保険, business_id: "023", vendor: vendor-b, standard_from: 2027-03-01T00:00:00+09:00}
  linkage-master: {title: 汎用機 連携用マスタ, vendor: mainframe, standard_from: never}
accepted:
  - {route: kaigo-inside, end: from, standard_from: always, reason: 移行前から標準形式で提供}
  - {route: kaigo-inside, end: to, standard_from: always, reason: 移行前から標準形式で受領}
""",
    "endpoints.yaml": f"""\
endpoints:
  mainframe:
    adapter: ftp
    environment: production
    zone: on-prem
    host: 127.0.0.1
    port: 2121
    tls: none
    dialect: mvs
    login: {{user: RENKEI, password: {{env: MAINFRAME_PASSWORD}}}}
    limits: {{connections: 1}}
  object-storage:
    adapter: s3
    environment: production
    zone: gov-cloud
    bucket: renkei
    endpoint_url: http://127.0.0.1:9000
    profile: generic
  juki-onprem:
    adapter: sftp
    environment: production
    host: 127.0.0.1
    host_key: {KEY}
    login: {{user: juki, password: {{env: JUKI_PASSWORD}}}}
  dropbox: {{adapter: local, root: /srv/renkei}}
""",
    ROUTE: """\
title: 住民記録から汎用機の連携用マスタへ
linkage: {id: 001o001, branch: "00"}
from:
  system: juki
  legacy:
    endpoint: juki-onprem
    path: "out/JUKI_{date:%Y%m%d}_*.dat"
    layout: juki-legacy
    ready: {stable: {polls: 2, quiet: 20s}}
  standard:
    endpoint: object-storage
    path: "juki/out/001o001_*.csv"
    profile: standard-csv
    layout: juki-standard
    ready: {marker: "{name}.done"}
to:
  system: linkage-master
  legacy:
    endpoint: mainframe
    path: "RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}"
    layout: juki-master
    content: differential
    exists: refuse
convert: [juki-to-master, juki-legacy-to-master]
schedule: {every: 10m}
after: archive
retry: {fast: {times: 5, within: 5m}, slow: {every: 15m, until: "18:00"}}
""",
    "routes/vendor-b/kaigo-inside.yaml": """\
title: 介護保険の標準間連携
from:
  system: kaigo
  standard_from: always
  standard: {endpoint: object-storage, path: "kaigo/out/*.csv"}
to:
  system: juki
  standard_from: always
  standard: {endpoint: object-storage, path: "kaigo/in/{name}"}
schedule: {watch: true}
""",
    "layouts/juki-legacy.yaml": """\
records: line
length: 35
encoding: cp932
items:
  - {name: 宛名番号, type: text, length: 15, width: half, key: true}
  - {name: 氏名, type: text, length: 20}
""",
    "layouts/juki-master.yaml": """\
records: fixed
length: 35
encoding: jef
items:
  - {name: 宛名番号, type: text, length: 15, width: half, key: true}
  - {name: 氏名, type: text, length: 20}
""",
    "layouts/juki-standard.yaml": """\
records: csv
items:
  - {id: 03100001, name: 宛名番号, type: X, length: 15, key: true, required: true}
  - {id: 03100003, name: 氏名, type: N, length: 100}
""",
    "mappings/juki-to-master.yaml": """\
from: juki-standard
to: juki-master
items:
  - {from: 宛名番号, to: 宛名番号}
  - {from: 03100003, to: 氏名}
golden:
  - given: {宛名番号: "000000000000019", 氏名: 佐藤　一郎}
    expect: {宛名番号: "000000000000019", 氏名: 佐藤　一郎}
""",
    "mappings/juki-legacy-to-master.yaml": """\
from: juki-legacy
to: juki-master
items:
  - {from: 宛名番号, to: 宛名番号}
  - {from: 氏名, to: 氏名}
""",
    "layouts/zei-shuno.cpy": """\
000010 01  SHUNO-REC.
000020     05  ATENA-NO      PIC X(15).
000030     05  SHIMEI        PIC N(10).
000040     05  KINGAKU       PIC S9(7) COMP-3.
000050     05  MEISAI        OCCURS 2 TIMES.
000060         10  NENDO     PIC 9(4).
000070     05  FILLER        PIC X(3).
""",
    "layouts/zei-shuno.cpy.yaml": "encoding: ibm930\nkeys: ATENA-NO\n",
    "tolerances/juki.yaml": """\
title: 並行稼働中の許容差
tolerances:
  - {rule: width, items: [氏名], reason: 旧は半角, owner: 情報政策課, expires: 2099-03-31}
  - {rule: {form: YYYYMMDD}, items: 氏名, reason: 区切りの有無, owner: 市民課, expires: 2099-03-31}
""",
    "profiles/standard-csv.yaml": "encoding: utf-8\n",
}


def write_city(directory: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """The city with some files replaced, added, or (None) left out."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text, encoding="utf-8")
    return directory


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """One file of the city with one text replaced by another."""
    assert FILES[name].count(old) == 1, f"{old!r} stands {FILES[name].count(old)} times in {name}"
    return {name: FILES[name].replace(old, new)}


def broken(changes: list[dict[str, str]]) -> dict[str, str | None]:
    """The files that the changes of a case give; None for a file that is taken away."""
    files: dict[str, str | None] = {}
    for change in changes:
        name = change["file"]
        files[name] = _changed(files.get(name, FILES.get(name, "")) or "", change)
    return files


def _changed(text: str, change: dict[str, str]) -> str | None:
    match change:
        case {"gone": _}:
            return None
        case {"copy": name}:
            return FILES[name]
        case {"text": new}:
            return new
        case {"append": more}:
            return text + more
    assert text.count(change["from"]) == 1, f"{change['from']!r} stands {text.count(change['from'])} times"
    return text.replace(change["from"], change["to"])
