"""Which slots fall due for a comparison, what is on record of them, and how long reports stay."""

import os
import stat
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.comparison import ExpiringValues, Outcome, Series, Subject, Tally, Verdict
from gateway.evidence.comparing import due, slots, sweep
from gateway.journal import Candidate, ComparisonRow, open_journal
from gateway.load import load
from tests.support.clock import HandClock

DAY = date(2027, 1, 4)
NOW = datetime(2027, 1, 8, 9, tzinfo=UTC)


def came(day, outcome, name):
    return Candidate(transfer=name, business_date=DAY + timedelta(days=day), outcome=outcome)


def pairs_of(found):
    return [(one.slot, one.old, one.new) for one in found]


def test_the_first_delivery_of_a_day_goes_with_the_first_early_file_and_the_second_with_the_second():
    found = slots(
        [
            came(0, "compared", "n1"),
            came(0, "delivered", "o1"),
            came(0, "delivered", "o2"),
            came(0, "compared", "n2"),
        ]
    )
    assert pairs_of(found) == [("2027-01-04", "o1", "n1"), ("2027-01-04#2", "o2", "n2")]


def test_a_side_that_has_not_come_yet_is_waited_for():
    found = due(
        [came(0, "delivered", "o"), came(1, "delivered", "p")], frozenset(), today=DAY + timedelta(days=9)
    )
    assert found == []


def test_a_side_that_is_missing_while_a_later_day_has_both_is_said_to_be_missing():
    candidates = [came(0, "delivered", "o"), came(1, "delivered", "p"), came(1, "compared", "q")]
    found = due(candidates, frozenset(), today=DAY + timedelta(days=1))
    assert pairs_of(found) == [("2027-01-04", "o", ""), ("2027-01-05", "p", "q")]


def test_a_side_that_comes_late_is_compared_all_the_same():
    candidates = [came(0, "delivered", "o"), came(1, "delivered", "p"), came(1, "compared", "q")]
    known = frozenset({("o", ""), ("p", "q")})
    late = [*candidates, came(0, "compared", "r")]
    assert pairs_of(due(late, known, today=DAY + timedelta(days=5))) == [("2027-01-04", "o", "r")]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["delivered", "compared"])), max_size=20))
def test_no_file_is_in_two_slots_and_every_whole_slot_is_due_once(arrivals):
    candidates = [came(day, outcome, f"{number}") for number, (day, outcome) in enumerate(arrivals)]
    found = slots(candidates)
    named = [name for one in found for name in (one.old, one.new) if name]
    assert sorted(named) == sorted(one.transfer for one in candidates)
    first = due(candidates, frozenset(), today=DAY + timedelta(days=9))
    assert {one for one in found if one.whole} <= set(first)
    assert (
        due(candidates, frozenset((one.old, one.new) for one in first), today=DAY + timedelta(days=9)) == []
    )


def row(slot, result, **more):
    day = date.fromisoformat(slot[:10])
    return ComparisonRow(
        route="r", slot=slot, business_date=day, against="early", old="o", new="n", result=result, **more
    )


@pytest.mark.parametrize(
    ("made", "clean"),
    [
        ([], 0),
        ([("2027-01-04", "equal"), ("2027-01-05", "equivalent")], 2),
        ([("2027-01-04", "different"), ("2027-01-05", "equal")], 1),
        ([("2027-01-04", "equal"), ("2027-01-05", "different")], 0),
        ([("2027-01-04", "equal"), ("2027-01-05", "missing"), ("2027-01-06", "equal")], 1),
        ([("2027-01-05", "unreadable"), ("2027-01-04", "equal")], 0),
        ([("2027-01-04", "different"), ("2027-01-05", "equal"), ("2027-01-04", "equal")], 2),
        ([(f"2027-01-04{number}", "equal") for number in ("", "#2", "#9", "#10")], 4),
    ],
)
async def test_clean_comparisons_are_counted_back_from_the_newest_slot_each_by_its_last_word(
    tmp_path, made, clean
):
    journal = await open_journal(tmp_path / "journal.db", HandClock(NOW))
    for slot, result in made:
        await journal.comparisons.made(row(slot, result))
    assert await journal.comparisons.clean_in_a_row("r") == clean
    assert await journal.comparisons.clean_in_a_row("other") == 0
    await journal.close()


async def test_a_comparison_is_on_record_as_it_was_made(tmp_path):
    made = row(
        "2027-01-04#10", "different", old_records=2, new_records=3, only_new=1, unexplained=1, report="x.json"
    )
    journal = await open_journal(tmp_path / "journal.db", HandClock(NOW))
    await journal.comparisons.made(row("2027-01-04#9", "equal"))
    await journal.comparisons.made(made)
    newest, _ = await journal.comparisons.latest("r", 5)
    await journal.close()
    assert newest == ComparisonRow(**{**vars(made), "at": NOW})


def written(series, slot="2027-01-04#2"):
    side = Tally(records=1, duplicate_keys=0, duplicate_records=0)
    outcome = Outcome(
        verdict=Verdict.EQUAL, old=side, new=side, only_old=0, only_new=0, changed=0, unexplained=0,
        items=(), tolerances=(), totals=(), differences=(),
    )  # fmt: skip
    subject = Subject(title="<b>見本</b>", slot=slot, old="here:a", new="here:b", at=NOW)
    return series.write(subject, outcome)


def test_a_report_is_for_its_owner_alone_and_escapes_what_people_wrote(tmp_path):
    report = written(Series(tmp_path, "r"))
    page = report.with_suffix(".html")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (report, page, report.parent)] == [
        0o600,
        0o600,
        0o700,
    ]
    assert "<b>" not in page.read_text(encoding="utf-8")


def test_a_series_has_one_secret_that_goes_with_its_last_report(tmp_path):
    series = Series(tmp_path, "r")
    first = series.secret()
    assert series.secret() == first != Series(tmp_path, "other").secret()
    one, other = written(series), written(series, slot="2027-01-05")
    series.remove(one)
    assert (series.reports(), series.secret()) == ([other], first)
    series.remove(other)
    assert not series.folder.exists()
    assert series.secret() != first


@pytest.mark.parametrize("name", ["../r", "R", "a/b", ""])
def test_a_series_cannot_be_called_what_leads_out_of_its_folder(tmp_path, name):
    with pytest.raises(ValueError, match="series"):
        Series(tmp_path, name)


def test_values_stay_through_their_last_day_and_no_longer(tmp_path):
    values = tmp_path / "values.csv"
    values.write_text("x", encoding="utf-8")
    register = ExpiringValues(tmp_path)
    register.add(values, DAY)
    assert register.purge(DAY) == []
    assert register.purge(DAY + timedelta(days=1)) == [values]
    assert not values.exists()
    assert register.purge(DAY + timedelta(days=9)) == []


def test_a_sweep_takes_what_a_crash_left_and_nothing_else(tmp_path):
    city = load(write(tmp_path))
    root = tmp_path / "state/comparisons"
    report = written(Series(root, "by-hand"))
    for name, days in ((".work-abc", 2), (".work-def", 0.5)):
        (root / name).mkdir()
        then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(root / name, (then, then))
    sweep(city, NOW)
    assert sorted(path.name for path in root.iterdir()) == [".work-def", "by-hand"]
    assert report.exists()


def write(folder):
    (folder / "gateway.yaml").write_text(
        f"gateway: {{name: test, state_dir: {folder}/state}}\n", encoding="utf-8"
    )
    (folder / "systems.yaml").write_text("systems: {}\n", encoding="utf-8")
    (folder / "endpoints.yaml").write_text("endpoints: {}\n", encoding="utf-8")
    return folder
