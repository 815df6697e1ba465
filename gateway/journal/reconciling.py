"""The journal that was put back from a backup: it knows nothing of what was delivered since.

So of whatever it holds unfinished, and whatever a route's source shows at its first look, the destination is asked
first (``gateway.carrying.proving``).
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.journal import audit, owners, takeovers
from gateway.journal.database import Db


def begin_anew(db: Db, routes: Iterable[str], act: audit.Act) -> None:
    """See ``Journal.begin_anew``."""
    own = owners.installation_of(db)
    for route in routes:
        takeovers.begin_anew(db, route, installation=own)
    takeovers.doubt(db, None)
    audit.record(db, act)
