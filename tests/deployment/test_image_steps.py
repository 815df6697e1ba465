"""The program that carries out the Dockerfile's steps in a bare root knows every step that stands there.

The root itself is made by debootstrap over a network, so it is no part of the suite; docs/deployment.md says what was
seen.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("image_steps", ROOT / "deploy/image_steps.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_every_step_of_the_dockerfile_can_be_carried_out(program):
    words = [step.word for step in program.steps(DOCKERFILE)]
    assert words.count("FROM") == 2
    assert words.count("RUN") == 4
    assert words[-4:] == ["VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD"]


def test_a_step_of_another_kind_is_refused_and_not_passed_over(program):
    with pytest.raises(ValueError, match="ONBUILD is no step"):
        list(program.steps("FROM a\nONBUILD RUN b\n"))


def test_wheels_are_mounted_out_of_the_stage_that_made_them(program):
    (mounting,) = [step for step in program.steps(DOCKERFILE) if "mount" in step.flags]
    assert mounting.flags["mount"] == "type=bind,from=wheels,source=/wheels,target=/wheels"
    assert mounting.text.startswith("SOURCE_DATE_EPOCH=")


def test_the_image_has_the_command_the_user_and_the_health_check_of_the_file(program, tmp_path):
    stage = program.Stage(root=tmp_path)
    told = ("ARG", "ENV", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD")
    for step in program.steps(DOCKERFILE):
        if step.word in told:
            program.say(stage, step, {})
    assert (stage.user, stage.command) == ("10440:10440", ("linkage-gateway", "run"))
    assert stage.health[:2] == ("python", "-c")
    assert stage.environment["GATEWAY_STATE"] == "/var/lib/linkage-gateway"


def test_sources_are_copied_without_what_python_left(program, tmp_path):
    stage = program.Stage(root=tmp_path, folder="/source")
    for step in program.steps(DOCKERFILE):
        if step.word == "COPY":
            program.copy(stage, step, {})
    copied = {
        path.relative_to(tmp_path / "source").as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert {
        "pyproject.toml",
        "docs/LICENSE",
        "deploy/requirements.txt",
        "gateway/app.py",
        "adapters/s3/adapter.py",
    } <= copied
    assert not [name for name in copied if "__pycache__" in name]
