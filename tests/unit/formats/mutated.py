"""Valid files of every kind of record and every encoding, ways to damage them, and what must hold afterwards.

Used by ``test_mutations.py`` with seeded damage and by the coverage-guided fuzzer in ``tests/fuzz``. Whatever comes
in, the answer is a refusal (``REFUSALS``) or a result that survives both ways and that ``independent`` agrees with.
"""

import atexit
import csv
import io
import os
import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random

import independent
import yaml
from pydantic import ValidationError

from gateway.formats import (
    BadRecords,
    CharacterTable,
    Converter,
    Form,
    FormatFaults,
    Layout,
    Mapping,
    compile_conversion,
    import_copybook,
)
from gateway.formats.faults import FaultList

REFUSALS = (BadRecords, FormatFaults, ValidationError)
ENCODINGS = (
    "cp932", "euc-jp", "ibm930", "ibm939", "ibm1390", "ibm1399", "jef", "keis78", "keis83", "jips-j", "jips-e",
)  # fmt: skip
KINDS = ("fixed", "line", "rdw", "blocks", "sets", "odo", "odo-fixed", "redefines")
FOLDER = Path(__file__).parent / "golden"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where files of a test stay off the disk."""
SCRATCH = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR", MEMORY)))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

PLAIN = [
    {"name": "番号", "type": "text", "length": 6, "width": "half", "key": True},
    {"name": "氏名", "type": "text", "length": 20},
    {"name": "カナ", "type": "text", "length": 8, "width": "half"},
    {"name": "金額", "type": "packed", "digits": 7, "decimals": 2, "signed": True},
    {"name": "率", "type": "zoned", "digits": 5, "signed": True},
    {"name": "数", "type": "binary", "length": 4, "signed": True},
    {"name": "日", "type": "date", "form": "GYYMMDD", "eras": list("12345"), "meanings": {"zeros": ""}},
    {"name": "全角", "type": "text", "length": 6, "width": "full"},
]
SHAPES = {
    "odo": [
        {"name": "回数", "type": "zoned", "digits": 1},
        {
            "name": "明細",
            "type": "group",
            "occurs": 3,
            "depends_on": "回数",
            "items": [{"name": "額", "type": "packed", "digits": 5, "signed": True}],
        },
    ],
    "redefines": [
        {"name": "区分", "type": "text", "length": 1, "width": "half"},
        {"name": "個人", "type": "text", "length": 10, "width": "half"},
        {
            "name": "法人",
            "type": "group",
            "redefines": "個人",
            "when": {"item": "区分", "is": ["2"]},
            "items": [
                {"name": "番", "type": "packed", "digits": 9},
                {"name": "略", "type": "text", "length": 5, "width": "half"},
            ],
        },
    ],
}
SIZES = {"odo": 1 + 3 * 3, "redefines": 11}
PLAIN_SIZE = 60
AROUND = {
    "kind": {"at": 1, "length": 1, "data": "2"},
    "header": {
        "kind": "1",
        "items": [
            {"name": "種別", "type": "text", "length": 1, "width": "half", "default": "1"},
            {"type": "filler", "length": 60},
        ],
    },
    "trailer": {
        "kind": "8",
        "items": [
            {"name": "種別", "type": "text", "length": 1, "width": "half", "default": "8"},
            {"name": "件数", "type": "zoned", "digits": 6, "counts": "records"},
            {"name": "合計", "type": "zoned", "digits": 9, "decimals": 2, "signed": True, "totals": "金額"},
            {"type": "filler", "length": 45},
        ],
    },
}
MARK = {"name": "種別", "type": "text", "length": 1, "width": "half", "default": "2"}
COLUMNS = {
    "番号": ("X", 6), "氏名": ("N", 20), "カナ": ("X", 8), "金額": ("S9", 7), "率": ("S9", 5), "数": ("S9", 10),
    "日": ("DATE", None), "全角": ("N", 3), "回数": ("9", 1), "明細(1).額": ("S9", 5), "明細(2).額": ("S9", 5),
    "明細(3).額": ("S9", 5), "区分": ("X", 1), "個人": ("X", 10), "法人.番": ("9", 9), "法人.略": ("X", 5),
}  # fmt: skip
ROWS = (
    ("000019", "見本　太郎", "ﾐﾎﾝ ﾀﾛｳ", "-123.45", "-42", "2147483647", "1985-02-14", "亜市"),
    ("000027", "", "", "0.00", "99999", "-1", "", ""),
    ("A00035", "東京花子", "ABC-12", "99999.99", "0", "0", "2019-05-01", "住民票"),
)
EXTRA = {
    "odo": (("2", "-1", "99999", ""), ("0", "", "", ""), ("3", "1", "2", "3")),
    "redefines": (("1", "ABCDEFGHIJ", "", ""), ("2", "", "123456789", "ABC"), ("1", "", "", "")),
}


def layout_text(kind, encoding):
    """The layout of one kind of records, as people write it."""
    shape = kind.removesuffix("-fixed")
    items = [*deepcopy(PLAIN), *deepcopy(SHAPES.get(shape, []))]
    length = PLAIN_SIZE + SIZES.get(shape, 0)
    records = {"line": "line", "rdw": "rdw", "blocks": "rdw", "odo": "rdw"}.get(kind, "fixed")
    text = {"name": "legacy", "records": records, "length": length, "encoding": encoding, "items": items}
    if kind == "blocks":
        text["rdw"] = {"blocks": True}
    if kind == "sets":
        text |= deepcopy(AROUND) | {"length": length + 1, "items": [dict(MARK), *items]}
    return text


def names(kind):
    """The carried items of one kind of records."""
    shape = kind.removesuffix("-fixed")
    extra = {
        "odo": ["回数", *(f"明細({at}).額" for at in (1, 2, 3))],
        "redefines": ["区分", "個人", "法人.番", "法人.略"],
    }
    return [*(item["name"] for item in PLAIN), *extra.get(shape, [])]


def standard_text(kind):
    """The CSV layout of one kind of records."""
    items = [{"name": name, "type": COLUMNS[name][0], "length": COLUMNS[name][1]} for name in names(kind)]
    for item in items:
        if item["length"] is None:
            del item["length"]
        if item["name"] == "金額":
            item["decimals"] = 2
    return {"name": "standard", "records": "csv", "items": items}


def mapping_text(kind):
    """Every item under its own name."""
    lines = [{"from": name, "to": name} for name in names(kind)]
    return {"name": "m", "from": "legacy", "to": "standard", "items": lines}


@dataclass(frozen=True, kw_only=True)
class Seed:
    """One kind of records in one encoding, with a valid file of each form."""

    kind: str
    encoding: str
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(dir=SCRATCH)), compare=False)

    def converters(self, layout=None, tables=(), *, fast=True):
        """To CSV and back, for this layout or another; ``fast=False``: without the compiled kernels."""
        legacy = Form(
            layout=Layout.model_validate(layout or layout_text(self.kind, self.encoding)), tables=tables
        )
        other = Form(layout=Layout.model_validate(standard_text(self.kind)))
        lines = Mapping.model_validate(mapping_text(self.kind))
        ways = ((legacy, other), (other, legacy))
        return tuple(compile_conversion(*ends, lines, fast=fast) for ends in ways)

    @cached_property
    def both(self) -> tuple[Converter, Converter]:
        """The converters of the undamaged layout."""
        return self.converters()

    @cached_property
    def reference(self) -> tuple[Converter, Converter]:
        """The same without the compiled kernels."""
        return self.converters(fast=False)

    @cached_property
    def csv(self) -> bytes:
        """A valid CSV file."""
        shape = self.kind.removesuffix("-fixed")
        extra = EXTRA.get(shape, ((),) * len(ROWS))
        rows = [names(self.kind), *([*row, *more] for row, more in zip(ROWS, extra, strict=True))]
        text = "".join(",".join(row) + "\n" for row in rows)
        # In EUC-JP half-width kana are two bytes.
        return (text.replace("ﾐﾎﾝ ﾀﾛｳ", "MIHON TA") if self.encoding == "euc-jp" else text).encode()

    @cached_property
    def legacy(self) -> bytes:
        """The same as legacy records."""
        return self.converted(self.both[1], self.csv)

    def converted(self, converter, raw):
        """What a converter makes of some bytes, its own proof included; raises one of ``REFUSALS``."""
        source, target = self.folder / "in", self.folder / "out"
        source.write_bytes(raw)
        converter.convert(source, target)
        converter.verify(source, target)
        return target.read_bytes()


def every_seed():
    """All kinds in all encodings."""
    return [Seed(kind=kind, encoding=encoding) for kind in KINDS for encoding in ENCODINGS]


def as_text(raw: bytes) -> str:
    """The bytes of a copybook as its text."""
    return "".join(one for one in raw.decode("utf-8", "replace") if one.isprintable() or one == "\n")


def damaged(random: Random, raw: bytes, other: bytes) -> bytes:
    """The bytes with one to three changes: flip, overwrite, cut, insert, duplicate, splice."""
    found = bytearray(raw)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(found) + 1)
        size = random.choice((1, 1, 2, 3, 7, 60, 61, 120))
        match random.randrange(6):
            case 0 if at < len(found):
                found[at] ^= 1 << random.randrange(8)
            case 1:
                found[at : at + 1] = bytes(
                    [random.choice((0, 0x0E, 0x0F, 0x22, 0x28, 0x29, 0x40, 0xF0, 0xFF))]
                )
            case 2:
                del found[at : at + size]
            case 3:
                found[at:at] = random.randbytes(size)
            case 4:
                found[at:at] = found[at : at + size]
            case _:
                start = random.randrange(len(other) + 1)
                found[at : at + size] = other[start : start + size]
    return bytes(found)


def outcome(seed: Seed, converter: Converter, raw: bytes) -> tuple[bytes, object]:
    """The converted bytes and no report, or no bytes and the report."""
    try:
        return seed.converted(converter, raw), None
    except BadRecords as refused:
        return b"", refused.report


def check_legacy(seed: Seed, raw: bytes) -> bool:
    """Damaged legacy records are refused (False), or read as the independent reader reads them and come back equal.

    The compiled kernels and the reference path give the same bytes or the same report.
    """
    up, down = seed.both
    made, report = outcome(seed, up, raw)
    assert outcome(seed, seed.reference[0], raw) == (made, report)
    if report is not None:
        return False
    rows = list(csv.reader(io.StringIO(made.decode(), newline="")))[1:]
    expected = independent.rows(seed.kind, seed.encoding, PLAIN, raw)
    if expected is not None:
        assert [independent.agrees(*pair) for pair in zip(rows, expected, strict=True)] == [""] * len(rows)
    back = seed.converted(down, made)
    assert seed.converted(up, back) == made
    return True


def check_csv(seed: Seed, raw: bytes) -> bool:
    """A damaged CSV is refused (False), or carried there and back with the same values.

    The compiled kernels and the reference path give the same bytes or the same report.
    """
    up, down = seed.both
    made, report = outcome(seed, down, raw)
    assert outcome(seed, seed.reference[1], raw) == (made, report)
    if report is not None:
        return False
    back = seed.converted(up, made)
    before, after = (list(csv.reader(io.StringIO(text.decode(), newline=""))) for text in (raw, back))
    types = [COLUMNS[name][0] for name in names(seed.kind)]
    pairs = zip(before[1:], after[1:], strict=True)
    assert [independent.same_cells(types, *pair) for pair in pairs] == [""] * len(after[1:])
    return True


def check_layout(seed: Seed, text: dict) -> None:
    """A damaged layout is refused with its faults, or works."""
    try:
        up, down = seed.converters(layout=text)
    except REFUSALS:
        return
    for converter, other, raw in ((up, down, seed.legacy), (down, up, seed.csv)):
        try:
            made = seed.converted(converter, raw)
            again = seed.converted(other, made)
        except REFUSALS:
            continue
        assert seed.converted(converter, again) == made


def check_table(seed: Seed, text: str) -> None:
    """A damaged 外字 table is refused with its faults, or works."""
    try:
        table = CharacterTable.parse(text, source="characters/t.csv")
        layout = layout_text(seed.kind, seed.encoding) | {"characters": ["t"]}
        up, down = seed.converters(layout=layout, tables=(table,))
    except REFUSALS:
        return
    written = "".join(character for _, character in table.codes)
    for raw in (seed.csv, seed.csv.replace("見本".encode(), written[:4].encode("utf-8", "replace"))):
        try:
            made = seed.converted(down, raw)
        except REFUSALS:
            continue
        assert seed.converted(up, made) == raw


def check_copybook(text: str, encoding: str = "ibm930") -> bool:
    """A damaged copybook is refused with its lines (False), or is written out as YAML.

    That loads as a layout, or says why it does not; one without faults covers its records without a gap.
    """
    try:
        written = import_copybook(text, source="r.cpy", encoding=encoding)
        layout = Layout.model_validate(yaml.safe_load(written))
        records, faults = Form(layout=layout).compiled()
    except REFUSALS:
        return False
    if faults:
        return False
    raw = bytes(layout.length or 0)
    assert [frame.body for frame in records.frames(io.BytesIO(raw), FaultList())] == [raw]
    return True


def damaged_layout(random: Random, text: dict) -> dict:
    """A layout with one or two keys gone, doubled, renamed, or with other values."""
    found = deepcopy(text)
    for _ in range(random.choice((1, 1, 2))):
        place = random.choice(list(_places(found)))
        _damage_place(random, *place)
    return found


STRANGE = (
    None, True, -1, 0, 1, 2, 3, 31, 38, 39, 10**6, 10**30, 1.5, "", "1", "text", "zoned", "packed", "binary", "float",
    "X", "N", "date", "filler", "group", "①", "亜", "zone-7", "GYYMMDD", [], {}, ["1"], {"zeros": ""}, {"blank": "0"},
    {"item": "番号", "is": ["1"]}, "番号", "氏名", "cp932", "jef", "jips-e", "ibm290", "fixed", "rdw", "line", "csv",
    "trailing-separate", "little", "ieee", "microsoft", "placeholder", "table", "\x00", "U+4E00",
)  # fmt: skip
KEYS = (
    "at", "length", "digits", "decimals", "signed", "sign", "plus", "width", "justify", "occurs", "depends_on", "when",
    "redefines", "meanings", "default", "counts", "totals", "coding", "order", "fill", "required", "overpunch", "form",
    "eras", "type", "name", "sign_nibble", "items", "single", "pairs", "unmapped", "placeholder", "line_end", "kind",
)  # fmt: skip


def _places(value):
    """Every mapping or list inside, itself included."""
    if isinstance(value, dict | list) and value:
        yield (value,)
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _places(inner)


def _damage_place(random: Random, place) -> None:
    keys = list(place) if isinstance(place, dict) else range(len(place))
    key = random.choice(list(keys))
    match random.randrange(5):
        case 0:
            del place[key]
        case 1:
            place[key] = deepcopy(random.choice(STRANGE))
        case 2 if isinstance(place, dict):
            place[random.choice(KEYS)] = deepcopy(random.choice(STRANGE))
        case 3 if isinstance(place, list):
            place.insert(random.randrange(len(place) + 1), deepcopy(place[key]))
        case _:
            number = place[key] if isinstance(place[key], int) else 0
            place[key] = number + random.choice((-1, 1, 7))
