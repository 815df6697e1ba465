"""What somebody asks for on the page, and why it is not done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What somebody wants done, and to what: ``route:NAME``, ``wave:NAME``, ``endpoint:NAME``, a transfer, an alarm.

    ``until`` is an instant that the form gives, aware and to come; ``form`` holds whatever else it says.
    """

    subject: str
    who: str
    reason: str
    until: datetime | None
    form: Mapping[str, str]


class NotDone(Exception):
    """It was not done; the word of the page that says why, and in ``detail`` what the gateway says of it."""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(word)
        self.word = word
        self.detail = detail
