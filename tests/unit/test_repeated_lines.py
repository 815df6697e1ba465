"""A log in which the same line comes again and again stays readable, and says how many were left out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway import events
from gateway.logs.log import open_log
from gateway.logs.sampling import FIRST, SECONDS
from tests.support.city import Lines


class Hand:
    """A clock that is set by hand."""

    seconds = 0.0

    def now(self):
        return datetime(2027, 1, 4, tzinfo=UTC)

    def monotonic(self):
        return self.seconds


def log_of(lines, clock):
    zone = ZoneInfo("Asia/Tokyo")
    return open_log(lines, gateway="mihon", level="debug", text=False, clock=clock, zone=zone)


def test_a_repeated_error_is_counted_and_the_count_is_written_when_the_minute_is_over():
    lines, clock = Lines(), Hand()
    route = log_of(lines, clock).bound(route="r")
    for _ in range(FIRST + 7):
        route.emit(events.SCAN_FAILED, endpoint="here", error="refused")
    assert len(lines.events("scan_failed")) == FIRST
    clock.seconds = SECONDS
    route.emit(events.ROUTE_RUN)
    (left,) = lines.events("lines_left_out")
    assert (left["count"], left["reason"], left["error"]) == (7, "LGW-2102-W r here", "refused")
    assert left["gateway"] == "mihon"


def test_what_went_well_and_what_differs_is_always_written():
    lines, clock = Lines(), Hand()
    log = log_of(lines, clock)
    for number in range(FIRST + 7):
        log.emit(events.FILE_CARRIED, transfer_id="t")
        log.emit(events.FILE_HELD, transfer_id=f"t{number}")
    assert len(lines.events("file_carried")) == FIRST + 7
    assert len(lines.events("file_held")) == FIRST + 7
