"""Copybooks in the shape of those that public COBOL converters are tested with; data and results worked out by hand.

``golden/NAME.cpy`` is the copybook. ``golden/NAME.yaml`` has the bytes of a file in hex with what each part is, and
the values of every record; ``when`` states what the importer leaves to people: which item tells redefinitions apart.
"""

import io
import re
from pathlib import Path

import pytest
import yaml

from gateway.formats import Layout, import_copybook
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.fixedcompiler import FixedCompiler
from gateway.formats.values.fields import Losses

FOLDER = Path(__file__).parent / "golden"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
REDEFINITION = re.compile(r"^( *)# (?=- |  )", re.MULTILINE)


def case(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def file_of(text):
    """The bytes of hex lines with remarks."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


def completed(items, stated):
    """The imported items with the conditions that people state."""
    for item in items:
        if "redefines" in item:
            item["when"] = stated[item["name"]]
        completed(item.get("items", []), stated)
    return items


def layout_of(name, wanted):
    text = (FOLDER / f"{name}.cpy").read_text("utf-8")
    written = import_copybook(text, source=f"{name}.cpy", encoding=wanted["encoding"])
    imported = yaml.safe_load(REDEFINITION.sub(r"\1", written))
    completed(imported["items"], wanted.get("when", {}))
    imported["items"] = [item | wanted.get("each_item", {}) for item in imported["items"]]
    return Layout.model_validate(imported | wanted.get("layout", {}))


def compiled(layout):
    compiler = FixedCompiler(layout, ())
    records = compiler.compile()
    assert compiler.faults == []
    return records


def rows_of(records, raw):
    faults = FaultList()
    rows = [records.read(frame, faults, Losses()) for frame in records.frames(io.BytesIO(raw), faults)]
    faults.raise_if_any()
    return rows


def carried(layout, row):
    """The items that a record has a value for."""
    pairs = zip(layout.leaves, row, strict=True)
    return {leaf.item.name: value for leaf, value in pairs if leaf.item.type != "filler" and value}


def written_back(records, layout, rows):
    writer = records.writer()
    fillers = [leaf.item.type == "filler" for leaf in layout.leaves]
    parts = []
    for row in rows:
        values = [None if filler else value for filler, value in zip(fillers, row, strict=True)]
        raw, wrong = writer.put(values, Losses())
        assert wrong == []
        parts.append(raw)
    return b"".join(parts) + writer.close()


def test_there_are_enough_cases_and_each_copybook_has_its_values():
    assert len(CASES) >= 40
    assert sorted(path.stem for path in FOLDER.glob("*.cpy")) == CASES


@pytest.mark.parametrize("name", CASES)
def test_a_copybook_reads_its_data_as_worked_out_by_hand(name):
    wanted = case(name)
    layout = layout_of(name, wanted)
    rows = rows_of(compiled(layout), file_of(wanted["data"]))
    assert [carried(layout, row) for row in rows] == wanted["expect"]


@pytest.mark.parametrize("name", CASES)
def test_the_values_of_a_copybook_write_its_data_again(name):
    wanted = case(name)
    layout = layout_of(name, wanted)
    records = compiled(layout)
    raw = file_of(wanted["data"])
    expected = bytes.fromhex(wanted["written"]) if "written" in wanted else raw
    assert written_back(records, layout, rows_of(records, raw)).hex() == expected.hex()
