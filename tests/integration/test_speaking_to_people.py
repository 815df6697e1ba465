"""Commands speak to people in the language of ``console.language``; what machines read stays as it is."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

WRONG = b"too short"
OTHER = Path(__file__)
"""Some file whose name the route does not take."""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A route with one file that was delivered and one that is held."""
    made = Town(tmp_path_factory.mktemp("town"))
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    (made.here / "good.dat").write_bytes("00001山田　　  00012".encode("cp932"))
    (made.here / "wrong.dat").write_bytes(WRONG)
    asyncio.run(made.once())
    return made


def ran(town, *words):
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), *words])


def held(town):
    (one,) = json.loads(ran(town, "held", "--json").output)
    return one["transfer_id"]


ENGLISH = re.compile(
    r"\b(?:the|it|is|of|and|that|has|was|are|not|no|there|say|why|goes|on|Error|Usage|Missing)\b"
)
"""Words that stand in no name of a command, an option or a state."""

REFUSED = [
    (1, ("release", "nobody", "--reason", "x")),
    (1, ("resume", "r", "--reason", "x")),
    (1, ("ack", "99", "--note", "x")),
    (2, ("release",)),
    (2, ("release", "a", "b", "--reason", "x")),
    (2, ("releese", "x")),
    (2, ("held", "rr")),
    (2, ("held", "--foo")),
    (2, ("pause", "r")),
    (2, ("pause", "rr", "--reason", "x")),
    (2, ("pause", "r", "--reason", "x", "--until", "soon")),
    (2, ("own", "rr", "--reason", "x")),
    (2, ("put", "rr", str(OTHER), "--reason", "x")),
    (2, ("put", "r", str(OTHER), "--reason", "x")),
    (2, ("put", "r", "/nowhere", "--reason", "x")),
    (2, ("replay", "r")),
    (2, ("replay", "rr", "--since", "2027-01-04")),
    (2, ("replay", "r", "--since", "yesterday")),
    (2, ("skip", "r", "--to", "3", "--reason", "x")),
    (2, ("skip", "r", "--to", "-1", "--reason", "x")),
    (2, ("switch", "r", "--to", "legacy")),
    (2, ("switch", "rr", "--to", "legacy", "--reason", "x")),
    (2, ("switch", "r", "--to", "stendard", "--reason", "x")),
    (2, ("switch", "r", "--to", "standard", "--at", "soon", "--reason", "x")),
    (2, ("switch", "r", "--waive", "comparde", "--reason", "x")),
    (2, ("ack", "first", "--note", "x")),
    (2, ("ack", "1", "--note", "x", "--for", "long")),
    (2, ("loglevel", "r", "debug")),
    (2, ("once", "rr")),
    (2, ("reconvert", "rr", "--reason", "x")),
    (2, ("rebaseline", "r", "--reason", "x")),
    (2, ("cluster", "status")),
    (2, ("alerts", "test")),
]


@pytest.mark.parametrize(("code", "words"), REFUSED, ids=[" ".join(words) for _, words in REFUSED])
def test_whoever_is_refused_reads_in_japanese_why_and_what_to_write(town, code, words):
    said = ran(town, *words)
    assert (said.exit_code, said.stdout) == (code, "")
    assert re.search("[ぁ-ん]", said.stderr)
    assert ENGLISH.findall(said.stderr.replace("linkage-gateway", "")) == [], said.stderr


@pytest.mark.parametrize(("code", "words"), REFUSED, ids=[" ".join(words) for _, words in REFUSED])
def test_machines_are_told_the_same_in_english_whatever_people_read(town, code, words):
    said = ran(town, *words, "--json")
    document = json.loads(said.stdout)
    assert (said.exit_code, document["exit_code"]) == (code, code)
    assert not re.search("[ぁ-ん一-龥]", document["error"]), document


