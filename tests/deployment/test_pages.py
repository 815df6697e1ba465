"""What the pages about security and sizing say is what is there."""

import re
from math import ceil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
STRIDE = (
    "Spoofing",
    "Tampering",
    "Repudiation",
    "Information disclosure",
    "Denial of service",
    "Elevation of privilege",
)

ACTIONS = {
    "abort_multipart_upload": "AbortMultipartUpload",
    "complete_multipart_upload": "PutObject",
    "copy_object": "PutObject",
    "create_multipart_upload": "PutObject",
    "delete_object": "DeleteObject",
    "get_object": "GetObject",
    "head_object": "GetObject",
    "list_multipart_uploads": "ListBucketMultipartUploads",
    "list_object_versions": "ListBucketVersions",
    "list_objects_v2": "ListBucket",
    "list_parts": "ListMultipartUploadParts",
    "put_object": "PutObject",
    "upload_part": "PutObject",
    "upload_part_copy": "PutObject",
}
"""What each call needs, by the service authorization reference of AWS for S3."""


def rows(title):
    """The rows of one table: threat, what is done, tests."""
    section = PAGE.split(f"### {title}")[1].split("\n##")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def all_tests():
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(
            re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
    return found


@pytest.mark.parametrize("title", STRIDE)
def test_each_mitigation_names_a_test_and_each_named_test_is_there(title):
    known = all_tests()
    assert len(rows(title)) >= 3
    for threat, _, shown in rows(title):
        named = re.findall(r"`(test_\w+)`", shown)
        assert named, threat
        assert set(named) <= known, threat


def test_the_policy_of_a_bucket_allows_each_call_that_is_made_and_no_other():
    calls = set()
    for path in (ROOT / "adapters/s3").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        calls |= set(re.findall(r"\b_?client\.([a-z_0-9]+)\(", text)) | set(
            re.findall(r"get_paginator\(\"(\w+)\"", text)
        )
    needed = {ACTIONS[call] for call in calls - {"get_paginator"}}
    allowed = set(re.findall(r"\"s3:(\w+)\"", PAGE))
    assert needed <= allowed
    assert allowed - needed <= {"GetObjectVersion", "DeleteObjectVersion"}


def test_the_exposure_that_the_page_of_deployment_names_is_the_one_that_is_tested():
    tested = (ROOT / "tests/deployment/test_under_systemd.py").read_text(encoding="utf-8")
    (most,) = re.findall(r"^WORST_EXPOSURE = ([\d.]+)$", tested, re.MULTILINE)
    assert f"an exposure of\n{most} (of 10)" in (ROOT / "docs/deployment.md").read_text(encoding="utf-8")


def test_every_measured_figure_of_the_sizing_guide_stands_among_the_benchmarks():
    guide = (ROOT / "docs/sizing.md").read_text(encoding="utf-8")
    table = guide.split("## What was measured")[1].split("\n\nNot measured")[0]
    measured = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")
    figures = [row.split("|")[2] for row in table.splitlines() if row.startswith("| ")][1:]
    assert len(figures) == 9
    for number in (number for figure in figures for number in re.findall(r"\d[\d,.]*\d|\d", figure)):
        assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d.])", measured), number


def test_the_sums_of_the_sizing_guide_are_right():
    guide = (ROOT / "docs/sizing.md").read_text(encoding="utf-8")
    rows_by_name = {
        cells[0].strip(): [float(cell.replace(",", "")) for cell in cells[1:]]
        for cells in (
            line.strip("|").split("|")
            for line in guide.split("on paper")[1].splitlines()
            if line.startswith("| ")
        )
        if cells[0].strip()
    }
    cities = (1, 77, 1741)
    files = [count * 500 * 4 for count in cities]
    assert rows_by_name["routes"] == [count * 500 for count in cities]
    assert rows_by_name["files a day"] == files
    for row in ("files/s within two hours", "MB/s within two hours"):
        assert rows_by_name[row] == [round(count / 7200, 1) for count in files]
    (carried,) = re.findall(r"small files .* the whole job \| (\d+) files/s", guide)
    assert rows_by_name[f"gateways by files, at half of {carried} files/s"] == [
        ceil(count / 7200 / (int(carried) / 2)) for count in files
    ]
    assert rows_by_name["gateways by routes, at 10,000 each"] == [
        ceil(count * 500 / 10_000) for count in cities
    ]
