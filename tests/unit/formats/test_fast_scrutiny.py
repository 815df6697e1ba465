"""Code lists, rules, check digits and chosen rows: with kernels and without the same bytes, faults and counts."""

from dataclasses import replace

import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, Form, Selection, compile_conversion
from gateway.formats.fast import scrutiny
from gateway.formats.faults import FaultList
from gateway.formats.values.fields import Losses

TOGETHER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=120,
)
CHECKS = {
    "宛名番号": {"check_digit": True, "allowed": "digits"},
    "性別": {"codes": ["0", "1", "2"]},
    "氏名_読み仮名": {"allowed": "katakana"},
    "生年月日": {"required_when": '性別 = "1"'},
}
RULES = [{"that": "所得額 >= 0 or 率 > 0", "when": 'not 性別 = "0"', "title": "所得と率"}]
STANDARD = samples.csv_form(
    samples.standard(
        items=[item | CHECKS.get(item["name"], {}) for item in samples.STANDARD_ITEMS], rules=RULES
    )
)
LEGACY = Form(layout=samples.master(characters=[]))
HEADER = ",".join(item["name"] for item in samples.STANDARD_ITEMS) + "\n"
NUMBERS = ["000000000000019", "000000000000018", "00000000000001A"]
CELLS = (
    st.sampled_from(NUMBERS),
    st.sampled_from(["山田太郎", "木", '"木"']),
    st.sampled_from(["ヤマダ", "カ　ミ", "ヤマダ１"]),
    st.sampled_from(["0", "1", "2", "3", ""]),
    st.sampled_from(["1985-02-14", "", "2026-00-00"]),
    st.sampled_from(["0", "-1", "120", "007"]),
    st.sampled_from(["0.00", "1.50", "-0.05"]),
)
SELECTIONS = st.sampled_from(
    [
        {},
        {"taken": Selection(rows='性別 in ("1", "2")')},
        {"sent": Selection(rows='種別 = "2" and 所得額 >= 0')},
        {"taken": Selection(rows="not 生年月日 is empty"), "sent": Selection(rows="率 > 0")},
        {"taken": Selection(rows='性別 = "9"')},
    ]
)


def both(source, target, **selections):
    """The same conversion with kernels and without."""
    found = [
        compile_conversion(source, target, samples.mapping(), fast=fast, **selections)
        for fast in (True, False)
    ]
    assert [converter.fast is not None for converter in found] == [True, False]
    return found


def outcome(converter, folder, content):
    """The bytes and counts, or what is reported; and what the round-trip gate says of it."""
    source, target = folder / "in", folder / "out"
    source.write_bytes(content)
    try:
        done = converter.convert(source, target)
        converter.verify(source, target)
    except BadRecords as error:
        return error.report
    return target.read_bytes(), done


def turned(selections):
    """The same selections seen from the other end."""
    return {{"taken": "sent", "sent": "taken"}[key]: chosen for key, chosen in selections.items()}


@TOGETHER
@given(rows=st.lists(st.tuples(*CELLS), max_size=6), selections=SELECTIONS)
def test_lines_that_are_checked_and_chosen_end_alike_on_both_paths(tmp_path, rows, selections):
    content = (HEADER + "".join(",".join(row) + "\n" for row in rows)).encode()
    fast, slow = both(STANDARD, LEGACY, **selections)
    assert outcome(fast, tmp_path, content) == outcome(slow, tmp_path, content)


@TOGETHER
@given(rows=st.lists(st.tuples(*CELLS), min_size=1, max_size=6), selections=SELECTIONS, data=st.data())
def test_legacy_records_that_are_checked_and_chosen_end_alike_on_both_paths(tmp_path, rows, selections, data):
    unchecked = compile_conversion(samples.csv_form(), LEGACY, samples.mapping(), fast=False)
    lines = "".join(",".join(row) + "\n" for row in rows if row[3] in {"", "0", "1", "2"})
    try:
        legacy = bytearray(samples.run(unchecked, tmp_path, (HEADER + lines).encode()))
    except BadRecords:
        return
    for _ in range(data.draw(st.integers(0, 1)) if legacy else 0):
        legacy[data.draw(st.integers(0, len(legacy) - 1))] = data.draw(
            st.sampled_from([0x40, 0xF1, 0xF3, 0x00])
        )
    fast, slow = both(LEGACY, STANDARD, **turned(selections))
    assert outcome(fast, tmp_path, bytes(legacy)) == outcome(slow, tmp_path, bytes(legacy))


