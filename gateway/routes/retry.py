"""When to try again. Pure: an attempt, a policy and an instant give a decision.

Nothing is ever given up here: a file that cannot be delivered yet stays pending until it can, or until its route's
deadline, when it is held for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from adapters import errors as place


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Two speeds: ``fast_times`` attempts spread over ``fast_within``, then one every ``slow_every``."""

    fast_times: int = 5
    fast_within: timedelta = timedelta(minutes=5)
    slow_every: timedelta = timedelta(minutes=15)


STEEPEST = 6
"""How often a wait doubles at most."""


def _weight(attempt: int) -> int:
    return 1 << min(attempt - 1, STEEPEST)


def delay(policy: Policy, error: Exception, attempt: int) -> timedelta:
    """How long to wait after attempt number ``attempt`` (1 for the first) failed with ``error``.

    Fast waits double (up to ``STEEPEST`` times), and together they fill ``fast_within``. A login or host key
    that is refused is never tried fast, because accounts lock. A place that names a time is not asked earlier.
    """
    if isinstance(error, place.Misconfigured) or attempt > policy.fast_times:
        chosen = policy.slow_every
    else:
        chosen = policy.fast_within * _weight(attempt) / sum(map(_weight, range(1, policy.fast_times + 1)))
    asked = getattr(error, "retry_after", None)
    return max(chosen, timedelta(seconds=asked)) if asked else chosen


def deadline(until: time, first_failed: datetime, zone: tzinfo) -> datetime:
    """The first instant after the first failure at which the clock in ``zone`` shows ``until``."""
    begun = first_failed.astimezone(zone)
    today = begun.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
    return today if today > begun else today + timedelta(days=1)


def retry_at(policy: Policy, error: Exception, *, attempt: int, now: datetime) -> datetime:
    """The instant of the next attempt."""
    return now + delay(policy, error, attempt)
