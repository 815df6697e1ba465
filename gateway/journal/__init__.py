"""What happened, durable: the one place that says where each transfer stands."""

from gateway.journal.port import AHEAD, Admission, Claim, Journal, Name, Output, RunRecord, Transfer
from gateway.journal.sqlite import join_journal, open_journal, read_journal

__all__ = [
    "AHEAD",
    "Admission",
    "Claim",
    "Journal",
    "Name",
    "Output",
    "RunRecord",
    "Transfer",
    "join_journal",
    "open_journal",
    "read_journal",
]
