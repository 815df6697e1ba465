"""Differences between full files, told to a consumer that is written here and knows nothing of the engine."""

import csv
import io
import stat
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, Form, Layout
from gateway.formats.differences import apply, difference, digest
from gateway.formats.keyed import KeyFault, keyed

CSV = {
    "name": "csv",
    "records": "csv",
    "changes": {"item": "区分", "insert": 1, "update": 2, "delete": 3},
    "items": [
        {"name": "区分", "type": "X", "length": 1},
        {"name": "年度", "type": "YEAR", "id": "00100001"},
        {"name": "番号", "type": "X", "length": 5},
        {"name": "氏名", "type": "N", "length": 5},
    ],
}
FIXED = {
    "name": "fixed",
    "records": "fixed",
    "length": 20,
    "encoding": "cp932",
    "kind": {"at": 1, "length": 1, "data": "2"},
    "changes": {"item": "区分", "insert": "A", "update": "A", "delete": "D"},
    "header": {
        "kind": "1",
        "items": [
            {"name": "種別", "type": "text", "length": 1, "default": "1"},
            {"name": "作成日", "type": "date", "form": "YYYYMMDD"},
            {"type": "filler", "length": 11},
        ],
    },
    "items": [
        {"name": "種別", "type": "text", "length": 1, "default": "2"},
        {"name": "番号", "type": "text", "length": 5, "width": "half"},
        {"name": "年度", "type": "zoned", "digits": 4},
        {"name": "氏名", "type": "text", "length": 9},
        {"name": "区分", "type": "text", "length": 1, "width": "half", "default": "*"},
    ],
    "trailer": {
        "kind": "8",
        "items": [
            {"name": "種別", "type": "text", "length": 1, "default": "8"},
            {"name": "件数", "type": "zoned", "digits": 6, "counts": "records"},
            {"type": "filler", "length": 13},
        ],
    },
}
KEY = ("番号", "年度")


def form(written):
    return Form(layout=Layout.model_validate(written))


def csv_file(rows, kinds=None):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["区分", "年度", "番号", "氏名"])
    for (number, year), name in rows.items():
        writer.writerow([kinds or "", year, number, name])
    return text.getvalue().encode()


def csv_rows(raw):
    cells = csv.reader(io.StringIO(raw.decode(), newline=""))
    next(cells)
    return [(kind, (number, year), name) for kind, year, number, name in cells]


def fixed_file(rows, kinds="*", made="20270104"):
    body = b"".join(
        b"2" + number.encode().ljust(5) + year.encode() + name.encode("cp932").ljust(9) + kinds.encode()
        for (number, year), name in rows.items()
    )
    return f"1{made}{'':11}".encode() + body + f"8{len(rows):06}{'':13}".encode()


def fixed_rows(raw):
    records = [raw[at : at + 20] for at in range(0, len(raw), 20)]
    assert records[0][:1] == b"1"
    assert records[-1] == f"8{len(records) - 2:06}{'':13}".encode()
    return [
        (r[19:].decode(), (r[1:6].decode().rstrip(), r[6:10].decode()), r[10:19].decode("cp932").rstrip())
        for r in records[1:-1]
    ]


FORMS = {"csv": (CSV, csv_file, csv_rows, "123"), "fixed": (FIXED, fixed_file, fixed_rows, "AAD")}
KEYED = {kind: keyed(form(parts[0]), KEY) for kind, parts in FORMS.items()}
KINDS = pytest.mark.parametrize("kind", FORMS)

ROWS = st.dictionaries(
    st.tuples(st.from_regex("[0-9A-Z]{1,5}", fullmatch=True), st.sampled_from(["2026", "2027"])),
    st.sampled_from(["山田", "山　田", "佐藤", "高橋"]),
    max_size=8,
)
"""Rows as a person knows them: number and year to a name."""


def obeyed(known, told, words):
    """What a consumer knows after it did what it was told."""
    insert, update, delete = words
    known = dict(known)
    for kind, key, name in told:
        if kind == delete:
            assert known.pop(key) == name, "a row that is gone stands there as it was last"
            continue
        assert kind == (update if key in known else insert)
        assert known.get(key) != name
        known[key] = name
    return known


