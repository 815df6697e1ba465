"""Kernels are compiled before the first test: files as small as those of tests would not wait for them."""

import pytest

from gateway.formats.fast.readiness import WORTH_WAITING, kernels_ready


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_compiled():
    assert kernels_ready(size=WORTH_WAITING)
