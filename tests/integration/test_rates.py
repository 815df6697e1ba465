"""Rates of an endpoint by time of day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.reaching.places import Places
from tests.support.city import Silent, Town

LIMITED = """
slow:
  adapter: local
  root: /tmp
  limits:
    bandwidth:
      - {during: "08:00-18:00", rate: 10MiB/s}
      - {during: "18:00-22:00", rate: 100MiB/s}
plain:
  adapter: local
  root: /tmp
  limits: {bandwidth: 5MiB/s, verbs: 10}
"""


@pytest.mark.parametrize(("hour", "rate"), [(0, 10 << 20), (8, 10 << 20), (9, 100 << 20), (14, None)])
def test_the_rate_is_that_of_the_time_of_day_in_the_citys_zone(tmp_path, hour, rate):
    class At:
        def now(self):
            return datetime(2027, 1, 4, hour, 30, tzinfo=UTC)

    town = Town(tmp_path)
    town.endpoints(LIMITED)
    endpoints = town.load().endpoints
    places = Places(endpoints, clock=At(), report=Silent(), zone=ZoneInfo("Asia/Tokyo"))
    assert places.rate(endpoints["slow"]) == rate
    assert places.rate(endpoints["plain"]) == 5 << 20
