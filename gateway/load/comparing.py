"""What a route's ``compare`` means for the layouts that it meets, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.comparison import Kind, Normaliser, RuleFault, Rules, Tolerance, paired
from gateway.config import Compare, Normalise, Place, Register, Route, Tolerated
from gateway.formats import Layout
from gateway.load.checks import Surroundings
from gateway.load.fault import Complaint, Location, Severity
from gateway.load.library import Library
from gateway.load.reader import Reader
from gateway.load.shelves import Shelf
from gateway.model import Format


def rules_of(compare: Compare, layout: Layout, library: Library) -> Rules:
    """The rules of a route's comparison for files of a layout. Raises ``RuleFault``."""
    return paired(
        layout,
        layout,
        key=compare.key,
        items=[(name, name) for name in compare.items],
        normalise={
            item: tuple(normaliser(one, library) for one in steps)
            for item, steps in compare.normalise.items()
        },
        totals=compare.totals,
        group=compare.municipality or "",
        tolerances=[
            _tolerance(one, library)
            for name in compare.tolerances
            if name in library.registers
            for one in library.registers[name].tolerances
        ],
    )


def normaliser(written: Normalise, library: Library) -> Normaliser:
    """A normaliser with its table. Raises ``RuleFault`` for a table that is not there."""
    if written.codes is not None:
        return Normaliser(kind="codes", table=_entry(library.lookups, written.codes).codes)
    if written.characters is not None:
        table = _entry(library.tables, written.characters)
        if table.kind != "reduction":
            message = f"table {table.name} is no reduction; name one with `# kind: reduction`"
            raise RuleFault(message, key="normalise")
        return Normaliser(kind="characters", table=dict(table.reductions))
    if written.form is not None:
        return Normaliser(kind="form", form=written.form, eras=written.eras)
    assert written.word is not None, "the model sees to it"
    return Normaliser(kind=written.word)


def _entry(shelf: Shelf, name: str) -> Any:
    if reason := shelf.why_not(name):
        raise RuleFault(reason, key="normalise")
    return shelf[name]


def _tolerance(written: Tolerated, library: Library) -> Tolerance:
    step = normaliser(written.rule, library) if isinstance(written.rule, Normalise) else None
    kind: Kind = "any"
    if not isinstance(written.rule, Normalise):
        kind = "within" if written.within is not None else written.rule
    return Tolerance(
        kind=kind if step is None else "normaliser",
        rule=step.kind if step else f"within {written.within}" if kind == "within" else kind,
        items=tuple(written.items),
        normaliser=step,
        within=written.within or Decimal(0),
        at_most=written.at_most,
        reason=written.reason,
        owner=written.owner,
        expires=written.expires,
    )


def compared_places(route: Route) -> Iterator[tuple[Location, Place]]:
    """The places in whose form a route's deliveries are compared."""
    if route.compare is None:
        return
    if route.compare.against == "shadow":
        if route.shadow is not None:
            yield ("shadow",), route.shadow
        return
    for format_ in Format:
        for place in route.places("to", format_):
            yield ("to", format_.value), place


def comparisons(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """What keeps a route from comparing as it says."""
    if route.compare is None:
        return
    library = known.conversions.library
    for index, name in enumerate(route.compare.tolerances):
        if reason := library.registers.why_not(name, route.vendor):
            yield Complaint(at=("compare", "tolerances", index), message=reason)
    if route.compare.against == "shadow" and route.shadow is None:
        message = "with: shadow needs a shadow place; write shadow: with endpoint, path and layout"
        yield Complaint(at=("compare", "with"), message=message)
    lacking = [format_ for format_ in Format if not route.places("from", format_)]
    if lacking:
        message = (
            f"nothing to compare with: from has no {lacking[0]}: place, where the new files would come from"
        )
        yield Complaint(at=("compare",), key=True, message=message)
    yield from dict.fromkeys(_misfits(route.compare, compared_places(route), library))


def _misfits(
    compare: Compare, places: Iterable[tuple[Location, Place]], library: Library
) -> Iterator[Complaint]:
    """Rules that do not fit the layouts of the places."""
    for at, place in places:
        if place.layout is None:
            message = "files without a layout cannot be compared; add layout:, or remove compare:"
            yield Complaint(at=at, message=message)
        elif place.layout in library.layouts:
            try:
                rules_of(compare, library.layouts[place.layout], library)
            except RuleFault as fault:
                yield Complaint(at=("compare", fault.key), message=str(fault))


def expired(reader: Reader, library: Library, today: date) -> None:
    """Warn of tolerances that hold no longer: their differences count again."""
    for name, register in library.registers.items():
        assert isinstance(register, Register)
        reader.complain(library.registers.documents[name], _expired(register, today))


def _expired(register: Register, today: date) -> Iterator[Complaint]:
    for index, one in enumerate(register.tolerances):
        if one.expires < today:
            message = (
                f"has expired, and its differences count again; ask {one.owner} to renew it with a later day, "
                "or remove it"
            )
            at: Location = ("tolerances", index, "expires")
            yield Complaint(at=at, message=message, severity=Severity.WARNING)
