"""Whether a time service keeps the clock right is what the kernel says."""

import platform
import subprocess

import pytest

from gateway.times.clock import SystemClock

SYSCALL = {"x86_64": 159, "aarch64": 171}
"""The number of adjtimex, by the kernel's tables of system calls."""


def test_the_kernel_is_asked_whether_the_clock_is_synchronised():
    number = SYSCALL.get(platform.machine())
    if number is None:
        pytest.fail(f"write down the number of adjtimex on {platform.machine()}")
    asked = ["perl", "-e", f'my $t = "\\0" x 512; print syscall({number}, $t)']
    answer = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert SystemClock().is_synchronised() is (answer != "5"), "TIME_ERROR of adjtimex(2) is 5"
