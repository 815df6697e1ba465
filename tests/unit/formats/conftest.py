"""Kernels are compiled before the first test: files as small as those of tests would not wait for them.

No time is asserted: a busy machine is no fault of an example.
"""

import pytest
from hypothesis import HealthCheck, settings

from gateway.formats.fast.readiness import WORTH_WAITING, kernels_ready

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_compiled():
    assert kernels_ready(size=WORTH_WAITING)