class Desk:
    """A folder in which full files and differences of one form are made."""

    def __init__(self, kind, folder):
        _, self.file, self.rows, self.words = FORMS[kind]
        self.keyed = KEYED[kind]
        self.folder = folder
        self.count = 0

    def path(self):
        self.count += 1
        return self.folder / str(self.count)

    def full(self, rows):
        path = self.path()
        path.write_bytes(self.file(rows))
        return path

    def told(self, found):
        path = self.path()
        found.write(path)
        return self.rows(path.read_bytes()), path


@KINDS
@settings(max_examples=40, deadline=None)
@given(files=st.lists(ROWS.filter(bool), min_size=1, max_size=5))
def test_a_consumer_that_obeys_has_the_newest_full_file_each_time(tmp_path_factory, kind, files):
    desk = Desk(kind, tmp_path_factory.mktemp("desk"))
    known, base = {}, None
    for rows in files:
        new = desk.full(rows)
        found = difference(desk.keyed, base, new)
        told, _ = desk.told(found) if found.change.total or kind == "csv" else ([], None)
        known = obeyed(known, told, desk.words)
        assert known == rows
        assert found.change.rows == len(rows)
        assert found.change.before + found.change.inserts - found.change.deletes == len(rows)
        base = new


@KINDS
@settings(max_examples=40, deadline=None)
@given(before=ROWS.filter(bool), after=ROWS.filter(bool))
def test_the_way_back_leads_back_and_deletions_come_first(tmp_path_factory, kind, before, after):
    desk = Desk(kind, tmp_path_factory.mktemp("desk"))
    one, other = desk.full(before), desk.full(after)
    found = difference(desk.keyed, one, other)
    back = found.inverse()
    assert (back.change.inserts, back.change.updates, back.change.deletes) == (
        found.change.deletes,
        found.change.updates,
        found.change.inserts,
    )
    assert back.digest == digest(desk.keyed, one)
    if found.change.total:
        told, _ = desk.told(back)
        assert obeyed(after, told, desk.words) == before
        deletions = [word == desk.words[2] for word, _, _ in told]
        assert deletions == sorted(deletions, reverse=True)


@KINDS
@settings(max_examples=40, deadline=None)
@given(files=st.lists(ROWS.filter(bool), min_size=2, max_size=5))
def test_differences_make_the_full_file_again_one_by_one_and_all_at_once(tmp_path_factory, kind, files):
    desk = Desk(kind, tmp_path_factory.mktemp("desk"))
    fulls = [desk.full(rows) for rows in files]
    steps = [difference(desk.keyed, *pair) for pair in pairwise(fulls)]
    written = [desk.told(step)[1] for step in steps if step.change.total]
    made = desk.path()
    apply(desk.keyed, fulls[0], written, made)
    assert {key: name for _, key, name in desk.rows(made.read_bytes())} == files[-1]
    assert {word for word, _, _ in desk.rows(made.read_bytes())} == {"" if kind == "csv" else "*"}
    assert digest(desk.keyed, made) == digest(desk.keyed, fulls[-1])
    undos = [desk.told(step.inverse())[1] for step in reversed(steps) if step.change.total]
    apply(desk.keyed, made, undos, back := desk.path())
    assert digest(desk.keyed, back) == digest(desk.keyed, fulls[0])


@KINDS
def test_rows_in_another_order_are_no_difference(tmp_path, kind):
    desk = Desk(kind, tmp_path)
    rows = {("1", "2026"): "山田", ("2", "2026"): "佐藤", ("1", "2027"): "山田"}
    found = difference(desk.keyed, desk.full(rows), desk.full(dict(reversed(rows.items()))))
    assert found.change.total == 0


def test_a_header_of_another_day_is_no_difference_and_deletions_go_under_the_newer_one(tmp_path):
    desk = Desk("fixed", tmp_path)
    rows = {("1", "2026"): "山田", ("2", "2026"): "佐藤"}
    older, newer = desk.full(rows), desk.path()
    newer.write_bytes(fixed_file({("1", "2026"): "山田"}, made="20270105"))
    told, path = desk.told(difference(desk.keyed, older, newer))
    assert told == [("D", ("2", "2026"), "佐藤")]
    assert path.read_bytes().startswith(b"120270105")


