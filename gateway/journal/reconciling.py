"""The journal that was put back from a backup: it knows nothing of what was delivered since.

So whatever it holds unfinished, and whatever a route's source shows at its first look, is held: a person who has asked
the destination lets it go on.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import Reason
from gateway.journal import audit, owners, takeovers
from gateway.journal.database import Db

WHY = (
    "it was under way when the backup was made that the journal was restored from",
    "look whether the destination has it; release it only if it has not",
)


def begin_anew(db: Db, routes: Iterable[str], act: audit.Act) -> None:
    """See ``Journal.begin_anew``."""
    own = owners.installation_of(db)
    for route in routes:
        takeovers.begin_anew(db, route, installation=own)
    takeovers.hold_what_is_unsure(db, None, Reason.RESTORED, *WHY)
    audit.record(db, act)
