"""Carries out the steps of the Dockerfile in a bare Debian root, where no container engine is at hand. Needs root.

    debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm BASE
    python deploy/image_steps.py BASE WORK

Each stage is a copy of BASE with the names that Python's official images have. Then the image's command runs as its
user, without capabilities, on a root that cannot be written, in a network of its own, until its health check answers;
it must end on SIGTERM with code 0. What an engine does beyond that is not shown: layers, its own reading of the file,
the base image itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""Of this machine, as an engine shares them or as its network needs them."""
STATE, CONFIG, SCRATCH = "var/lib/linkage-gateway", "etc/linkage-gateway", "tmp"
PATIENCE = 120
"""Seconds until the health check must have answered."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instruction; ``flags`` are those before its text."""

    word: str
    text: str
    flags: Mapping[str, str]


def steps(dockerfile: str) -> Iterator[Step]:
    """The instructions in order, continued lines joined. Raises ``ValueError`` for what nobody here can carry out."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        flags = {}
        while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest.lstrip()):
            flags[found[1]] = found[2]
            rest = rest.lstrip()[found.end() :]
        if word not in INSTRUCTIONS:
            raise ValueError(f"{word} is no step that can be carried out here")
        yield Step(word=word, text=rest.strip(), flags=flags)


@dataclass(kw_only=True)
class Stage:
    """A root that grows step by step, and what is said of it."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    health: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def filled(self, text: str) -> str:
        """A text with the variables in it."""
        known = self.variables | self.environment
        return re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], text)


def run(stage: Stage, step: Step, stages: Mapping[str, Stage]) -> None:
    """RUN: a shell in the root, with the arguments as variables."""
    mounts = dict(part.split("=", 1) for part in step.flags.get("mount", "").split(",") if part)
    script = f"cd {shlex.quote(stage.folder)} && {step.text}"
    bind = ""
    if mounts:
        source, target = stages[mounts["from"]].root / mounts["source"][1:], stage.root / mounts["target"][1:]
        target.mkdir(parents=True, exist_ok=True)
        bind = f"mount --bind {source} {target} && "
    inside = shlex.join(["chroot", str(stage.root), "/bin/sh", "-ec", script])
    proc = f"mount -t proc proc {stage.root}/proc && mount --bind /dev {stage.root}/dev && "
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root"}
    subprocess.run(
        ["unshare", "--mount", "/bin/sh", "-ec", f"{proc}{bind}{inside}"],
        env=given | stage.variables | stage.environment,
        check=True,
    )


def copy(stage: Stage, step: Step, stages: Mapping[str, Stage]) -> None:  # noqa: ARG001 - one signature
    """COPY out of the sources, which hold what .dockerignore leaves."""
    *names, target = step.text.split()
    for name in names:
        source, folder = ROOT / name, stage.root / stage.folder[1:] / target
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder)


def say(stage: Stage, step: Step, stages: Mapping[str, Stage]) -> None:  # noqa: ARG001 - one signature
    """What is remembered of the image, or holds for the next steps."""
    match step.word:
        case "ARG":
            name, _, default = step.text.partition("=")
            stage.variables.setdefault(name, default)
        case "ENV":
            stage.environment |= {
                name: stage.filled(value)
                for name, value in (part.split("=", 1) for part in shlex.split(step.text))
            }
        case "WORKDIR":
            stage.folder = step.text
            (stage.root / step.text[1:]).mkdir(parents=True, exist_ok=True)
        case "USER":
            stage.user = step.text
        case "HEALTHCHECK":
            stage.health = tuple(json.loads(step.text.removeprefix("CMD")))
        case "ENTRYPOINT" | "CMD":
            stage.command += tuple(json.loads(step.text))


INSTRUCTIONS = {"RUN": run, "COPY": copy} | dict.fromkeys(
    ("ARG", "ENV", "WORKDIR", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD", "VOLUME", "FROM"), say
)


def build(base: Path, work: Path) -> Stage:
    """Every stage; gives the last one."""
    stages: dict[str, Stage] = {}
    ahead: dict[str, str] = {}
    stage: Stage | None = None
    for step in steps((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        print(f"{step.word} {step.text[:100]}", flush=True)
        if step.word == "FROM":
            _, _, name = step.text.partition(" AS ")
            stage = Stage(root=_copied(base, work / (name or "image")))
            stages[name or "image"] = stage
        elif stage is None:
            name, _, default = step.text.partition("=")
            ahead[name] = default
        else:
            INSTRUCTIONS[step.word](stage, step, stages)
    assert stage is not None, "a Dockerfile has a stage"
    return stage


def _copied(base: Path, root: Path) -> Path:
    """The base, with the names of Python's official images, and a pip that may install."""
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", base, root], check=True)
    for file in SHARED:
        (root / file).unlink(missing_ok=True)
        shutil.copy(Path("/") / file, root / file)
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    return root


def started(stage: Stage, config: Path) -> int:
    """Run the image as its user on a root that cannot be written; gives 0 if it answered, and ended as it should."""
    shutil.copytree(config, stage.root / CONFIG, dirs_exist_ok=True)
    user, group = stage.user.split(":")
    rights = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
    rights += ["--bounding-set=-all", "--inh-caps=-all"]
    entered = ["chroot", str(stage.root), *rights]
    script = f"""
        ip link set lo up
        mount --bind {stage.root} {stage.root}
        mount -t proc proc {stage.root}/proc
        mount --bind /dev {stage.root}/dev
        mount -t tmpfs tmpfs {stage.root}/{SCRATCH}
        mount -t tmpfs -o mode=0700,uid={user},gid={group} tmpfs {stage.root}/{STATE}
        mount -o remount,ro,bind {stage.root}
        {shlex.join([*entered, *stage.command])} &
        gateway=$!
        for _ in $(seq {PATIENCE}); do
            sleep 1
            kill -0 $gateway || exit 3
            if {shlex.join([*entered, *stage.health])} 2>/dev/null; then
                echo answered
                {shlex.join([*entered, "sh", "-c", "touch /usr/written"])} 2>/dev/null && exit 4
                kill -TERM $gateway
                wait $gateway
                exit $?
            fi
        done
        exit 5
    """
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"} | stage.environment
    begun = time.monotonic()
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script],
        env=given,
        check=False,
    )
    print(f"the image's command ended with {done.returncode} after {time.monotonic() - begun:.0f} s")
    return done.returncode


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", type=Path, help="a bare root, made by debootstrap")
    parser.add_argument("work", type=Path, help="folder for the roots of the stages")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "config", help="the configuration that it runs on"
    )
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        print("only root may change the root of a process", file=sys.stderr)
        return 2
    chosen.work.mkdir(parents=True, exist_ok=True)
    return started(build(chosen.base, chosen.work.resolve()), chosen.config)


if __name__ == "__main__":
    sys.exit(main())