DONE = [
    (("pause", "r", "--until", "2h", "--reason", "点検"), ["対象", "再開予定", "経路", "点検"]),
    (("pause",), ["対象", "停止日時", "だれが"]),
    (("once", "r"), ["保留 held", "が一時停止しています（点検）", "linkage-gateway resume で再開するか"]),
    (("resume", "r", "--reason", "終了"), ["経路 r を再開しました"]),
    (("pause",), ["なし"]),
    (("status",), ["ゲートウェイは動いていません", "稼働 running"]),
    (("held",), ["不正なレコード", "対処"]),
    (("put", "r", "{good}", "--as", "again.dat", "--reason", "媒体"), ["again.dat を受け付けました"]),
    (("replay", "r", "--since", "2020-01-01", "--plan"), ["業務日付", "再送できます"]),
    (("replay", "r", "--since", "2020-01-01", "--reason", "再送依頼"), ["再送します"]),
    (("loglevel", "r", "debug", "--reason", "調査"), ["ログの詳しさ", "調査"]),
    (("loglevel", "r", "--clear", "--reason", "済"), ["経路 r のログを通常の詳しさに戻しました"]),
    (("switch", "--show"), ["予定されている切替はありません"]),
    (("switch", "r:to", "--to", "standard", "--reason", "x", "--plan"), []),
    (("audit",), ["番号", "操作", "一時停止", "再送"]),
    (("audit", "verify"), ["監査記録は書かれたときのままです"]),
    (("alarms",), ["対応が必要な事項はありません"]),
    (("own", "r", "--reason", "交替"), ["このゲートウェイが経路 r を受け持ちます"]),
    (("purge", "--report"), ["保管先", "消去の期限が来たもの"]),
    (
        ("release", "{held}", "--reason", "確認済み"),
        ["の保留を解除しました。経路 r の次回の実行で先へ進みます"],
    ),
]


def test_whoever_acts_reads_in_japanese_what_was_done(town, tmp_path):
    good = tmp_path / "again.dat"
    good.write_bytes("00002鈴木　　  00034".encode("cp932"))
    facts = {"good": good, "held": held(town)}
    for words, told in DONE:
        said = ran(town, *(word.format(**facts) for word in words))
        assert [one for one in told if one not in said.output] == [], (words, said.output)
        assert ENGLISH.findall(re.sub(r"linkage-gateway|\S*/\S*", "", said.output)) == [], (
            words,
            said.output,
        )


def test_what_nobody_has_seen_is_said_so_in_japanese(town):
    said = ran(town, "trace", "nothing.dat")
    assert (said.exit_code, "nothing.dat の記録はありません" in said.stderr) == (1, True)


def test_a_city_that_reads_english_is_spoken_to_in_english(tmp_path):
    made = Town(tmp_path)
    made.route()
    made.read_in("en")
    assert ran(made, "pause", "rr", "--reason", "x").stderr == (
        "there is no route, endpoint or vendor rr; did you mean r?\n"
    )
    assert "Error: Missing option '--reason'." in ran(made, "release", "x").stderr


def test_where_nobody_said_which_language_is_read_both_are_spoken(tmp_path):
    said = CliRunner().invoke(main, ["--config", str(tmp_path / "nothing"), "held"])
    assert said.exit_code == 2
    assert "設定フォルダー" in said.stderr
    assert "there is no configuration folder" in said.stderr


def test_a_configuration_that_cannot_be_used_is_told_in_japanese_after_its_faults(tmp_path):
    made = Town(tmp_path)
    made.write("systems.yaml", "systems: [")
    said = ran(made, "held")
    assert said.exit_code == 2
    assert "systems.yaml:" in said.stderr
    assert said.stderr.endswith("すべての誤りは linkage-gateway check で確認できます\n")


def test_lines_of_the_log_that_a_person_reads_at_a_terminal_are_in_japanese(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    (made.here / "wrong.dat").write_bytes(WRONG)
    (line,) = [line for line in ran(made, "once", "r").stderr.splitlines() if "LGW-1201-E" in line]
    assert "ファイルを保留しました" in line
    assert "error=1 件目のレコード" in line
    assert re.search("next_action=[^a-z]*レイアウトの誤りなら直して", line)
