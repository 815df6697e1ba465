"""`check` of many route files like the samples': the whole command, start included, beside PyYAML on the same files.

    python benchmarks/check.py [--routes 1000] [--runs 5]

Each run is a process of its own. Routes are the sample city's, again and again, each with files of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

SAMPLE = Path(__file__).parent.parent / "config"
PATH = re.compile(r'(path: ")([^"]+)"')
ONLY_YAML = """
import pathlib, sys, yaml
for file in pathlib.Path(sys.argv[1]).rglob("*.yaml"):
    yaml.compose(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
"""


def write_city(folder: Path, routes: int) -> Path:
    """The sample city with so many routes."""
    config = folder / "config"
    shutil.copytree(SAMPLE, config)
    samples = sorted((config / "routes").glob("*/*.yaml"))
    for number in range(routes - len(samples)):
        sample, turn = samples[number % len(samples)], number // len(samples)
        text = PATH.sub(
            lambda found, turn=turn: f'{found[1]}{apart(found[2], turn)}"', sample.read_text("utf-8")
        )
        (sample.parent / f"{sample.stem}-{turn:04}.yaml").write_text(text, encoding="utf-8")
    return config


def apart(path: str, turn: int) -> str:
    """The path of another route's files: in a folder of their own, or with a dataset's qualifier of their own."""
    if "/" not in path and path.count(".") > 1:
        first, second, *others = path.split(".")
        return ".".join((first, second, f"R{turn:04}", *others))
    *folders, name = path.split("/")
    return "/".join((*folders, f"r{turn:04}", name))


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock and of processor."""
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took, after = time.perf_counter() - began, os.times()
    if "--config" in command:
        assert " 0 rejected; 0 errors" in done.stdout, done.stdout[-400:]
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return took, spent


def row(what: str, runs: list[tuple[float, float]]) -> str:
    told = [
        f"{statistics.median(one):5.2f} ({min(one):.2f}-{max(one):.2f})" for one in zip(*runs, strict=True)
    ]
    return f"{what:52} {told[0]} s, of processor {told[1]} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = str(write_city(Path(folder), asked.routes))
        commands = {
            f"check of {asked.routes} routes": [sys.executable, "-m", "gateway", "--config", config, "check"],
            "check of the sample city": [sys.executable, "-m", "gateway", "--config", str(SAMPLE), "check"],
            f"PyYAML {yaml.__version__} alone, C loader with marks": [
                sys.executable,
                "-c",
                ONLY_YAML,
                config,
            ],
        }
        runs = {
            what: [measured(command) for _ in range(asked.runs + 1)][1:] for what, command in commands.items()
        }
    for what, seen in runs.items():
        print(row(what, seen))


if __name__ == "__main__":
    main()
