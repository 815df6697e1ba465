"""What was found of a held file is told in Japanese: the gateway's own texts, and what places answer."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.ftp import adapter as ftp
from adapters.local import adapter as local
from adapters.s3 import adapter as s3
from adapters.sftp import adapter as sftp
from gateway.carrying.diverting import _diversion
from gateway.errors import Reason
from gateway.findings import SAYINGS, in_japanese
from gateway.formats import BadRecord
from gateway.formats.rules import RULES
from gateway.formats.survey import Survey
from gateway.stores.spool import Stored

GATEWAY = Path(__file__).parents[2] / "gateway"
ASIDE = "Ａ１"
"""Stands for what a text says of a file: nothing in English, and found again in Japanese."""

HOLDERS = {
    "Held": (1, 2),
    "held": (2, 3, 4),
    "hold": (3, 4),
    "unproved": (0,),
    "_groundless": (2,),
    "_refused": (2, 3),
}
"""What holds a file, and which of its arguments are texts for people; ``hint`` is one wherever it stands."""


def english(text):
    """Words that nobody who reads Japanese alone understands; names of keys and commands are none."""
    plain = re.sub(
        r"(ROUTE:to|limits|state_dir|exists|path|release|linkage-gateway|expect|order|convert|cluster|kind|pending)\S*",
        "",
        text,
    )
    return re.findall(r"\b(?:the|it|is|of|to|and|that|has|was|are)\b", plain)


SPEAKERS = {
    "stop_with": (0,),
    "say": (0,),
    "warn": (0,),
    "spoken": (0,),
    "WrongUse": (0,),
    "AlreadyRunning": (0,),
    "JournalUnusable": (0,),
    "NothingToDo": (0,),
    "NotToBeCorrected": (0,),
    "NotCompared": (0,),
    "NotKept": (0,),
    "NotTold": (0,),
    "GatewayError": (0,),
}
"""What commands say, and the errors with which they are refused."""

BY_AUTHORS = {
    f"cli/{command}.py"
    for command in (
        "bundle", "check", "convert", "demo", "diff", "doctor", "encryption", "impact", "inventory", "new", "password",
        "plan", "preview", "reference", "rehearse", "sample", "timetable",
    )
}  # fmt: skip
"""Commands of those who write the configuration and prepare a move: in English, as the configuration's faults are."""

UNSEEN = {"evidence/shadowing.py", "routes/attempt.py"}
"""Errors that no command shows: they are logged."""


