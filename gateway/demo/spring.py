"""Three days around a wave in a minute: ``demo --cutover``.

Four systems of an invented city, some weeks ahead. Resident records and taxes switch together in the first night; care
insurance is held by its gate, because its new files differ; health insurance switches a day later, and goes back.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from textwrap import dedent

from gateway.app import Gateway
from gateway.cutover import Override
from gateway.journal.switching import Said
from gateway.model import Format
from gateway.rehearsal import Scene, arrives

JST = timezone(timedelta(hours=9))
SPEED = 4500.0
DAYS = timedelta(days=3)
BACK = timedelta(days=2, hours=12)
AHEAD = timedelta(days=40)

DAY = timedelta(days=1)
EVERY = timedelta(hours=6)
FIRST = timedelta(hours=3)
NAMES = ("山田　太郎", "佐藤　花子", "鈴木　一郎", "高橋　桜")

FILES: dict[str, str] = {
    "gateway.yaml": """
        gateway: {name: spring-demo, timezone: Asia/Tokyo, state_dir: ./state}
        vendors: {vendor-a: {}, vendor-b: {}}
        """,
    "systems.yaml": """
        systems:
          hub: {title: 統合DB, vendor: vendor-a, standard_from: never}
          juki: {title: 住民記録, vendor: vendor-a}
          zei: {title: 個人住民税, vendor: vendor-a}
          kaigo: {title: 介護保険, vendor: vendor-b, standard_from: "WAVE",
                  gate: {require: [drained, {compared: 2}]}}
          kokuho: {title: 国民健康保険, vendor: vendor-b, standard_from: "SECOND"}
        waves:
          spring: {members: [juki, zei], at: "WAVE", require: [drained, reachable, {compared: 2}]}
        """,
    "endpoints.yaml": """
        endpoints:
          onprem: {adapter: local, root: PLACES/onprem, events: false, title: 庁内ファイルサーバー}
          cloud: {adapter: local, root: PLACES/cloud, events: false, title: クラウド}
          base: {adapter: local, root: PLACES/base, events: false, title: 統合DB}
        """,
    "layouts/person.yaml": """
        title: 住民（現行）
        records: fixed
        length: 40
        encoding: cp932
        items:
          - {name: 番号, type: text, length: 5, width: half, key: true}
          - {name: 氏名, type: text, length: 28}
          - {name: 金額, type: zoned, digits: 7}
        """,
    "layouts/person-standard.yaml": """
        title: 住民（標準）
        records: csv
        items:
          - {id: "00100001", name: 番号, type: X, length: 5, key: true}
          - {id: "00100002", name: 氏名, type: N, length: 14}
          - {id: "00100003", name: 金額, type: S9, length: 7}
        """,
    "mappings/person.yaml": """
        from: person
        to: person-standard
        items:
          - {from: 番号, to: "00100001"}
          - {from: 氏名, to: "00100002"}
          - {from: 金額, to: "00100003"}
        golden:
          - given: {番号: "00001", 氏名: 山田　太郎, 金額: 1200}
            expect: {"00100001": "00001", "00100002": 山田　太郎, "00100003": 1200}
        """,
    "tolerances/spring.yaml": """
        title: 並行確認で認める相違
        tolerances:
          - {rule: any, items: [金額], within: 1, reason: 端数処理の違い, owner: 税務課, expires: EXPIRES}
        """,
}


def _to_hub(system: str, title: str, tolerances: str = "") -> str:
    return f"""
        title: {title}から統合DBへ
        from:
          system: {system}
          legacy: {{endpoint: onprem, path: "{system}/{system.upper()}_{{date:%Y%m%d}}_*.dat", layout: person,
                   ready: at-once, content: full}}
          standard: {{endpoint: cloud, path: "{system}/{{date:%Y%m%d}}_*.csv", layout: person-standard,
                     ready: at-once, content: full}}
        to:
          system: hub
          legacy: {{endpoint: base, path: "{system}/{{date:%Y%m%d}}_{{seq:03}}.dat", layout: person, content: full}}
        convert: person
        compare: {{key: [番号], with: early, totals: [金額]{tolerances}}}
        schedule: {{every: 30m}}
        after: archive
        """


ROUTES = {
    "vendor-a/juki-to-hub": _to_hub("juki", "住民記録"),
    "vendor-a/zei-to-hub": _to_hub("zei", "個人住民税", ", tolerances: [spring]"),
    "vendor-b/kaigo-to-hub": _to_hub("kaigo", "介護保険"),
    "vendor-a/hub-to-kokuho": """
        title: 統合DBから国民健康保険へ
        from:
          system: hub
          legacy: {endpoint: base, path: "out/{date:%Y%m%d}_*.dat", layout: person, ready: at-once, content: full}
        to:
          system: kokuho
          legacy: {endpoint: onprem, path: "kokuho/{date:%Y%m%d}_{seq:03}.dat", layout: person, content: full}
          standard: {endpoint: cloud, path: "kokuho/{date:%Y%m%d}_{seq:03}.csv", layout: person-standard,
                     content: full}
        convert: person
        schedule: {every: 30m}
        after: archive
        """,
}


def start_of(now: datetime) -> datetime:
    """The first midnight of the play, some weeks after now."""
    return (now.astimezone(JST) + AHEAD).replace(hour=0, minute=0, second=0, microsecond=0)


def write_city(folder: Path, places: Path, start: datetime) -> None:
    """The configuration of the four systems, with folders below ``places`` as their places."""
    words = {
        "PLACES": str(places),
        "WAVE": (start + DAY).isoformat(),
        "SECOND": (start + 2 * DAY).isoformat(),
        "EXPIRES": (start + 90 * DAY).date().isoformat(),
    }
    texts = FILES | {f"routes/{name}.yaml": text for name, text in ROUTES.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written = dedent(text)
        for word, value in words.items():
            written = written.replace(word, value)
        path.write_text(written, encoding="utf-8")
    for name in ("onprem", "cloud", "base"):
        (places / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def _records(number: int, more: int = 0) -> list[tuple[str, str, int]]:
    return [(f"{row:05}", NAMES[row % len(NAMES)], 1200 + 10 * row + number + more) for row in range(1, 6)]


def _legacy(records: list[tuple[str, str, int]]) -> bytes:
    """Fixed records in CP932: key, name filled with blanks, zoned amount."""
    rows = (
        key.encode() + name.encode("cp932").ljust(28) + f"{amount:07}".encode("ascii")
        for key, name, amount in records
    )
    return b"".join(rows)


def _standard(records: list[tuple[str, str, int]]) -> bytes:
    rows = (f"{key},{name},{amount}\n" for key, name, amount in records)
    return ("番号,氏名,金額\n" + "".join(rows)).encode()


def script(places: Path, start: datetime) -> Iterator[Scene]:
    """What the systems put out every six hours, and what people do."""
    for number in range(DAYS // EVERY):
        at = start + FIRST + number * EVERY
        yield from _delivery(places, at, number, both=at < start + DAY)
    yield Scene(at=start + BACK, does=_go_back)


def _delivery(places: Path, at: datetime, number: int, *, both: bool) -> Iterator[Scene]:
    """Before the wave every source writes both formats, the new one for comparison; afterwards only the new one."""
    named = f"{at:%Y%m%d}_{number:03}"
    old, new = places / "onprem", places / "cloud"
    for system, differs in (("juki", 0), ("zei", 1), ("kaigo", 500)):
        if both or system == "kaigo":
            legacy = arrives(old / system, f"{system.upper()}_{named}.dat", _legacy(_records(number)))
            yield Scene(at=at, does=legacy)
        standard = _standard(_records(number, differs if both or system == "kaigo" else 0))
        yield Scene(at=at, does=arrives(new / system, f"{named}.csv", standard))
    yield Scene(at=at, does=arrives(places / "base" / "out", f"{named}.dat", _legacy(_records(number))))


async def _go_back(gateway: Gateway) -> None:
    """A person returns health insurance to the old format."""
    now = gateway.clock.now()
    said = Said(
        scope="end:hub-to-kokuho:to",
        override=Override(format=Format.LEGACY, holds_from=now, back=True),
        who=getpass.getuser(),
        reason="国保システムで取込みエラー",
        made_at=now,
    )
    await gateway.journal.switching.overridden([said])
