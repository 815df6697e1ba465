"""How a plan is printed: tables, CSV, one JSON document, or a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Literal

import click

from gateway.cli.output import print_table
from gateway.cutover import Condition
from gateway.drawing.palette import Language
from gateway.load import City
from gateway.planning.plan import Planner
from gateway.planning.plan_picture import plan_picture
from gateway.timeline import Comparison, PlannedRoute, Row, Span, Timeline, Turn, tally

By = Literal["route", "system", "vendor"]

_GROUPS: dict[By, Callable[[PlannedRoute], Iterable[str]]] = {
    "system": lambda route: route.systems,
    "vendor": lambda route: (route.vendor,),
}
_SPANS = (
    "route", "title", "vendor", "from_system", "to_system", "start", "end", "phase", "from_format", "to_format",
)  # fmt: skip
_TURNS = ("at", "route", "end", "system", "becomes", "date_from", "wave", "gate", "note")


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """A plan to be printed, and today's beside it where another order was asked for."""

    planner: Planner
    now: datetime
    plan: Timeline
    before: Timeline | None = None

    @property
    def city(self) -> City:
        """The city that is planned."""
        return self.planner.city

    def document(self) -> dict[str, object]:
        """Everything, as plain values."""
        changed = Comparison(before=self.before, after=self.plan).changed if self.before else ()
        found = self._order(self.plan)
        if self.before is not None:
            found["before"] = self._order(self.before)
            found["changed"] = [one.route for one in changed]
        return found

    def picture(self, language: Language) -> str:
        """The plan as SVG."""
        return plan_picture(self.city, self.plan, self.now, language, self.before)

    def table(self, by: By) -> str:
        """The plan as CSV: a row for each time in which a route keeps its phase, or a group its numbers."""
        head, rows = self._spans() if by == "route" else self._tallies(by)
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows([head, *rows])
        return written.getvalue()

    def show(self, by: By) -> None:
        """The plan as tables on the terminal."""
        click.echo(f"{self.day(self.plan.start)} to {self.day(self.plan.end)}")
        if by == "route":
            print_table(("route", "", "vendor", "phases"), [self._line(row) for row in self.plan.rows])
        else:
            head, rows = self._tallies(by)
            print_table(head, rows)
        self._show_turns()
        self._show_moves()
        self._show_changes()
        moved = self.before is not None
        click.echo(
            f"\ntransitional conversions{', in this order' if moved else ''}: {self._counts(self.plan)}"
        )
        if self.before is not None:
            click.echo(f"by today's plan, over the same time: {self._counts(self.before)}")

    def _show_turns(self) -> None:
        if self.plan.turns:
            click.echo()
            print_table(_TURNS, [tuple(self._turn(turn).values()) for turn in self.plan.turns])

    def _show_moves(self) -> None:
        rows = [(self.day(one.at), one.what, ", ".join(one.routes)) for one in self.plan.relocations]
        if rows:
            click.echo()
            print_table(("at", "place that changes", "routes"), rows)

    def _show_changes(self) -> None:
        if self.before is None:
            return
        changed = Comparison(before=self.before, after=self.plan).changed
        click.echo(f"\nthis order changes {len(changed)} of {len(self.plan.rows)} routes")
        rows = [
            (
                one.route,
                f"{one.days_before:,.0f}",
                f"{one.days_after:,.0f}",
                self._dates(one.turns_before),
                self._dates(one.turns_after),
            )
            for one in changed
        ]
        if rows:
            print_table(("route", "days now", "days then", "cutovers now", "cutovers then"), rows)

    def _dates(self, turns: Sequence[Turn]) -> str:
        return ", ".join(self.day(turn.at) for turn in turns) or "-"

    def _counts(self, plan: Timeline) -> str:
        first, *later = plan.steps
        told = [str(first.count), *(f"{step.count} from {self.day(step.at)}" for step in later)]
        return f"{', '.join(told)}; {plan.conversion_days:,.0f} conversions x days, {plan.most} at most at one time"

    def _line(self, row: Row) -> tuple[str, ...]:
        first, *later = row.spans
        told = [first.phase.value, *(f"{self.day(span.start)} {span.phase}" for span in later)]
        return row.route.name, row.route.title, row.route.vendor, " → ".join(told)

    def _order(self, plan: Timeline) -> dict[str, object]:
        head, rows = self._spans(plan)
        zone = self.city.installation.zone
        return {
            "start": plan.start.astimezone(zone),
            "end": plan.end.astimezone(zone),
            "spans": [dict(zip(head, row, strict=True)) for row in rows],
            "cutovers": [
                self._turn(turn)
                | {
                    "at": turn.at.astimezone(zone),
                    "conditions": [asdict(one) for one in self.planner.gate_seen(turn)],
                }
                for turn in plan.turns
            ],
            "moves": [
                {"at": one.at.astimezone(zone), "endpoint": one.what, "routes": one.routes}
                for one in plan.relocations
            ],
            "conversions": [{"at": step.at.astimezone(zone), "count": step.count} for step in plan.steps],
            "conversion_days": round(plan.conversion_days, 3),
            "most": plan.most,
        }

    def _spans(self, plan: Timeline | None = None) -> tuple[Sequence[str], list[tuple[str, ...]]]:
        rows = (plan or self.plan).rows
        return _SPANS, [self._span(row.route, span) for row in rows for span in row.spans]

    def _span(self, route: PlannedRoute, span: Span) -> tuple[str, ...]:
        names = (route.name, route.title, route.vendor, *route.systems)
        return *names, self.day(span.start), self.day(span.end), span.phase, span.source, span.to

    def _tallies(self, by: By) -> tuple[Sequence[str], list[tuple[str, ...]]]:
        found = tally(self.plan, _GROUPS[by])
        head = (by, "start", "end", "current", "transition", "standard")
        rows: Iterator[tuple[str, ...]] = (
            (one.group, self.day(one.start), self.day(one.end), *(str(count) for _, count in one.phases))
            for one in found
        )
        return head, list(rows)

    def _turn(self, turn: Turn) -> dict[str, str]:
        notes = ["" if turn.frozen is None else f"within a freeze {turn.frozen}".strip()]
        if turn.waits_since is not None:
            notes.append(f"due since {self.day(turn.waits_since)}, its gate is closed")
        note = "; ".join(filter(None, notes))
        gate = ", ".join(self._conditions(turn))
        values = (
            turn.route,
            turn.side,
            turn.end.system,
            turn.becomes,
            turn.origin,
            turn.end.wave,
            gate,
            note,
        )
        return dict(zip(_TURNS, (self.day(turn.at), *values), strict=True))

    def _conditions(self, turn: Turn) -> Iterator[str]:
        """The conditions that a gate asks for, with what was found; and others that were not met."""
        seen = {one.name: one for one in self.planner.gate_seen(turn)}
        for asked in turn.end.conditions:
            yield _found(asked, seen.pop(asked.split()[0], None))
        yield from (_found(name, one) for name, one in seen.items() if not one.met)

    def day(self, instant: datetime) -> str:
        """An instant as people in the gateway's zone write it; midnight is the day alone."""
        local = instant.astimezone(self.city.installation.zone)
        return local.date().isoformat() if local.time() == time() else local.strftime("%Y-%m-%d %H:%M")


def _found(name: str, seen: Condition | None) -> str:
    """A condition and how it was found."""
    if seen is None:
        return name
    if seen.waived:
        return f"{name} waived"
    return f"{name} met" if seen.met else f"{name} not met ({seen.says})" if seen.says else f"{name} not met"
