"""The ledger balances, whatever happens to files: a machine drives the journal over every path and counts beside it."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from adapters.base import Entry
from gateway.errors import Reason
from gateway.evidence.ledger import UNITS, Amount, lines, rows, total
from gateway.journal import Admission, Claim, Corrected, Kept, Name, Output, Replay, book, transfers
from gateway.journal.corrections import corrected
from gateway.journal.diversions import Diversion, diverted, id_of
from gateway.journal.ledger import Sum, sums
from gateway.journal.replays import replayed
from gateway.journal.schema import migrations
from gateway.journal.sqlite import SqliteTransaction
from gateway.journal.takings import taken, untaken
from gateway.lifecycle import State
from gateway.model import Format

T0 = datetime(2027, 1, 4, tzinfo=UTC)
DAYS = (date(2027, 1, 4), date(2027, 1, 5))


@dataclass(frozen=True)
class Expected:
    """What the machine knows of a file, without asking the journal's sums."""

    day: date
    route: str
    part: str
    bytes: int
    records: int | None = None
    filtered: int = 0
    observed: bool = False
    taken: bool = False
    diverted: int = 0
    corrected: int = 0

    @property
    def going(self):
        """Records that go on with the file itself."""
        return (self.records or 0) - self.diverted


class EveryPath(RuleBasedStateMachine):
    files = Bundle("files")

    @initialize()
    def begin(self):
        self.connection = sqlite3.connect(":memory:")
        self.connection.row_factory = sqlite3.Row
        for _, sql in migrations():
            self.connection.executescript(sql)
        self.now = T0
        self.known: dict[str, Expected] = {}
        self.count = 0

    @property
    def db(self):
        self.now += timedelta(seconds=1)
        return SqliteTransaction(self.connection, self.now)

    def teardown(self):
        if hasattr(self, "connection"):
            self.connection.close()

    def current(self, transfer):
        return transfers.find(self.db, transfer)

    def note(self, transfer, **changed):
        self.known[transfer] = replace(self.known[transfer], **changed)

    @rule(
        target=files,
        route=st.sampled_from("ab"),
        day=st.sampled_from(DAYS),
        size=st.integers(0, 9),
        hold=st.booleans(),
    )
    def a_file_comes(self, route, day, size, hold):
        self.count += 1
        entry = Entry(path=f"{self.count % 3}.csv", size=size, mtime=str(self.count), version="")
        admission = Admission(
            route=route,
            endpoint="e",
            entry=entry,
            from_format=Format.LEGACY,
            business_date=day,
            hold_revisions=hold,
        )
        admitted = book.admit(self.db, admission)
        part = "held" if admitted.state is State.HELD else "pending"
        self.known[admitted.id] = Expected(day=day, route=route, part=part, bytes=size)
        return admitted.id

    @rule(transfer=files, size=st.integers(0, 9))
    def it_is_spooled(self, transfer, size):
        if self.current(transfer).state is State.ADMITTED:
            book.spooled(self.db, self.current(transfer), size, f"digest{size}")
            self.note(transfer, bytes=size)

    @rule(transfer=files, records=st.integers(0, 9) | st.none(), left_out=st.integers(0, 9))
    def it_is_converted(self, transfer, records, left_out):
        if self.current(transfer).state is not State.SPOOLED:
            return
        known = self.known[transfer]
        records = known.records if known.diverted else records
        going = (records or 0) - known.diverted
        left_out = min(left_out, going)
        output = Output(
            to_format=Format.STANDARD,
            spool_name="converted",
            bytes=1,
            sha256="x",
            records=None if records is None else going - left_out,
            filtered=left_out,
        )
        book.converted(self.db, self.current(transfer), [output], records)
        self.note(transfer, records=records, filtered=left_out)

    @rule(transfer=files)
    def it_is_unchanged(self, transfer):
        found = self.current(transfer)
        if found.state is State.SPOOLED and not found.diverted:
            skipped = book.skipped(self.db, found, Format.STANDARD)
            self.note(transfer, part="unchanged", records=skipped.records)

    @rule(transfer=files, bad=st.integers(1, 5), good=st.integers(1, 5))
    def its_bad_records_are_taken_out(self, transfer, bad, good):
        found = self.current(transfer)
        if found.state is not State.SPOOLED or found.diverted:
            return
        what = {"bytes": 1, "sha256": "bad", "message": "m", "hint": "h"}
        part = Diversion(id=id_of(transfer), of=transfer, records=bad, total=bad + good, **what)
        diverted(self.db, part)
        self.note(transfer, records=bad + good, diverted=bad)

    @rule(transfer=files)
    def its_bad_records_are_corrected_and_follow(self, transfer):
        child = transfers.find(self.db, id_of(transfer))
        if child is None or child.state is not State.HELD:
            return
        bad = self.known[transfer].diverted
        kept = Kept(store="originals", sha256="bad", bytes=1)
        done = Corrected(original=kept, bytes=1, sha256="right", items=1, who="p", reason="w")
        child = corrected(self.db, child, done)
        output = Output(to_format=Format.STANDARD, spool_name="converted", bytes=1, sha256="x", records=bad)
        child = book.converted(self.db, child, [output], bad)
        names = Claim(endpoint="e", names=lambda _, __: [Name(path=child.id, temporary="t")])
        child = book.publishing(self.db, book.claimed(self.db, child, names))
        child = book.delivered(self.db, child, keep_name=False, observed=False)
        book.settled(self.db, child, "diverted", ())
        self.note(transfer, corrected=bad)

    @rule(
        transfer=files,
        size=st.integers(0, 9),
        records=st.integers(0, 9),
        left_out=st.integers(0, 9),
    )
    def it_goes_on_to_its_destination(self, transfer, size, records, left_out):
        self.it_is_spooled(transfer, size)
        self.it_is_converted(transfer, records, left_out)
        self.it_is_claimed(transfer)
        self.it_is_published(transfer)
        self.it_is_delivered(transfer)

    @rule(transfer=files)
    def its_destination_changes_format(self, transfer):
        if self.current(transfer).state is State.CONVERTED:
            book.reconverted(self.db, self.current(transfer))

    @rule(transfer=files)
    def it_is_claimed(self, transfer):
        if self.current(transfer).state is State.CONVERTED:
            names = Claim(endpoint="e", names=lambda _, __: [Name(path=transfer, temporary="t")])
            book.claimed(self.db, self.current(transfer), names)

    @rule(transfer=files)
    def it_is_published(self, transfer):
        if self.current(transfer).state is State.CLAIMED:
            book.publishing(self.db, self.current(transfer))

    @rule(transfer=files)
    def it_is_seen_not_to_be_there(self, transfer):
        if self.current(transfer).state is State.PUBLISHING:
            book.unpublished(self.db, self.current(transfer))

    @rule(transfer=files)
    def it_is_delivered(self, transfer):
        if self.current(transfer).state is State.PUBLISHING:
            observed = self.count % 2 == 0
            book.delivered(self.db, self.current(transfer), keep_name=False, observed=observed)
            self.note(transfer, part="delivered", observed=observed)

    @rule(data=st.data())
    def it_is_taken(self, data):
        if waiting := untaken(self.db):
            one = data.draw(st.sampled_from(waiting))
            assert taken(self.db, one, "removed", None)
            assert not taken(self.db, one, "removed", None)
            self.note(one.transfer, taken=True)

    @rule(transfer=files)
    def it_is_settled(self, transfer):
        if self.current(transfer).state in {State.DELIVERED, State.UNCHANGED}:
            book.settled(self.db, self.current(transfer), "kept", ())

    @rule(target=files, transfer=files, again=st.booleans())
    def it_is_replayed(self, transfer, again):
        found = self.current(transfer)
        made = replayed(self.db, Replay(of=transfer, who="p", reason="w", again=again))
        if made is None:
            return multiple()
        assert found.outcome == "delivered"
        self.known[made.id] = replace(
            self.known[transfer],
            part="pending",
            records=None,
            filtered=0,
            observed=False,
            taken=False,
            diverted=0,
            corrected=0,
        )
        return made.id

    @rule(transfer=files)
    def an_attempt_fails(self, transfer):
        found = self.current(transfer)
        if found.state not in {State.HELD, State.SETTLED, State.WITHDRAWN}:
            book.failed(self.db, found, "Transient", "no line", self.now)

    @rule(transfer=files)
    def it_is_held(self, transfer):
        found = self.current(transfer)
        if found.state not in {State.HELD, State.SETTLED, State.WITHDRAWN}:
            book.held(self.db, found, Reason.REFUSED, "m", "h")
            if not found.outcome:
                self.note(transfer, part="held")

    @rule(transfer=files)
    def it_is_released(self, transfer):
        found = self.current(transfer)
        if found.state is State.HELD:
            book.released(self.db, found, "p", "w")
            if not found.outcome:
                self.note(transfer, part="pending")

    @rule(transfer=consumes(files))
    def it_changes_before_it_is_read(self, transfer):
        if self.current(transfer).state is State.ADMITTED:
            book.withdrawn(self.db, self.current(transfer))
            del self.known[transfer]

    @invariant()
    def every_line_balances_and_is_what_happened(self):
        if not hasattr(self, "known"):
            return
        each = lines(sums(self.db, *DAYS))
        assert {(line.day, line.route) for line in each} == {(e.day, e.route) for e in self.known.values()}
        for line in each:
            mine = [e for e in self.known.values() if (e.day, e.route) == (line.day, line.route)]
            assert line.balances, line.difference
            assert line.arrived == amount(mine)
            assert line.uncounted == sum(e.records is None for e in mine)
            assert line.taken == (amount_taken(mine) if any(e.observed for e in mine) else None)
            parts = Counter(e.part for e in mine)
            assert {name: got.files for name, got in line.parts.items() if got.files} == dict(parts)
            followed = sum(e.corrected for e in mine)
            assert line.parts["diverted"] == Amount(records=sum(e.diverted for e in mine) - followed)
            for part in parts:
                there = amount([replace(e, records=e.going) for e in mine if e.part == part])
                if part == "delivered":
                    left_out = sum(e.filtered for e in mine if e.part == part)
                    there += Amount(records=followed - left_out)
                assert line.parts[part] == there
        assert total(each).arrived == amount(list(self.known.values()))


