"""A short run of the coverage-guided fuzzer, so that it works on the day when somebody runs it for long."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("fuzz.py")


@pytest.fixture
def atheris():
    if importlib.util.find_spec("atheris") is None:
        pytest.fail("atheris is missing; it has wheels for Linux on x86-64: pip install atheris")


def run(*arguments):
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.usefixtures("atheris")
def test_a_short_run_finds_nothing_and_its_coverage_grows(tmp_path):
    done = run("--seconds", 10, "--findings", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    covered = [int(number) for number in re.findall(r"cov: (\d+)", done.stderr)]
    assert covered[-1] > 500
    assert int(re.search(r"number_of_executed_units: (\d+)", done.stderr)[1]) > 400
    assert list(tmp_path.iterdir()) == []
