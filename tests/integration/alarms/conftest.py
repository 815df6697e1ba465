"""The alarm that a test is about, which it must have seen come up and go."""

import pytest

from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.watching import Watched


@pytest.fixture
def alarm(request):
    watched = Watched(request.node.get_closest_marker("provokes").args[0])
    yield watched
    assert (watched.was_raised, watched.is_over) == (True, True)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made