class Texts(ast.NodeVisitor):
    """Every text that is given to one of the callables named, its facts replaced by ``ASIDE``."""

    def __init__(self, callables):
        self.found, self._functions, self._callables = [], [], callables

    def visit_FunctionDef(self, node):
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_AsyncFunctionDef(self, node):
        self.visit_FunctionDef(node)

    def visit_Call(self, node):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in self._callables and self._functions:
            asked = [node.args[at] for at in self._callables[name] if at < len(node.args)]
            asked += [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            for one in asked:
                self.found += self._texts(one)
        self.generic_visit(node)

    def _texts(self, node):
        match node:
            case ast.Constant(value=str(text)):
                return [text] if " " in text else []
            case ast.JoinedStr():
                return ["".join(one.value if isinstance(one, ast.Constant) else ASIDE for one in node.values)]
            case ast.IfExp():
                return self._texts(node.body) + self._texts(node.orelse)
            case ast.Name(id=name):
                return [text for one in self._assigned(name) for text in self._texts(one)]
        return []

    def _assigned(self, name):
        for one in ast.walk(self._functions[-1]):
            if isinstance(one, ast.Assign) and any(getattr(to, "id", "") == name for to in one.targets):
                yield one.value


def texts(callables=HOLDERS, besides=frozenset()):
    found = {}
    for path in sorted(GATEWAY.rglob("*.py")):
        if not {"demo", "reference"} & {*path.parts} and path.relative_to(GATEWAY).as_posix() not in besides:
            visitor = Texts(callables)
            visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
            found |= {text: path.relative_to(GATEWAY) for text in visitor.found}
    return found


def test_the_texts_are_found_in_the_code():
    assert len(texts()) > 40


@pytest.mark.parametrize("text", texts())
def test_whatever_a_file_is_held_for_is_told_in_japanese(text):
    told = in_japanese(text)
    assert told != text
    assert english(told) == []
    assert told.count(ASIDE) == text.count(ASIDE), "every fact is told"
    assert not re.search(r"\b(offset|record|item|bytes|rows)\b", told), told


SPOKEN = [text for text in texts(SPEAKERS, BY_AUTHORS | UNSEEN) if len(re.findall("[a-z]{2,}", text)) > 1]


def test_what_commands_say_is_found_in_the_code():
    assert len(SPOKEN) > 100


@pytest.mark.parametrize("text", SPOKEN)
def test_whatever_a_command_says_or_is_refused_for_is_told_in_japanese(text):
    told = in_japanese(text)
    assert re.search("[ぁ-ん]", told), told
    assert english(told) == []
    assert told.count(ASIDE) == text.count(ASIDE), "every fact is told"


OF_VALUES = {"BadValueError": (1,), "_refuse": (0,), "_whole_file": (1,), "BadRecord": ()}
FAULTS = [text for text, path in texts(OF_VALUES).items() if path.parts[0] == "formats" and text != ASIDE]


def test_what_is_wrong_with_values_is_found_in_the_code():
    assert len(FAULTS) > 70


@pytest.mark.parametrize("text", FAULTS)
def test_what_exactly_is_wrong_with_a_value_is_told_in_japanese(text):
    told = in_japanese(text)
    assert re.search("[ぁ-ん]", told), told
    assert english(told) == []
    assert told.count(ASIDE) == text.count(ASIDE), "every fact is told"


ANSWERS = [rule.says for module in (ftp, sftp, s3, local) for rule in module.ERRORS]


@pytest.mark.parametrize("says", dict.fromkeys(ANSWERS))
def test_whatever_a_place_answers_is_told_in_japanese_with_its_own_words(says):
    ended = f"the retries ended without success (writing out/a.csv: {says} (550 No (such) file))"
    told = in_japanese(ended)
    assert english(told) == []
    assert "out/a.csv" in told
    assert "550 No (such) file" in told


ADVICE = {rule.hint: rule.says for module in (ftp, sftp, s3, local) for rule in module.ERRORS if rule.hint}


@pytest.mark.parametrize("hint", ADVICE)
def test_what_to_do_about_a_place_is_told_in_japanese(hint):
    told = in_japanese(f"listing in/*.dat: {ADVICE[hint]} (530 Login (here) incorrect): {hint}")
    assert english(told) == []
    assert "530 Login (here) incorrect" in told


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_record_is_told_by_its_place_and_its_rule(rule):
    told = in_japanese(f"record 12, item 氏名 (1), offset 40: it has (some) fault ({rule}); 3 more")
    assert told == f"12 件目のレコード、項目 氏名 (1)、位置 40：{RULES[rule].text_ja}（{rule}）（ほか 3 件）"


def test_a_step_of_its_history_is_told_with_its_reason():
    assert (
        in_japanese(f"{Reason.OLDER}: a newer full file was delivered")
        == "older：より新しい全件ファイルを配信済みです"
    )


def test_a_name_is_a_name_whatever_it_reads_like():
    assert in_japanese("size exists") == "size はすでにあります"


@pytest.mark.parametrize("text", ["", "a text of nobody here", "日本語"])
def test_what_nobody_knows_stays_as_it_is(text):
    assert in_japanese(text) == text


def test_each_text_stands_once_and_loses_no_fact():
    assert len({english for english, _ in SAYINGS}) == len(SAYINGS)
    for english_text, japanese in SAYINGS:
        facts = [sorted(re.findall(r"\{\w+\}", one)) for one in (english_text, japanese)]
        assert facts[0] == facts[1], english_text


@pytest.mark.parametrize("sheet", [Path("/state/diverted/Ａ１.xlsx"), None])
def test_records_that_were_taken_out_of_a_file_are_told_of_in_japanese(sheet):
    first = BadRecord(record=2, offset=21, item="金額", rule="number", message="not a decimal number")
    found = Survey(records=3, bad={2: (first,)}, around=0)
    diversion = _diversion(SimpleNamespace(id="T1"), Stored(size=1, sha256="0"), found, sheet)
    for text in (diversion.message, diversion.hint):
        assert english(in_japanese(text)) == [], in_japanese(text)
    assert "3 件中 1 件" in in_japanese(diversion.message)


@pytest.mark.parametrize(
    ("english_text", "japanese"),
    [
        ("by 2027-01-04 06:30: 1 of 2", "期限 2027-01-04 06:30：2 件中 1 件が到着"),
        ("sent 2, taken 3", "送信 2 件、取込 3 件"),
        ("sent 2, taken none that can be read", "送信 2 件、受領証から件数を読み取れません"),
        ("the last run was still going", "前の実行が続いていました"),
    ],
)
def test_what_an_alarm_adds_to_its_sentence_is_told_in_japanese_too(english_text, japanese):
    assert in_japanese(english_text) == japanese
