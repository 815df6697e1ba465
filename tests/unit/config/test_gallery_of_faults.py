"""A person who only reads the message can mend the file: every message of the gallery, word by word."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import Field, ValidationError
from written_city import broken, write_city

from adapters.written import Written
from gateway.load import Severity, load
from gateway.load.wording import complaints

GALLERY = yaml.safe_load((Path(__file__).parent / "gallery.yaml").read_text(encoding="utf-8"))
BEFORE_EVERY_CUTOVER = datetime(2026, 11, 1, tzinfo=UTC)


def told(fault):
    return f"warning {fault}" if fault.severity is Severity.WARNING else str(fault)


@pytest.mark.parametrize("case", GALLERY, ids=[case["what"] for case in GALLERY])
def test_each_fault_is_told_with_its_place_and_what_to_write(tmp_path, case):
    city = load(write_city(tmp_path, broken(case["change"])), environment={}, now=BEFORE_EVERY_CUTOVER)
    assert [told(fault) for fault in city.faults] == case["faults"]
    assert list(city.routes) == case["runs"]
    assert city.usable == case.get("usable", True)


PATTERN = re.compile(r'pattern=r"((?:[^"\\\\]|\\\\.)*)"')
ROOT = Path(__file__).parents[3]
PATTERNS = {
    found[1]
    for folder in ("adapters", "gateway/config", "gateway/formats")
    for file in sorted((ROOT / folder).rglob("*.py"))
    for found in PATTERN.finditer(file.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_nobody_has_to_read_a_regular_expression_to_know_what_to_write(pattern):
    class Part(Written):
        key: str = Field(pattern=pattern)

    wrong = next(text for text in ("\n", "/", "x") if not re.match(pattern, text))
    with pytest.raises(ValidationError) as raised:
        Part(key=wrong)
    (complaint,) = complaints(raised.value, Part)
    assert complaint.message.startswith(("key must ", "key has "))
    assert pattern not in complaint.message


def test_the_gallery_is_large_and_tells_each_thing_once():
    assert len({case["what"] for case in GALLERY}) == len(GALLERY) >= 60
