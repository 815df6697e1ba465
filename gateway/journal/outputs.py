"""What goes to destinations: outputs with their names, and how far their consumers were told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.errors import Held, NameBusy, Reason
from gateway.journal.database import Db, text_of
from gateway.journal.outgoing import Claim, Name, Output
from gateway.journal.port import Transfer
from gateway.journal.rows import output_of

_MADE = ("ordinal", "to_format", "place", "spool_name", "bytes", "sha256", "records", "filtered", "made_with")


def add(db: Db, transfer: str, output: Output) -> None:
    """An output that is durable in the spool."""
    _insert(db, {"transfer_id": transfer} | {column: getattr(output, column) for column in _MADE})


def add_named(db: Db, transfer: str, output: Output, claim: Claim) -> Output:
    """As ``add`` and ``reserve``; gives the output with its names."""
    name = _first_free(db, claim, output.ordinal)
    named = replace(output, endpoint=claim.endpoint, path=name.path, temporary=name.temporary)
    columns = (*_MADE, "endpoint", "path", "temporary")
    made = {column: getattr(named, column) for column in columns}
    _insert(db, {"transfer_id": transfer, "reserved": 1} | made)
    return named


def _insert(db: Db, values: Mapping[str, Any]) -> None:
    columns, marks = ", ".join(values), ", ".join(f":{column}" for column in values)
    db.changed(f"INSERT INTO outputs ({columns}) VALUES ({marks})", values)  # noqa: S608 - columns are ours


def remade(db: Db, transfer: str, output: Output) -> None:
    """The same output with other bytes: its names stay."""
    columns = ("spool_name", "bytes", "sha256", "records", "filtered", "made_with")
    sql = f"""UPDATE outputs SET handle = NULL, {", ".join(f"{column} = :{column}" for column in columns)}
              WHERE transfer_id = :id AND ordinal = 1"""  # noqa: S608 - columns are ours
    db.changed(sql, {"id": transfer} | {column: getattr(output, column) for column in columns})


def _next_number(db: Db, series: str) -> int:
    sql = """INSERT INTO sequences (series, last) VALUES (:series, 1)
             ON CONFLICT (series) DO UPDATE SET last = sequences.last + 1 RETURNING last"""
    return int(db.rows(sql, {"series": series})[0]["last"])


def _go_on_from(db: Db, series: str, number: int) -> None:
    """Names up to this number are taken: nobody looks at them again."""
    db.changed(
        "UPDATE sequences SET last = :number WHERE series = :series", {"series": series, "number": number}
    )


def reserve(db: Db, transfer: str, claim: Claim, ordinal: int) -> Name:
    """Give an output the first of its names that is free; raises ``Held`` if none is."""
    name = _first_free(db, claim, ordinal)
    sql = """UPDATE outputs SET endpoint = :endpoint, path = :path, temporary = :temporary, reserved = 1
             WHERE transfer_id = :id AND ordinal = :ordinal"""
    names = {"endpoint": claim.endpoint, "path": name.path, "temporary": name.temporary}
    db.changed(sql, names | {"id": transfer, "ordinal": ordinal})
    return name


def _first_free(db: Db, claim: Claim, ordinal: int) -> Name:
    """The first name that no other output has; its counter stands there. Raises ``Held`` or ``NameBusy``."""
    number = _next_number(db, claim.series) if claim.series else 0
    taken = "SELECT 1 FROM outputs WHERE endpoint = :endpoint AND path = :path AND reserved = 1"
    for more, name in enumerate(claim.names(number, ordinal)):
        if not db.rows(taken, {"endpoint": claim.endpoint, "path": name.path}):
            if more and claim.counts_up and claim.series:
                _go_on_from(db, claim.series, number + more)
            return name
    if claim.waits:
        raise NameBusy("an earlier file of this name is still on its way")
    raise Held(
        Reason.NAME_TAKEN,
        "every name that this file could have at the destination was given to an earlier one",
        hint="add {time}, {seq} or {revision} to the destination's path, or say exists: replace or wait",
    )


def delivered(db: Db, transfer: Transfer, *, keep_name: bool, observed: bool) -> tuple[Output, ...]:
    """The output whose turn it is arrived; all outputs of the transfer, with that one as it is now."""
    sql = """UPDATE outputs SET delivered_at = :at, handle = NULL, reserved = :reserved, observed = :observed
             WHERE transfer_id = :id AND ordinal = :ordinal RETURNING *"""
    now = {"at": text_of(db.now), "reserved": int(keep_name), "observed": int(observed)}
    done = {row["ordinal"]: output_of(row) for row in db.rows(sql, turn_of(transfer) | now)}
    return tuple(done.get(one.ordinal, one) for one in transfer.outputs)


def turn_of(transfer: Transfer) -> dict[str, Any]:
    """The row of the output whose turn it is."""
    return {"id": transfer.id, "ordinal": transfer.output.ordinal if transfer.output else 0}


def begun_anew(db: Db, transfer: str, temporaries: Mapping[int, str]) -> None:
    """Nothing unfinished is left of these outputs, and what comes next has other names than what was there."""
    sql = """UPDATE outputs SET temporary = :temporary, handle = NULL
             WHERE transfer_id = :id AND ordinal = :ordinal AND delivered_at IS NULL"""
    for ordinal, temporary in temporaries.items():
        db.changed(sql, {"id": transfer, "ordinal": ordinal, "temporary": temporary})


def marked(db: Db, transfer: str, ordinal: int) -> None:
    """See ``Journal.marking``."""
    sql = """UPDATE outputs SET listing = CASE listing WHEN 0 THEN 0 ELSE 2 END,
                                marking = CASE WHEN ordinal = :ordinal THEN 1 ELSE 2 END
             WHERE transfer_id = :id AND ordinal <= :ordinal"""
    db.changed(sql, {"id": transfer, "ordinal": ordinal})


def listed(db: Db, transfer: str) -> None:
    """See ``Journal.listing``."""
    sql = "UPDATE outputs SET listing = 1 WHERE transfer_id = :id AND ordinal = 1"
    db.changed(sql, {"id": transfer})


def announced_anew(db: Db, transfer: str) -> None:
    """What was begun to tell the consumer, and was not seen there, is begun again."""
    sql = """UPDATE outputs SET marking = CASE marking WHEN 1 THEN 0 ELSE marking END,
             listing = CASE listing WHEN 1 THEN 0 ELSE listing END WHERE transfer_id = :id"""
    db.changed(sql, {"id": transfer})
