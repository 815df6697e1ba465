"""Container files, compose file and manifests: every file that they name is there, and none gives more than is needed.

No container engine is asked here: deploy/try_image.sh builds the image and runs it, where there is one.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.app import Gateway
from gateway.load import load
from gateway.times.clock import SystemClock
from tests.support.city import QUICK, Silent
from tests.support.servers.ftp_servers import PASSWORD
from tests.support.servers.object_stores import ACCESS_KEY, BUCKET, SECRET_KEY, rclone_store
from tests.support.servers.sshd import sshd
from tests.support.servers.vsftpd import vsftpd

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BUNDLED = ("demo", "fast", "postgres", "traces")
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
OBJECTS = [
    one
    for file in ("namespace", "gateway", "network")
    for one in yaml.safe_load_all((DEPLOY / f"kubernetes/{file}.yaml").read_text())
]
CONTAINER_FILES = [ROOT / "Dockerfile", *sorted((DEPLOY / "compose/peers").glob("*.Dockerfile"))]


def object_of(kind):
    (found,) = [one for one in OBJECTS if one["kind"] == kind]
    return found


@pytest.mark.parametrize("file", CONTAINER_FILES, ids=lambda file: file.name)
def test_a_container_file_keeps_to_what_is_good_practice(file):
    """As hadolint knows it. Each exception stands in the file, with its reason."""
    linter = Path(sys.prefix) / "bin/hadolint"
    checked = subprocess.run([linter, file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("file", CONTAINER_FILES, ids=lambda file: file.name)
def test_a_container_file_copies_only_what_is_there_and_not_kept_back(file):
    context = file.parent
    ignored = context / ".dockerignore"
    rules = ignored.read_text().split("\n") if ignored.exists() else []
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", file.read_text(), re.MULTILINE)
    for name in (name for line in copied for name in line.split()):
        assert (context / name).exists()
        assert not is_kept_back(name, [rule for rule in rules if rule and not rule.startswith("#")])


def is_kept_back(name, rules):
    """The last rule that fits a path, or one of its parents, decides."""
    parts = Path(name).parts
    paths = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    kept_back = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        if any(
            path == pattern or ("/" not in pattern and fnmatch(path, pattern) and "/" not in path)
            for path in paths
        ):
            kept_back = not rule.startswith("!")
    return kept_back


def test_the_image_runs_as_a_numbered_user_and_asks_the_daemon_itself_for_its_health():
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10440:10440$", text, re.MULTILINE)
    assert "--uid 10440" in text
    assert "GATEWAY_HEALTH=http://127.0.0.1:8440/healthz" in text
    assert re.search(r"^HEALTHCHECK .*\n    CMD .*GATEWAY_HEALTH", text, re.MULTILINE)


def test_the_image_is_tried_with_the_rights_that_the_manual_gives_it():
    tried = (DEPLOY / "try_image.sh").read_text()
    for page in ("Dockerfile", "docs/deployment.md", "docs/deployment.ja.md"):
        (rights,) = re.findall(r"docker run ((?:--\S+(?: [A-Za-z/]\S*)? )+)", (ROOT / page).read_text())
        assert "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges" in rights
        assert rights.replace("--stop-timeout 60", "").strip() in tried


def test_every_package_of_the_image_is_one_whose_digest_is_written_down():
    steps = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    fetched = re.findall(r"\bpip (?:install|wheel) .*?(?=&&|\n[A-Z]|\n\n)", steps, re.DOTALL)
    assert len(fetched) == 4
    for command in fetched:
        assert ("--require-hashes" in command) != ("--no-index" in command)
    for name in ("requirements.txt", "build-requirements.txt"):
        lines = (DEPLOY / name).read_text().replace("\\\n", " ").splitlines()
        assert [line for line in lines if "--hash=sha256:" not in line] == []


def test_what_builds_the_gateway_is_in_the_lock_of_builders():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    locked = dict(re.findall(r"^(\S+)==(\S+)", (DEPLOY / "build-requirements.txt").read_text(), re.MULTILINE))
    for requirement in map(Requirement, needed):
        assert requirement.specifier.contains(locked[requirement.name])


def test_the_compose_file_names_only_files_that_are_there_or_that_it_says_how_to_make():
    folder = DEPLOY / "compose"
    for service in COMPOSE["services"].values():
        build = service.get("build")
        if build:
            assert (folder / build["context"] / build.get("dockerfile", "Dockerfile")).is_file()
        mounted = [mount.split(":")[0] for mount in service.get("volumes", ())]
        assert [name for name in mounted if name.startswith(".") and not (folder / name).exists()] == []
        assert {name for name in mounted if not name.startswith(".")} <= COMPOSE["volumes"].keys()
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
    head = (folder / "compose.yaml").read_text().partition("\nname:")[0]
    for secret in COMPOSE["secrets"].values():
        assert Path(secret["file"]).name in head


def test_the_gateway_of_the_compose_file_has_no_rights_and_a_root_that_cannot_be_written():
    gateway = COMPOSE["services"]["gateway"]
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert gateway["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in gateway["ports"])
    assert "privileged" not in str(COMPOSE)


async def test_the_city_of_the_compose_file_carries_over_real_ftp_s3_and_sftp_servers(tmp_path):
    with (
        vsftpd(tmp_path / "host") as ftp,
        sshd(tmp_path / "server") as sftp,
        rclone_store(tmp_path / "store") as store,
    ):
        (ftp.root / "out").mkdir()
        (sftp.root / "in").mkdir()
        (ftp.root / "out/a.dat").write_bytes(b"sample")
        city = load(
            city_with_secrets(tmp_path, key=sftp.key, ftp=PASSWORD),
            environment={
                "GATEWAY_STATE": str(tmp_path / "state"),
                "FTP_HOST": "127.0.0.1", "FTP_PORT": str(ftp.port), "FTP_USER": ftp.user,
                "S3_URL": store.url, "S3_BUCKET": BUCKET,
                "SFTP_HOST": "127.0.0.1", "SFTP_PORT": str(sftp.port), "SFTP_USER": sftp.user,
                "SFTP_ROOT": str(sftp.root), "SFTP_HOST_KEY": sftp.fingerprints["ed25519"],
            },
        )  # fmt: skip
        assert city.faults == ()
        async with Gateway(city, clock=SystemClock(), report=Silent()) as gateway:
            for route in ("host-to-storage", "storage-to-server"):
                (result,) = await gateway.once([route], patience=QUICK)
                assert result.error is None
        assert (sftp.root / "in/a.dat").read_bytes() == b"sample"
        assert not (ftp.root / "out/a.dat").exists()


def city_with_secrets(folder, *, key, ftp):
    """The city as it is, but that secrets lie here, and that the SFTP host of the tests knows keys, not passwords."""
    shutil.copytree(DEPLOY / "compose/city", folder / "city")
    for name, value in {"ftp": ftp, "s3_access": ACCESS_KEY, "s3_secret": SECRET_KEY}.items():
        (folder / name).write_text(value)
    endpoints = folder / "city/endpoints.yaml"
    text = endpoints.read_text().replace("password: {file: /run/secrets/sftp}", f"key: {{file: {key}}}")
    endpoints.write_text(text.replace("/run/secrets/", f"{folder}/"))
    return folder / "city"


@pytest.mark.parametrize("one", OBJECTS, ids=lambda one: one["kind"])
def test_a_manifest_is_what_kubernetes_takes(one):
    kubernetes_validate.validate(one, "1.31", strict=True)


def test_the_pod_keeps_to_the_restricted_profile_of_kubernetes():
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
    assert object_of("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    spec = object_of("StatefulSet")["spec"]
    assert spec["replicas"] == 1
    pod = spec["template"]["spec"]
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(pod)
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10440)
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert {next(iter(set(volume) - {"name"})) for volume in pod["volumes"]} <= {
        "configMap",
        "secret",
        "emptyDir",
    }


def test_the_pod_is_asked_whether_it_lives_and_whether_it_is_ready():
    (container,) = object_of("StatefulSet")["spec"]["template"]["spec"]["containers"]
    for probe, path in (
        ("startupProbe", "healthz"),
        ("livenessProbe", "healthz"),
        ("readinessProbe", "readyz"),
    ):
        assert f"http://127.0.0.1:8440/{path}" in container[probe]["exec"]["command"][-1]


def test_every_volume_that_is_mounted_is_there_and_every_selector_finds_the_pod():
    spec = object_of("StatefulSet")["spec"]
    pod = spec["template"]["spec"]
    there = {one["name"] for one in pod["volumes"]} | {
        one["metadata"]["name"] for one in spec["volumeClaimTemplates"]
    }
    assert {one["name"] for one in pod["containers"][0]["volumeMounts"]} == there
    labels = spec["template"]["metadata"]["labels"]
    (spread,) = pod["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    assert spec["selector"]["matchLabels"] == labels == object_of("Service")["spec"]["selector"]


def test_the_city_of_the_manifests_is_whole_and_correct(tmp_path):
    made = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())
    (generated,) = made["configMapGenerator"]
    (volume,) = [
        one
        for one in object_of("StatefulSet")["spec"]["template"]["spec"]["volumes"]
        if one["name"] == "city"
    ]
    assert volume["configMap"]["name"] == generated["name"]
    files = {Path(name).name: DEPLOY / "kubernetes" / name for name in generated["files"]}
    assert {item["key"] for item in volume["configMap"]["items"]} == files.keys()
    for item in volume["configMap"]["items"]:
        target = tmp_path / item["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(files[item["key"]], target)
    assert load(tmp_path).faults == ()
    assert [name for name in made["resources"] if not (DEPLOY / "kubernetes" / name).exists()] == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.txt", ("postgres", "fast", "traces")), ("bundle/requirements.txt", BUNDLED)],
)
def test_a_lock_holds_every_package_that_is_needed_in_a_version_that_is_allowed(lock, extras):
    """Else `make lock` was forgotten."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (DEPLOY / lock).read_text().splitlines()
    locked = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^ ;\\]+)", "\n".join(lines), re.MULTILINE):
        locked.setdefault(canonicalize_name(name), []).append(version)
    wanted = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert any(requirement.specifier.contains(version) for version in versions), requirement.name


def test_the_installer_takes_the_extras_that_the_bundle_has():
    script = (DEPLOY / "bundle/install.sh").read_text()
    assert re.search(r"\bextras=(\S+)", script).group(1) == ",".join(BUNDLED)
