"""Which names an output may have at its destination."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.carrying.journey import Journey, name_values, target_place
from gateway.journal import Claim, Name, Transfer
from gateway.journal.series import series_of
from gateway.model import Format
from gateway.naming import DestinationName


async def claim_of(journey: Journey, transfer: Transfer, to_format: Format) -> Claim:
    """The names that the transfer may have at its destination."""
    place = target_place(journey, transfer, to_format)
    await journey.ownership.confirm(place)
    adapter = await journey.places.reach(place.endpoint)
    name = DestinationName.compile(place.path)

    def names(number: int, ordinal: int) -> Iterator[Name]:
        token = transfer.token if ordinal == 1 else f"{transfer.token}p{ordinal}"
        for path in name.candidates(replace(name_values(journey, transfer, number), part=ordinal)):
            yield Name(path=path, temporary=adapter.temporary(path, token))

    series = series_of(transfer.route, to_format) if name.uses("seq") else None
    return Claim(
        endpoint=place.endpoint,
        names=names,
        series=series,
        counts_up=not name.uses("time"),
        waits=place.exists != "refuse",
    )
