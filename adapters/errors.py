"""What went wrong at a place, named for the decision it causes.

Every adapter has one table from its library's errors to these classes (``ERRORS`` in each adapter) and lets
nothing else out. The core decides by class alone: it never reads a protocol's code.
"""

from __future__ import annotations


class AdapterError(Exception):
    """A place did not do what it was asked.

    Attributes:
        message: what happened, for a person; never a value out of a record, never a secret.
        hint: what to do about it, or an empty string.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class Transient(AdapterError):
    """It may work later: retry by the journal's plan, not before ``retry_after`` seconds if given."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class NotFound(AdapterError):
    """The path is not there. Said by the place itself, never guessed from another error."""


class NotReady(AdapterError):
    """The file is there and is still being written, or its marker is missing: look again at the next poll."""


class Refused(AdapterError):
    """This file will not be taken by this place, ever, as it is: hold it for a person."""


class AlreadyThere(Refused):
    """The final name exists and the write was not allowed to replace it. Nothing was changed."""


class Misconfigured(AdapterError):
    """Login, host key, certificate, missing bucket or rights: pause the endpoint, spare the files.

    Never retried fast: accounts lock after a few bad logins.
    """


class Changed(AdapterError):
    """The place now shows another identity than the entry that was read: nothing was touched."""


class InDoubt(AdapterError):
    """The connection went after the last byte or within the publishing step: look before doing it again."""


class UnreadableListing(Transient):
    """A listing came and could not be understood. It is a failure, never an empty place."""
