"""What can go wrong inside the gateway, named for the decision it causes. Places have ``adapters.errors``."""

from __future__ import annotations

import traceback
from enum import StrEnum


def place_of(error: BaseException) -> str:
    """File and line of an unexpected error: all that is told of it, since its text could hold anything."""
    steps = traceback.extract_tb(error.__traceback__)
    return f"at {steps[-1].filename.rpartition('/')[2]}:{steps[-1].lineno}" if steps else ""


class GatewayError(Exception):
    """Anything that the gateway itself reports. ``hint`` says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class IllegalMove(GatewayError):
    """A transfer was asked for a move that its life does not know. Nothing was changed."""


class WrongUse(GatewayError):
    """What a person asked for makes no sense for this configuration. Nothing was done."""


class Stale(GatewayError):
    """The journal's row is not in the state that the caller saw. Nothing was changed; look again."""


class SpoolFailed(GatewayError):
    """The gateway's own disk did not do it; the source is untouched, and it is tried again."""


class NotErased(GatewayError):
    """What has had its time still stands at a place; it is tried again."""


class NotKept(GatewayError):
    """A file that is asked for is not, or no longer, among those kept as evidence."""


class NameBusy(GatewayError):
    """The name at the destination belongs to an earlier file that is still on its way: wait behind it."""


class StandsStill(GatewayError):
    """A person paused it, or a place is being maintained: nothing was tried."""


class LeaseLost(GatewayError):
    """Another node may carry the route by now: this one changes nothing of it any more."""


class AlreadyRunning(GatewayError):
    """Another gateway holds the lock of this state directory."""


class JournalUnusable(GatewayError):
    """The journal cannot be opened, is newer than this program, or is damaged."""


class Reason(StrEnum):
    """Why a file is held. Stable: screens, logs and manuals share these words."""

    BAD_RECORDS = "bad_records"
    BASE_MISSING = "base_missing"
    ROUND_TRIP = "round_trip"
    NAME_TAKEN = "name_taken"
    NAME_REFUSED = "name_refused"
    REFUSED = "refused"
    SOURCE_GONE = "source_gone"
    PRIVATE_USE = "private_use"
    GOES_ROUND = "goes_round"
    PERHAPS_COLLECTED = "perhaps_collected"
    INTERNAL = "internal"
    NOT_AS_SENT = "not_as_sent"
    NOT_AS_STATED = "not_as_stated"
    NO_CONVERSION = "no_conversion"
    OLDER = "older"
    EMPTY = "empty"
    SEQUENCE = "sequence"
    RESTORED = "restored"
    RETRIES_ENDED = "retries_ended"
    REVISION = "revision"
    LATE = "late"
    EARLY = "early"
    FORMAT_CHANGED = "format_changed"
    SHRINK = "shrink"
    SPOOL_LOST = "spool_lost"
    ELSEWHERE = "elsewhere"


class Held(GatewayError):
    """This file waits for a person; the route goes on with the others."""

    def __init__(self, reason: Reason, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
