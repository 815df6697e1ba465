"""Where the numbers of files begin anew: those that a source's files carry, and those in names at destinations."""

from __future__ import annotations

from gateway.journal.database import Db, text_of
from gateway.model import Format


def begun_anew(db: Db, route: str, format_: Format) -> None:
    """A source changed to a format: its numbers begin with those of the files that are not at their end yet.

    Nothing is done where none of that format was: the series is new.
    """
    sql = """INSERT INTO series_starts (route, format, next, after, forward, at)
             SELECT :route, :format, 0, max(t.number), 0, :at
             FROM numbered f JOIN transfers t ON t.id = f.transfer_id
             WHERE f.route = :route AND f.format = :format AND t.outcome IS NOT NULL
             HAVING count(*) > 0"""
    db.changed(sql, {"route": route, "format": format_, "at": text_of(db.now)})


def series_of(route: str, format_: Format) -> str:
    """The series of numbers that the names of a route's outputs in a format have."""
    return f"{route}/{format_}"


def renumbered(db: Db, route: str, format_: Format) -> None:
    """The destination changed to a format: the numbers in its names begin anew."""
    db.changed("DELETE FROM sequences WHERE series = :series", {"series": series_of(route, format_)})
