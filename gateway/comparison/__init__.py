"""Old and new deliveries of one business slot, compared by key: is a cutover safe, and what still differs.

``compare`` takes two sides, rules and a folder to work in, and gives an outcome of counts; ``paired`` makes rules
for the items of two layouts. Nothing here knows routes, places or the journal.
"""

from gateway.comparison.engine import compare
from gateway.comparison.normalisers import Normaliser
from gateway.comparison.outcome import (
    ControlTotal,
    Difference,
    GroupTotals,
    ItemCount,
    Outcome,
    Tally,
    ToleranceUse,
    Verdict,
)
from gateway.comparison.reports import EXPIRING, ExpiringValues, Series
from gateway.comparison.rules import Kind, Pair, RuleFault, Rules, Tolerance, paired
from gateway.comparison.sides import NotCompared, Side
from gateway.comparison.task import Subject, Task

__all__ = [
    "EXPIRING",
    "ControlTotal",
    "Difference",
    "ExpiringValues",
    "GroupTotals",
    "ItemCount",
    "Kind",
    "Normaliser",
    "NotCompared",
    "Outcome",
    "Pair",
    "RuleFault",
    "Rules",
    "Series",
    "Side",
    "Subject",
    "Tally",
    "Task",
    "Tolerance",
    "ToleranceUse",
    "Verdict",
    "compare",
    "paired",
]
