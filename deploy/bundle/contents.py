"""What a bundle is made of, told from the wheels in it: their licences, and the list in CycloneDX 1.6."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import AttachedText, HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = "linkage-gateway"
SPELLINGS = ("licen", "copying", "notice", "authors")


@dataclass(frozen=True, kw_only=True)
class Package:
    """One wheel."""

    path: Path
    about: Message
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Package:
        """Read it."""
        with zipfile.ZipFile(path) as wheel:
            (name,) = [
                one for one in wheel.namelist() if one.count("/") == 1 and one.endswith(".dist-info/METADATA")
            ]
            about = HeaderParser().parsestr(wheel.read(name).decode("utf-8"))
        return cls(path=path, about=about, sha256=hashlib.sha256(path.read_bytes()).hexdigest())

    @property
    def name(self) -> str:
        """Its name, in the one spelling that compares."""
        return canonicalize_name(self.about["Name"])

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.about["Version"])

    @property
    def licence(self) -> str:
        """What it states: an SPDX expression if there is one, or words of its own."""
        expression = self.about.get("License-Expression")
        if expression:
            return str(expression)
        classified = [
            one.rpartition(" :: ")[2]
            for one in self.about.get_all("Classifier", ())
            if one.startswith("License ::")
        ]
        words = (self.about.get("License") or "").strip().splitlines()
        return " AND ".join(classified) or (words[0] if words else "")

    @property
    def needs(self) -> set[str]:
        """Names of what it needs, its extras included."""
        return {canonicalize_name(Requirement(one).name) for one in self.about.get_all("Requires-Dist", ())}

    def texts(self) -> dict[str, bytes]:
        """The texts about licences that it brings, by a name for each."""
        with zipfile.ZipFile(self.path) as wheel:
            found = [
                PurePosixPath(name) for name in wheel.namelist() if ".dist-info/" in name and name[-1] != "/"
            ]
            return {
                "-".join(path.parts[1:]): wheel.read(str(path))
                for path in found
                if path.name.lower().startswith(SPELLINGS)
            }


def sbom(packages: Sequence[Package], *, epoch: int) -> str:
    """The list, as JSON that was checked against the schema."""
    licence = LicenseFactory()
    parts = {package.name: _component(package, licence) for package in packages}
    gateway = parts.pop(OURS)
    gateway.type = ComponentType.APPLICATION
    dependencies = [
        Dependency(
            ref=(gateway if package.name == OURS else parts[package.name]).bom_ref,
            dependencies=[
                Dependency(ref=parts[name].bom_ref) for name in sorted(package.needs & parts.keys())
            ],
        )
        for package in packages
    ]
    bom = Bom(
        components=parts.values(),
        dependencies=dependencies,
        serial_number=uuid5(NAMESPACE_URL, "".join(package.sha256 for package in packages)),
        metadata=BomMetaData(component=gateway, timestamp=datetime.fromtimestamp(epoch, UTC)),
    )
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        raise SystemExit(f"the list of what the bundle is made of is no CycloneDX: {fault}")
    return text


def _component(package: Package, licence: LicenseFactory) -> Component:
    url = PackageURL(type="pypi", name=package.name, version=package.version)
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        purl=url,
        bom_ref=str(url),
        description=package.about.get("Summary"),
        licenses=_stated(package, licence),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=package.sha256)],
    )


def _stated(package: Package, licence: LicenseFactory) -> list[License]:
    """What it states; where it states nothing, the text that it brings."""
    if package.licence:
        return [licence.make_from_string(package.licence)]
    return [
        DisjunctiveLicense(name=f"as in {name}", text=AttachedText(content=text.decode("utf-8", "replace")))
        for name, text in package.texts().items()
    ][:1]


def licences(packages: Sequence[Package], folder: Path) -> None:
    """The texts that the wheels bring, and a table of what each states."""
    lines = ["package\tversion\tlicence\ttexts"]
    for package in packages:
        texts = package.texts()
        home = folder / f"{package.name}-{package.version}"
        for name, text in texts.items():
            home.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(text)
        stated = package.licence or "see its text"
        lines.append(f"{package.name}\t{package.version}\t{stated}\t{len(texts)}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "licences.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