@KINDS
def test_a_key_that_comes_twice_is_refused_by_the_number_of_its_record(tmp_path, kind):
    desk = Desk(kind, tmp_path)
    path = desk.full({("1", "2026"): "山田", ("2", "2026"): "佐藤", ("3", "2026"): "鈴木"})
    twice = {"csv": (b"\n,2026,3,", b"\n,2026,1,"), "fixed": (b"23    2026", b"21    2026")}[kind]
    path.write_bytes(path.read_bytes().replace(*twice))
    with pytest.raises(BadRecords) as refused:
        difference(desk.keyed, None, path)
    (bad,) = refused.value.report.records
    assert (bad.record, bad.item, bad.rule) == (
        {"csv": 3, "fixed": 4}[kind], "番号+年度", "duplicate-key",
    )  # fmt: skip
    assert refused.value.report.total == 1


@KINDS
def test_a_change_of_an_unknown_kind_is_refused_and_nothing_is_written(tmp_path, kind):
    desk = Desk(kind, tmp_path)
    differential, made = desk.path(), desk.path()
    differential.write_bytes(desk.file({("1", "2026"): "山田"}, kinds="9"))
    with pytest.raises(BadRecords) as refused:
        apply(desk.keyed, None, [differential], made)
    assert refused.value.report.records[0].rule == "change"
    assert not made.exists()


@KINDS
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data())
def test_the_last_word_on_a_key_counts(tmp_path_factory, kind, rows, data):
    desk = Desk(kind, tmp_path_factory.mktemp("desk"))
    keys = st.sampled_from([*rows, ("NEW", "2027")])
    word = st.tuples(keys, st.sampled_from("UD"), st.sampled_from(["伊藤", "山田"]))
    said = data.draw(st.lists(word, min_size=1, max_size=8))
    parts = []
    for key, what, name in said:
        path = desk.path()
        path.write_bytes(desk.file({key: name}, kinds=desk.words[2] if what == "D" else desk.words[1]))
        parts.append(path)
    expected = dict(rows)
    for key, what, name in said:
        expected.pop(key, None)
        if what == "U":
            expected[key] = name
    apply(desk.keyed, desk.full(rows) if rows else None, parts, made := desk.path())
    found = desk.rows(made.read_bytes()) if expected or kind == "csv" else []
    assert {key: name for _, key, name in found} == expected


def test_what_is_written_is_for_its_owner_alone(tmp_path):
    desk = Desk("csv", tmp_path)
    _, path = desk.told(difference(desk.keyed, None, desk.full({("1", "2026"): "山田"})))
    apply(desk.keyed, None, [path], made := desk.path())
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, made)} == {0o600}


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"changes": None}, KEY, "does not say where a record tells"),
        ({}, ("世帯",), "has no item 世帯"),
        ({}, ("区分",), "cannot be part of the key"),
        (
            {"changes": {"item": "区分", "insert": "10", "update": "2", "delete": "3"}},
            KEY,
            "value for insert",
        ),
        (
            {"changes": {"item": "年度", "insert": "2026", "update": "2027", "delete": "9"}},
            ("番号",),
            "value for delete",
        ),
    ],
)
def test_a_layout_that_cannot_tell_rows_or_changes_is_refused(change, key, message):
    with pytest.raises(KeyFault, match=message):
        keyed(form(CSV | change), key)


def test_an_item_that_cannot_be_empty_needs_a_default_to_stand_in_a_full_file():
    items = [{**CSV["items"][0], "required": True}, *CSV["items"][1:]]
    with pytest.raises(KeyFault, match="give it a default"):
        keyed(form(CSV | {"items": items}), KEY)


def test_a_legacy_item_needs_a_default_to_stand_in_a_full_file():
    items = [*FIXED["items"][:-1], {key: FIXED["items"][-1][key] for key in ("name", "type", "length")}]
    with pytest.raises(KeyFault, match="give it a default"):
        keyed(form(FIXED | {"items": items}), KEY)


def test_a_file_of_many_sets_is_refused():
    with pytest.raises(KeyFault, match="sets: many"):
        keyed(form(FIXED | {"sets": "many"}), KEY)
