"""Transfers of a journal, made by hand, and a clock for it."""

from datetime import UTC, date, datetime, timedelta

from adapters.base import Entry
from gateway.journal import Admission, Claim, Name, Output
from gateway.model import Format

ENTRY = Entry(path="out/a.csv", size=3, mtime="1", version="")
T0 = datetime(2027, 1, 4, tzinfo=UTC)


class StillClock:
    """A wall clock that moves by a second at each look."""

    def __init__(self):
        self.at = T0

    def now(self):
        self.at += timedelta(seconds=1)
        return self.at


def admission(entry=ENTRY, route="r"):
    return Admission(
        route=route,
        endpoint="bucket",
        entry=entry,
        from_format=Format.STANDARD,
        business_date=date(2027, 1, 4),
    )


def output():
    return Output(to_format=Format.LEGACY, spool_name="original", bytes=3, sha256="ab", records=1)


def claim(*paths, series=None):
    def names(number, ordinal):
        return [Name(path=path.replace("#", str(number)), temporary=f".{path}") for path in paths]

    return Claim(endpoint="host", names=names, series=series)


async def converted(journal, entry=ENTRY, route="r"):
    transfer = await journal.admit(admission(entry, route))
    transfer = await journal.spooled(transfer, size=3, sha256="cd")
    return await journal.converted(transfer, [output()], records=1)


async def delivered(journal, transfer, *paths, keep_name=True):
    transfer = await journal.claimed(transfer, claim(*paths))
    transfer = await journal.publishing(transfer)
    return await journal.delivered(transfer, keep_name=keep_name)
