"""The alarm that a test is about, which it must have seen come up and go."""

import json

import jsonschema
import pytest

from gateway.reference.lines import line_schema
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.watching import Watched


@pytest.fixture
def alarm(request):
    watched = Watched(request.node.get_closest_marker("provokes").args[0])
    yield watched
    assert (watched.was_raised, watched.is_over) == (True, True)


VALIDATOR = jsonschema.Draft202012Validator(line_schema())


def faulty(log):
    """The lines that are none of the catalogue's; of lines with the same event and keys, one is looked at."""
    lines = {(line["event"], *line): line for line in map(json.loads, log.lines)}
    return [line for line in lines.values() if not VALIDATOR.is_valid(line)]


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    yield made
    assert faulty(made.log) == []
