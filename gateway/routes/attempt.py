"""One attempt to carry a transfer, and what its failure decides: try again, hold, or leave the place alone."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from adapters import errors as place
from adapters.errors import AdapterError
from gateway import events
from gateway.carrying.journey import Journey
from gateway.errors import GatewayError, Held, NameBusy, Reason, SpoolFailed, place_of
from gateway.journal import Transfer
from gateway.lifecycle import FINAL, State
from gateway.routes.retry import Policy, deadline, retry_at
from gateway.transfer import carry

LOOK_AGAIN = timedelta(minutes=1)
"""How long a file waits for a mailbox to be emptied before the next look."""

OF_THE_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
)
"""What the system says where work on a file fails that nothing is wrong with: it is done again when that is over."""

TAKES_TURNS = (place.Transient, place.InDoubt, place.NoAccess)
"""Errors of a place rather than of a file: the route's other files would meet them too."""


async def attempt(journey: Journey, transfer: Transfer) -> Exception | None:
    """Carry a transfer as far as it goes now.

    Gives the error of the place that ended it, or None where the route may go on with its next file. What happened
    is in the journal in any case. Errors of the journal itself pass through.
    """
    try:
        with _own_machine():
            await carry(journey, transfer)
    except Held as held:
        await hold(journey, transfer, held.reason, held.message, held.hint)
    except place.AlreadyThere as taken:
        await hold(journey, transfer, Reason.NAME_TAKEN, taken.message, taken.hint)
    except place.Refused as refused:
        await hold(journey, transfer, Reason.REFUSED, refused.message, refused.hint)
    except AdapterError as error:
        await _again(journey, transfer, error)
        return error if isinstance(error, TAKES_TURNS) else None
    except NameBusy as busy:
        await _again(journey, transfer, place.NotReady(busy.message))
    except SpoolFailed as error:
        await _again(journey, transfer, error)
        return error
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - one file that meets a fault of ours stops no other file
        await _set_aside(journey, transfer, error)
    return None


@contextmanager
def _own_machine() -> Iterator[None]:
    """Where work on a file lacks room, memory or open files, that is no fault of the file, nor of the gateway."""
    try:
        yield
    except OSError as error:
        if error.errno not in OF_THE_MACHINE:
            raise
        hint = (
            "see that the disk of state_dir is writable and not full, and that memory and open files suffice"
        )
        raise SpoolFailed(f"the gateway's own machine failed ({error.strerror})", hint=hint) from error


async def _set_aside(journey: Journey, transfer: Transfer, error: Exception) -> None:
    """Hold a file that the gateway itself fails on. The error's text could hold anything: only its place is said."""
    where = place_of(error)
    journey.report.emit(
        events.ROUTE_FAULTED, transfer_id=transfer.id, error_kind=type(error).__name__, error=where
    )
    hint = "report it with this line; release tries again"
    await hold(
        journey,
        transfer,
        Reason.INTERNAL,
        f"the gateway itself failed ({type(error).__name__} {where})",
        hint,
    )


async def hold(journey: Journey, transfer: Transfer, reason: Reason, message: str, hint: str) -> None:
    """Let the transfer wait for a person, with its bytes kept in the spool."""
    latest = await _latest(journey, transfer)
    if latest.state in FINAL | {State.HELD}:
        return
    report_held(journey, await journey.journal.held(latest, reason, message, hint))


def report_held(journey: Journey, held: Transfer) -> None:
    """Say that a file waits for a person, if it does."""
    if held.state is not State.HELD:
        return
    journey.report.emit(
        events.FILE_HELD,
        transfer_id=held.id,
        file=f"{held.endpoint}:{held.entry.path}",
        reason=held.reason,
        error=held.message,
        next_action=held.hint,
    )


async def _again(journey: Journey, transfer: Transfer, error: AdapterError | SpoolFailed) -> None:
    latest = await _latest(journey, transfer)
    now = journey.clock.now()
    if isinstance(error, place.NotReady):
        at = now + LOOK_AGAIN
    else:
        at = retry_at(policy(journey), error, attempt=latest.attempt + 1, now=now)
    if _is_past_its_deadline(journey, latest, at):
        hint = "see to the place, then release the file, which goes on from here"
        why = f"the retries ended without success ({error.message})"
        await hold(journey, transfer, Reason.RETRIES_ENDED, why, hint)
        return
    kind = type(error).__name__
    failed = await journey.journal.failed(latest, kind=kind, message=error.message, retry_at=at)
    journey.report.emit(
        events.ATTEMPT_FAILED,
        transfer_id=failed.id,
        file=f"{failed.endpoint}:{failed.entry.path}",
        attempt=failed.attempt,
        error_kind=kind,
        error=error.message,
        next_action=error.hint,
    )


def _is_past_its_deadline(journey: Journey, transfer: Transfer, at: datetime) -> bool:
    """Whether the next try would come after the time of day at which the route's retries end."""
    until = journey.route.retry.slow.until
    first = transfer.first_failed_at or journey.clock.now()
    return until is not None and at > deadline(until, first, journey.zone)


def policy(journey: Journey) -> Policy:
    """The route's retries as a value."""
    retry = journey.route.retry
    return Policy(fast_times=retry.fast.times, fast_within=retry.fast.within, slow_every=retry.slow.every)


async def _latest(journey: Journey, transfer: Transfer) -> Transfer:
    found = await journey.journal.find(transfer.id)
    if found is None:
        raise GatewayError(f"transfer {transfer.id} is not in the journal")
    return found
