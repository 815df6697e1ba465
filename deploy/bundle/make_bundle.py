"""Makes the archive from which the gateway is installed where there is no network.

It holds wheels for one platform, a digest of every file, the list of what it is made of (CycloneDX), the licences, the
service of systemd, the documents, and ``install.sh``. The same sources make the same archive, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contents import Package, licences, sbom

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("requirements.txt")
TOOLS = ROOT / "deploy/build-requirements.txt"
"""What builds wheels out of sources, by digest: it decides what is in them."""
CHECKED = ("--no-deps", "--require-hashes", "--requirement")
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
PLATFORMS = {
    f"linux-{machine}": [
        f"manylinux{one}_{machine}" for one in ("_2_28", "_2_27", "_2_26", "_2_24", "_2_17", "2014")
    ]
    for machine in ("x86_64", "aarch64")
}
"""What pip calls the platforms: any Linux with glibc 2.28 (RHEL 8, Debian 10) or newer."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""It is installed with the Python that makes it: which packages are needed depends on that."""

BUILT_HERE = frozenset({"pyftpdlib"})
"""Published as source alone. It is Python only: the wheel fits every platform."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the archive is made for.

    Attributes:
        wheels: a folder to take the packages from, instead of a package index.
    """

    platform: str
    wheels: Path | None


def main() -> None:
    """Make it, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", choices=sorted(PLATFORMS), default="linux-x86_64")
    parser.add_argument("--wheels", type=Path, help="a folder to take the packages from, instead of an index")
    parser.add_argument("--out", type=Path, default=Path("dist"))
    given = parser.parse_args()
    wanted = Wanted(platform=given.platform, wheels=given.wheels)
    given.out.mkdir(parents=True, exist_ok=True)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    name = f"linkage-gateway-{version}-{wanted.platform}-py{PYTHON}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        fill(folder, wanted, version)
        archive = pack(folder, given.out / f"{name}.tar")
    digest = digest_of(archive)
    archive.with_suffix(".tar.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    print(f"{archive}: {archive.stat().st_size:,} bytes, SHA-256 {digest}")


def fill(folder: Path, wanted: Wanted, version: str) -> None:
    """Lay out what the archive holds."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    collect(wheels, wanted)
    packages = [Package.of(path) for path in sorted(wheels.glob("*.whl"))]
    (folder / "sbom.cdx.json").write_text(sbom(packages, epoch=EPOCH), encoding="utf-8")
    licences(packages, folder / "licences")
    shutil.copy(Path(__file__).with_name("install.sh"), folder)
    shutil.copy(LOCK, folder / "requirements.txt")
    (folder / "VERSION").write_text(f"{version}\n", encoding="utf-8")
    (folder / "PYTHON").write_text(f"python{PYTHON}\n", encoding="utf-8")
    for name in ("systemd", "monitoring"):
        shutil.copytree(ROOT / "deploy" / name, folder / name)
    shutil.copytree(ROOT / "docs", folder / "docs/docs")
    for name in ("README.md", "README.ja.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / "docs")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{digest_of(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def collect(wheels: Path, wanted: Wanted) -> None:
    """The gateway's own wheel, and every package of the lock, by its digest or out of the given folder."""
    with tempfile.TemporaryDirectory() as scratch, building(Path(scratch) / "tools"):
        pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ROOT)
        if wanted.wheels is None:
            fetch(wheels, PLATFORMS[wanted.platform], Path(scratch))
        else:
            for path in wanted.wheels.glob("*.whl"):
                if not path.name.startswith("linkage_gateway-"):
                    shutil.copy(path, wheels)


@contextmanager
def building(tools: Path) -> Iterator[None]:
    """What builds wheels is there inside, in the versions of its lock, and knows the time that they get."""
    pip("install", "--only-binary", ":all:", "--target", tools, *CHECKED, TOOLS)
    before = dict(os.environ)
    os.environ |= {"SOURCE_DATE_EPOCH": str(EPOCH), "PYTHONPATH": str(tools)}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def fetch(wheels: Path, tags: Sequence[str], scratch: Path) -> None:
    """Every package of the lock, by its digest."""
    here, elsewhere = scratch / "here.txt", scratch / "elsewhere.txt"
    entries = requirements(LOCK.read_text(encoding="utf-8"))
    here.write_text("\n".join(one for one in entries if name_of(one) in BUILT_HERE), encoding="utf-8")
    elsewhere.write_text(
        "\n".join(one for one in entries if name_of(one) not in BUILT_HERE), encoding="utf-8"
    )
    pip("wheel", "--no-build-isolation", "--wheel-dir", wheels, *CHECKED, here)
    words = [word for tag in tags for word in ("--platform", tag)]
    target = ("--only-binary", ":all:", "--dest", wheels, "--python-version", PYTHON, *words)
    pip("download", *target, *CHECKED, elsewhere)


def requirements(lock: str) -> list[str]:
    """The entries of a lock, each with its digests; a package may have several, for several Pythons."""
    return [line for line in lock.replace("\\\n", " ").splitlines() if "==" in line]


def name_of(entry: str) -> str:
    """The package that an entry is about."""
    return entry.partition("==")[0].partition("[")[0]


def pip(*words: object) -> None:
    """Run pip, and show what it says only where it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"pip {words[0]} failed:\n{done.stdout}{done.stderr}")


def pack(folder: Path, archive: Path) -> Path:
    """One file out of the folder: in order of names, owned by root, with one time for all."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = EPOCH
        member.mode = 0o755 if member.isdir() or member.name.endswith(".sh") else 0o644
        return member

    with tarfile.open(archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in [folder, *sorted(folder.rglob("*"))]:
            tar.add(path, arcname=path.relative_to(folder.parent), recursive=False, filter=plain)
    return archive


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
