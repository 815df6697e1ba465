"""A vendor's repository asks for `check` before each commit, by the hook that this project publishes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pre_commit.clientlib import load_manifest

from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


@pytest.fixture
def town(tmp_path):
    """A city whose configuration stands in a repository with the hook, as pre-commit installs it."""
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    (hook,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    here = hook | {"language": "system"}  # the command is installed beside the tests already
    config = {"repos": [{"repo": "local", "hooks": [here]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("1\n")
    done(made, "git", "init", "--quiet")
    done(made, "git", "add", ".pre-commit-config.yaml", "config", "notes.txt")
    done(made, sys.executable, "-m", "pre_commit", "install")
    return made


def ran(town, *words):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(town.root / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    return subprocess.run(
        words, cwd=town.root, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def done(town, *words):
    result = ran(town, *words)
    assert result.returncode == 0, result.stdout + result.stderr


def commit(town):
    return ran(
        town, "git", "-c", "user.name=v", "-c", "user.email=v@example.invalid", "commit", "--message", "x"
    )


def test_pre_commit_understands_the_published_hook():
    (hook,) = load_manifest(str(HOOKS))
    assert hook["id"] == "linkage-gateway-check"


def test_a_sound_configuration_is_committed(town):
    assert commit(town).returncode == 0
    assert "x" in ran(town, "git", "log", "--format=%s").stdout


def test_a_faulty_one_is_not_and_its_faults_are_shown_with_their_places(town):
    town.write("routes/v/r.yaml", CONVERTING.replace("schedule", "shedule"))
    done(town, "git", "add", "config")
    refused = commit(town)
    assert refused.returncode == 1
    assert (
        "routes/v/r.yaml:9:1: unknown key shedule; did you mean schedule?" in refused.stdout + refused.stderr
    )


def test_a_commit_of_other_files_alone_asks_nothing(town):
    assert commit(town).returncode == 0
    (town.root / "notes.txt").write_text("2\n")
    done(town, "git", "add", "notes.txt")
    assert "Skipped" in commit(town).stderr