def amount_taken(each):
    seen = [replace(e, records=e.going - e.filtered) for e in each if e.taken]
    return amount(seen)


def amount(each):
    return Amount(
        files=len(each), records=sum(e.records or 0 for e in each), bytes=sum(e.bytes for e in each)
    )


EveryPath.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestEveryPath = EveryPath.TestCase


def summed(**changed):
    values = {
        "day": DAYS[0],
        "route": "a",
        "state": State.SETTLED,
        "outcome": "delivered",
        "files": 1,
        "bytes": 400,
        "records": 10,
        "uncounted": 0,
        "sent": 7,
        "filtered": 3,
        "diverted": 0,
        "apart": False,
        "replayed": 0,
    }
    return Sum(**(values | changed))


def test_records_left_out_are_counted_beside_those_delivered():
    (line,) = lines([summed()])
    assert (line.arrived.records, line.parts["delivered"].records, line.parts["filtered"].records) == (
        10,
        7,
        3,
    )
    assert line.balances


def test_a_record_lost_between_both_sides_of_a_conversion_shows_as_a_difference():
    (line,) = lines([summed(sent=6)])
    assert not line.balances
    assert line.difference == Amount(records=1)


def test_corrected_records_that_get_lost_show_as_a_difference():
    whole = summed(diverted=4, sent=3)
    assert total(lines([whole])).balances
    followed = summed(apart=True, records=4, sent=4, filtered=0)
    assert lines([whole, followed])[0].parts["delivered"].records == 7
    assert lines([whole, replace(followed, sent=3)])[0].difference == Amount(records=1)


def test_sheets_have_a_row_for_each_unit_and_a_total_that_adds_up():
    each = lines([summed(), summed(route="b", outcome="", state=State.HELD, sent=0, filtered=0)])
    table = list(rows([*each, total(each)]))
    assert [(row["route"], row["unit"]) for row in table[:3]] == [("a", unit) for unit in UNITS]
    assert [row["in"] for row in table[-3:]] == [2, 20, 800]
    assert [row["held"] for row in table[-3:]] == [1, 10, 400]
