"""What went wrong at a place, named for the decision it causes.

Every adapter has one table from its library's errors to these classes (``ERRORS`` in each adapter) and lets
nothing else out. The core decides by class alone: it never reads a protocol's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


Settings = Mapping[str, object]
"""Keys of an endpoint as they are written, such as ``{"dialect": "mvs"}``."""

NO_SETTINGS: Settings = {}


class AdapterError(Exception):
    """A place did not do what it was asked.

    Attributes:
        message: what happened, for a person; never a value out of a record, never a secret.
        hint: what to do about it, or an empty string.
        settings: keys of the endpoint that would help, with their values, where that is known.
    """

    def __init__(self, message: str, *, hint: str = "", settings: Settings = NO_SETTINGS) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.settings = settings

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class Transient(AdapterError):
    """It may work later: retry by the journal's plan, not before ``retry_after`` seconds if given."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        settings: Settings = NO_SETTINGS,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, settings=settings)
        self.retry_after = retry_after


class ConnectionLost(Transient):
    """The connection went, and with it the answer to what was asked last; ``InDoubt`` while publishing."""


class Crowded(Transient):
    """The place did not even begin: it takes no more at one time now."""


class NotFound(AdapterError):
    """The path is not there. Said by the place itself, never guessed from another error."""


class NotReady(AdapterError):
    """The file is there and is still being written, or its marker is missing: look again at the next poll."""


class Refused(AdapterError):
    """This file will not be taken by this place, ever, as it is: hold it for a person."""


class AlreadyThere(Refused):
    """The final name exists and the write was not allowed to replace it. Nothing was changed."""


class Misconfigured(AdapterError):
    """Rights or abilities that the place does not give for this: not retried fast, the file is spared."""


class NoAccess(Misconfigured):
    """Login, host key, certificate, host name or bucket: nothing works there. Pause the endpoint, spare the files.

    Never retried fast: accounts lock after a few bad logins.
    """


class Changed(AdapterError):
    """The place now shows another identity than the entry that was read: nothing was touched."""


class InDoubt(AdapterError):
    """The connection went after the last byte or within the publishing step: look before doing it again."""


class UnreadableListing(Transient):
    """A listing came and could not be understood. It is a failure, never an empty place."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of an adapter's error table: what a library raises, and the decision that it means.

    ``when`` narrows the row to some of the errors of that type; the first row that fits is taken. ``settings`` are
    those of ``AdapterError``, ``retry_after`` that of ``Transient``.
    """

    error: type[BaseException] | tuple[type[BaseException], ...]
    becomes: type[AdapterError]
    says: str
    hint: str = ""
    when: Callable[[Any], bool] = field(default=lambda _: True)
    settings: Callable[[Any], Settings] = field(default=lambda _: NO_SETTINGS)
    retry_after: Callable[[Any], float | None] = field(default=lambda _: None)

    def fits(self, error: BaseException) -> bool:
        """Whether this row speaks about the error."""
        return isinstance(error, self.error) and self.when(error)


def decide(rules: Sequence[Rule], error: Exception, doing: str) -> AdapterError | None:
    """The decision for a library's error, or None where the table has no row: then it is a fault of ours."""
    for rule in rules:
        if rule.fits(error):
            message = f"{doing}: {rule.says}{_detail(error)}"
            decision = rule.becomes(message, hint=rule.hint, settings=rule.settings(error))
            if isinstance(decision, Transient):
                decision.retry_after = rule.retry_after(error)
            return decision
    return None


@contextmanager
def map_errors(rules: Sequence[Rule], doing: str) -> Iterator[None]:
    """Let out only the errors of this module. ``doing`` says what was tried, with the path, for a person."""
    try:
        yield
    except AdapterError:
        raise
    except Exception as error:
        decision = decide(rules, error, doing)
        if decision is None:
            raise
        raise decision from error


@contextmanager
def in_doubt_when_lost(doing: str) -> Iterator[None]:
    """Around a publishing step: a connection that goes here leaves open whether the step was done."""
    try:
        yield
    except ConnectionLost as error:
        hint = "look whether the file is there before sending it again"
        raise InDoubt(f"{doing}: no answer to the publishing step ({error.message})", hint=hint) from error


def _detail(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f" ({_UNPRINTABLE.sub('?', text)})" if text else f" ({type(error).__name__})"