GOOD = HEADER + "000000000000019,木,ヤマダ,1,1985-02-14,5,1.50\n000000000000018,木,カ,2,,5,0.00\n"


def test_checked_and_chosen_records_never_leave_the_kernels(tmp_path):
    def refuse(frame):
        raise AssertionError(frame.number)

    chosen = {"taken": Selection(rows='性別 = "1"')}
    legacy = samples.run(compile_conversion(STANDARD, LEGACY, samples.mapping()), tmp_path, GOOD.encode())
    for source, target, content, selections in (
        (STANDARD, LEGACY, GOOD.encode(), chosen),
        (LEGACY, STANDARD, legacy, {"sent": chosen["taken"]}),
    ):
        fast, slow = both(source, target, **selections)
        expected, done = outcome(slow, tmp_path, content)
        losses = Losses()
        with (tmp_path / "in").open("rb") as stream:
            found = list(fast.fast(refuse, FaultList(), losses, stream, None))
        assert expected.endswith(b"".join(bytes(raw) for _, raw in found))
        assert sum(count for count, _ in found) == done.records_out == 1
        assert losses["(record): filtered"] == done.filtered == 1
        # Warnings are of lines that are read, chosen or not, and of lines that are written.
        assert (
            losses["宛名番号: check-digit"] == sum(done.warnings.values()) == (1 if source is STANDARD else 0)
        )


def test_the_proof_of_chosen_records_needs_no_reference_path(tmp_path):
    legacy = samples.run(compile_conversion(STANDARD, LEGACY, samples.mapping()), tmp_path, GOOD.encode())
    for source, target, content in ((STANDARD, LEGACY, GOOD.encode()), (LEGACY, STANDARD, legacy)):
        fast, _ = both(source, target, sent=Selection(rows='性別 = "2"'))
        outcome(fast, tmp_path, content)
        assert fast._proved(tmp_path / "in", tmp_path / "out")
        everything = replace(fast, selecting=None)
        assert not everything._proved(tmp_path / "in", tmp_path / "out")


@TOGETHER
@given(data=st.data(), up=st.booleans())
def test_the_gate_says_the_same_of_chosen_records_with_and_without_kernels(tmp_path, data, up):
    old, new = tmp_path / "old", tmp_path / "new"
    new.write_text(GOOD)
    compile_conversion(STANDARD, LEGACY, samples.mapping(), fast=False).convert(new, old)
    for path in (old, new):
        damaged = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 2))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(damaged[: data.draw(st.just(len(damaged)) | st.integers(0, len(damaged)))])
    ends, files = ((LEGACY, STANDARD), (old, new)) if up else ((STANDARD, LEGACY), (new, old))
    found = [held(converter, *files) for converter in both(*ends, taken=Selection(rows='性別 in ("1", "2")'))]
    assert found[0] == found[1]


def held(converter, first, second):
    """What the round-trip gate reports, or nothing."""
    try:
        converter.verify(first, second)
    except BadRecords as error:
        return error.report
    return None


def test_no_more_verdicts_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(scrutiny, "REMEMBERED", 4)
    asked = []
    memory = scrutiny.Memory(judge=lambda key: asked.append(key) or len(key[0]) % 2)
    keys = [(b"x" * size,) for size in range(10)]
    for _ in range(2):
        assert memory.of(keys) == [size % 2 for size in range(10)]
        assert memory.of(keys[::2]) is None
        assert len(memory.known) <= 4
    assert set(asked) == set(keys)
