from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.examine import examine
from tests.support import places

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.places import Place

STEPS = ["list", "write", "create-only", "read-back", "rename", "remove"]


async def test_a_place_that_can_do_everything_says_so_and_is_left_as_it_was(
    adapter: Adapter, place: Place
) -> None:
    place.put("in/a.csv", b"x")
    findings = await examine(adapter, pattern="in/*", path="in/lgw-probe.txt")
    assert [finding.step for finding in findings] == STEPS
    assert [finding.says for finding in findings if not finding.works] == []
    by_itself = "itself refuses" in findings[2].says
    assert by_itself is place.creates_only
    assert place.paths() == {"in/a.csv"}


async def test_a_name_that_is_taken_is_never_touched(adapter: Adapter, place: Place) -> None:
    place.put("in/a.csv", b"of somebody else")
    findings = await examine(adapter, pattern="in/*", path="in/a.csv")
    assert [(finding.step, finding.works) for finding in findings] == [("list", True), ("write", False)]
    assert place.get("in/a.csv") == b"of somebody else"


async def test_a_place_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    async with places.reach(places.folder(tmp_path / "unmounted")) as adapter:
        findings = await examine(adapter, pattern="*", path="probe.txt")
    assert [finding.works for finding in findings] == [False, False]
    assert all(finding.hint for finding in findings)
