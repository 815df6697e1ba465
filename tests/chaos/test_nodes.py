"""Three nodes of which any dies, hangs or is cut off; ``python -m tests.chaos.nodes`` plays a longer run."""

import os

import pytest

from tests.chaos.nodes import play
from tests.support.namespaces import require_namespaces

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

SEED = int(os.environ.get("CHAOS_SEED", "20270104"))
SECONDS = 20


async def test_every_file_arrives_exactly_once_whichever_node_is_lost(tmp_path):
    require_namespaces("--net")
    figures, _ = await play(tmp_path / "run", seconds=SECONDS, seed=SEED)
    assert figures.clean, f"\n{figures}"
    assert figures.verdict["files"] > 10
    assert sum(count for kind, count in figures.faults.items() if kind.startswith("node ")) >= 2
