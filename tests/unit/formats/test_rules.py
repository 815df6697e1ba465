"""Every rule that a record can break is explained to those who have to see to it."""

import ast
import re
from pathlib import Path

from gateway import formats
from gateway.formats.rules import RULES


def written_rules():
    """The rules that stand in the code where a fault is made."""
    for path in Path(formats.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _rules_of(node)


def _rules_of(call):
    name = getattr(call.func, "id", "")
    given = [one.value for one in call.keywords if one.arg == "rule"] if name == "BadRecord" else []
    given += call.args[:1] if name in ("BadValueError", "_whole_file") else []
    for value in given:
        for one in ast.walk(value):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def test_every_rule_that_the_code_names_says_in_both_languages_what_it_means():
    assert set(written_rules()) - RULES.keys() == set()
    for name, rule in RULES.items():
        assert (name, bool(rule.text), bool(re.search("[ぁ-ん一-龠]", rule.text_ja))) == (name, True, True)
