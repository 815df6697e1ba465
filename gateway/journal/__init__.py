"""What happened, durable: the one place that says where each transfer stands."""

from gateway.journal.port import Admission, Claim, Journal, Name, Output, RunRecord, Transfer
from gateway.journal.sqlite import open_journal, read_journal

__all__ = [
    "Admission",
    "Claim",
    "Journal",
    "Name",
    "Output",
    "RunRecord",
    "Transfer",
    "open_journal",
    "read_journal",
]
