"""What happened, durable: the one place that says where each transfer stands."""

from gateway.journal.asked import Corrected, HandedIn, Reconversion, Replay, Skip
from gateway.journal.comparisons import Candidate, ComparisonRow
from gateway.journal.deltas import Draft, Series
from gateway.journal.deltas import Held as HeldState
from gateway.journal.erasures import Erasure
from gateway.journal.evidence import STORES, Carried, Kept, Store, Term
from gateway.journal.home import JournalHome, journal_home
from gateway.journal.nodes import CITY, Cluster, Lease, Node
from gateway.journal.outgoing import Claim, Name, Output, Relay
from gateway.journal.overview import Backlog, Mark
from gateway.journal.people import Alarm, Pause, Raised
from gateway.journal.port import AHEAD, Admission, Journal, Numbering, Transfer
from gateway.journal.remembered import RunRecord
from gateway.journal.shadows import Shadow
from gateway.journal.sqlite import join_journal, open_journal, read_journal
from gateway.journal.takings import Untaken

__all__ = [
    "AHEAD",
    "CITY",
    "STORES",
    "Admission",
    "Alarm",
    "Backlog",
    "Candidate",
    "Carried",
    "Claim",
    "Cluster",
    "ComparisonRow",
    "Corrected",
    "Draft",
    "Erasure",
    "HandedIn",
    "HeldState",
    "Journal",
    "JournalHome",
    "Kept",
    "Lease",
    "Mark",
    "Name",
    "Node",
    "Numbering",
    "Output",
    "Pause",
    "Raised",
    "Reconversion",
    "Relay",
    "Replay",
    "RunRecord",
    "Series",
    "Shadow",
    "Skip",
    "Store",
    "Term",
    "Transfer",
    "Untaken",
    "join_journal",
    "journal_home",
    "open_journal",
    "read_journal",
]
