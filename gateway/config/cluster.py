"""Several machines that share the routes of one city."""

from __future__ import annotations

from pydantic import Field

from adapters.units import Duration
from adapters.written import Written
from gateway.config.words import Name, as_written


class Cluster(Written):
    """Shares the routes with other nodes on one journal in PostgreSQL; absent: this gateway carries all of them."""

    node: Name | None = Field(
        default=None,
        description="Name of this machine among the nodes; absent: $LINKAGE_GATEWAY_NODE, or the host's name.",
    )
    lease: Duration = Field(
        default=as_written("15s"),
        description="How long a node may be silent before others take its routes over; the same on every node.",
    )
