"""The rights that docs/security.md names are enough for all that a route does, and give nothing beyond it.

moto enforces the policies of IAM once it is told to; PostgreSQL, sshd and vsftpd enforce their own.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.city import Town
from tests.support.namespaces import require_namespaces
from tests.support.servers.ftp_servers import PASSWORD
from tests.support.servers.object_stores import BUCKET, REGION, moto_store
from tests.support.servers.postgres import USER
from tests.support.servers.sshd import sshd
from tests.support.servers.vsftpd import vsftpd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers.ftp_servers import FtpServer
    from tests.support.servers.postgres import PostgresServer
    from tests.support.servers.sshd import SshServer

PAGE = (Path(__file__).resolve().parents[2] / "docs/security.md").read_text(encoding="utf-8")
ROUTE = """
from: {{system: old, legacy: {{endpoint: bucket, path: "{prefix}in/*.dat", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: bucket, path: "{prefix}out/{{name}}"{to}}}}}
schedule: {{every: 1s}}
verify: full
after: {after}
"""


def policy(*actions: str) -> dict[str, Any]:
    """The policy of the page for this bucket; with ``actions`` those of them alone."""
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document = json.loads(text.replace("BUCKET", BUCKET))
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if not actions or one in actions]
    return document


class Account:
    """A user of the store, with a policy of its own, and boto3's client for it."""

    def __init__(self, url: str, name: str, document: dict[str, Any]) -> None:
        root = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "region_name": REGION}
        iam = boto3.client("iam", endpoint_url=url, **root)
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(document))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        self.id, self.secret = made["AccessKeyId"], made["SecretAccessKey"]
        self.client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=self.id,
            aws_secret_access_key=self.secret,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )


@pytest.fixture(params=[False, True], ids=["plain", "versioned"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A store that enforces policies, with files at two prefixes and two accounts."""
    with moto_store(tmp_path) as made:
        if request.param:
            made.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for prefix in ("renkei/in/", "private/in/"):
            made.client.put_object(Bucket=BUCKET, Key=f"{prefix}small.dat", Body=b"small")
            made.client.put_object(Bucket=BUCKET, Key=f"{prefix}large.dat", Body=LARGE)
        accounts = {
            "whole": Account(made.url, "whole", policy()),
            "reader": Account(made.url, "reader", policy("s3:ListBucket", "s3:GetObject")),
        }
        # From now on every call is checked against the caller's policies.
        plain = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(f"{made.url}/moto-api/reset-auth", data=b"0", headers=plain)
        urllib.request.urlopen(asked).close()
        yield {"url": made.url, **accounts}


LARGE = bytes(range(256)) * (12 << 12)


def town_of(
    root: Path, store: dict[str, Any], account: str, *, prefix: str, after: str, to: str = ""
) -> Town:
    os.environ["RIGHTS_TEST_KEY"], os.environ["RIGHTS_TEST_SECRET"] = store[account].id, store[account].secret
    town = Town(root / "town")
    town.endpoints(
        f"""
        bucket:
          adapter: s3
          bucket: {BUCKET}
          endpoint_url: {store["url"]}
          region: {REGION}
          part_size: 5MiB
          credentials: {{access_key: {{env: RIGHTS_TEST_KEY}}, secret_key: {{env: RIGHTS_TEST_SECRET}}}}
        """
    )
    town.write("routes/v/r.yaml", ROUTE.format(prefix=prefix, after=after, to=to))
    return town


def keys_of(account: Account) -> set[str]:
    listed = account.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())
    return {one["Key"] for one in listed if "lgw" not in one["Key"]}


@pytest.mark.parametrize(
    ("after", "to", "left"),
    [
        ("delete", "", set()),
        (
            "keep",
            ", exists: replace, content: full, supersede: false",
            {"renkei/in/small.dat", "renkei/in/large.dat"},
        ),
        ("archive", "", {"renkei/in/archive/small.dat", "renkei/in/archive/large.dat"}),
    ],
)
async def test_the_policy_of_the_page_is_enough_for_all_that_a_route_does(
    tmp_path: Path, store: dict[str, Any], after: str, to: str, left: set[str]
) -> None:
    town = town_of(tmp_path, store, "whole", prefix="renkei/", after=after, to=to)
    result = await town.once()
    assert result.error is None
    said = [(one.outcome, one.message) for one in result.transfers]
    assert said == [("delivered", "")] * 2, "\n".join(town.log.lines)
    private = {"private/in/small.dat", "private/in/large.dat"}
    delivered = {"renkei/out/small.dat", "renkei/out/large.dat"}
    assert keys_of(store["whole"]) == private | delivered | left
    whole = store["whole"].client.get_object(Bucket=BUCKET, Key="renkei/out/large.dat")["Body"].read()
    assert whole == LARGE


async def test_what_lies_beyond_the_prefix_is_neither_read_nor_written_nor_removed(
    tmp_path: Path, store: dict[str, Any]
) -> None:
    town = town_of(tmp_path, store, "whole", prefix="private/", after="delete")
    await town.once()
    assert {one for one in keys_of(store["whole"]) if one.startswith("private/")} == {
        "private/in/small.dat",
        "private/in/large.dat",
    }
    assert town.spooled() == []
    for call in ("get_object", "delete_object"):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(store["whole"].client, call)(Bucket=BUCKET, Key="private/in/small.dat")
    with pytest.raises(ClientError, match="AccessDenied"):
        store["whole"].client.put_object(Bucket=BUCKET, Key="private/out/a.dat", Body=b"")


async def test_a_source_that_is_kept_is_read_with_two_rights(tmp_path: Path, store: dict[str, Any]) -> None:
    town = town_of(tmp_path, store, "reader", prefix="renkei/", after="keep")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(
        path.read_text().replace('endpoint: bucket, path: "renkei/out/', 'endpoint: there, path: "')
    )
    endpoints = town.root / "config/endpoints.yaml"
    endpoints.write_text(endpoints.read_text().replace("adapter: s3", "adapter: s3\n    owner_object: false"))
    result = await town.once()
    assert result.error is None
    assert town.arrived() == {"small.dat": b"small", "large.dat": LARGE}


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared by nodes"])
async def test_a_journal_in_a_database_needs_its_owner_and_no_more(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, *, shared: bool
) -> None:
    address = postgres_server.new_database()
    name = address.rpartition("/")[2]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            f"CREATE ROLE owner_{name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
        )
        connection.execute(f"ALTER DATABASE {name} OWNER TO owner_{name}")
    own = address.replace(f"{USER}@", f"owner_{name}@")
    monkeypatch.setattr(Town, "new_journal", lambda: own)
    monkeypatch.setattr(Town, "is_shared", shared)
    town = Town(tmp_path)
    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"a")
    assert [one.outcome for one in (await town.once()).transfers] == ["delivered"]
    with psycopg.connect(own) as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert owners.fetchall() == [(f"owner_{name}",)]


def over_ssh(root: Path, server: SshServer, *, source: str, target: str, after: str, shown: str = "") -> Town:
    """A town with the server as an end; ``shown``: the path under which the server shows its root."""
    endpoint = f"""
        server:
          adapter: sftp
          host: 127.0.0.1
          port: {server.port}
          login: {{user: {server.user}, key: {{file: {server.key}}}}}
          root: {shown or server.root}
          host_key: "{server.fingerprints["ed25519"]}"
        """
    return between(root, server.root, endpoint, source=source, target=target, after=after)


def over_ftp(root: Path, server: FtpServer, *, source: str, target: str, after: str) -> Town:
    endpoint = f"""
        server:
          adapter: ftp
          zone: on-prem
          host: 127.0.0.1
          port: {server.port}
          tls: none
          login: {{user: {server.user}, password: {{env: FTP_PASSWORD}}}}
          root: {server.root}
        """
    return between(root, server.root, endpoint, source=source, target=target, after=after)


def between(root: Path, files: Path, endpoint: str, *, source: str, target: str, after: str) -> Town:
    """A town whose route goes between a server, whose files are these, and a folder; with a file at its source."""
    town = Town(root / "town")
    town.endpoints(endpoint)
    route = ROUTE.format(prefix="", after=after, to="")
    route = route.replace('endpoint: bucket, path: "in/', f'endpoint: {source}, path: "in/')
    town.write("routes/v/r.yaml", route.replace("endpoint: bucket", f"endpoint: {target}"))
    for folder in (files, town.there):
        for name in ("in", "out"):
            (folder / name).mkdir(exist_ok=True)
    (files / "in/a.dat").write_bytes(b"a" * 100_000)
    return town


KEPT, WHOLE = re.findall(r"^ForceCommand internal-sftp (.+)$", PAGE, re.MULTILINE)


async def test_a_source_over_ssh_that_is_kept_is_read_without_a_right_to_change_anything(
    tmp_path: Path,
) -> None:
    with sshd(tmp_path / "ssh", sftp=KEPT) as server:
        town = over_ssh(tmp_path, server, source="server", target="there", after="keep")
        result = await town.once()
        assert (result.error, [one.outcome for one in result.transfers]) == (None, ["delivered"])
        assert town.arrived() == {"out/a.dat": b"a" * 100_000}
        refused = over_ssh(tmp_path, server, source="server", target="server", after="delete")
        await refused.once()
        assert (server.root / "in/a.dat").exists()
        assert list((server.root / "out").iterdir()) == []


@pytest.mark.parametrize(("after", "left"), [("delete", []), ("archive", ["archive", "archive/a.dat"])])
async def test_the_requests_of_the_page_are_enough_over_ssh(
    tmp_path: Path, after: str, left: list[str]
) -> None:
    with sshd(tmp_path / "ssh", sftp=WHOLE) as server:
        town = over_ssh(tmp_path, server, source="server", target="server", after=after)
        result = await town.once()
        assert (result.error, [one.outcome for one in result.transfers]) == (None, ["delivered"])
        assert (server.root / "out/a.dat").read_bytes() == b"a" * 100_000
        source = server.root / "in"
        assert sorted(path.relative_to(source).as_posix() for path in source.rglob("*")) == left


async def test_an_account_over_ssh_that_sees_its_folder_as_root_is_enough(tmp_path: Path) -> None:
    require_namespaces("--mount")
    jailed = f"ChrootDirectory /mnt\nForceCommand internal-sftp {WHOLE}\n"
    with sshd(tmp_path / "ssh", more=jailed, jail="/mnt") as server:
        server.root.chmod(0o755)
        town = over_ssh(tmp_path, server, source="server", target="server", after="archive", shown="/")
        result = await town.once()
        assert (result.error, [one.outcome for one in result.transfers]) == (None, ["delivered"])
        assert (server.root / "out/a.dat").read_bytes() == b"a" * 100_000
        assert (server.root / "in/archive/a.dat").exists()


FTP_KEPT, FTP_WHOLE = re.findall(r"^(cmds_allowed=.+)$", PAGE, re.MULTILINE)


async def test_a_source_over_ftp_that_is_kept_is_read_without_a_command_that_changes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    with vsftpd(tmp_path / "ftp", more=f"{FTP_KEPT}\n") as server:
        town = over_ftp(tmp_path, server, source="server", target="there", after="keep")
        result = await town.once()
        assert (result.error, [one.outcome for one in result.transfers]) == (None, ["delivered"])
        assert town.arrived() == {"out/a.dat": b"a" * 100_000}
        refused = over_ftp(tmp_path, server, source="server", target="server", after="delete")
        await refused.once()
        assert (server.root / "in/a.dat").exists()
        assert list((server.root / "out").iterdir()) == []


@pytest.mark.parametrize(("after", "left"), [("delete", []), ("archive", ["archive", "archive/a.dat"])])
async def test_the_commands_of_the_page_are_enough_over_ftp(
    tmp_path: Path, after: str, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    with vsftpd(tmp_path / "ftp", more=f"{FTP_WHOLE}\n") as server:
        town = over_ftp(tmp_path, server, source="server", target="server", after=after)
        result = await town.once()
        assert (result.error, [one.outcome for one in result.transfers]) == (None, ["delivered"])
        assert (server.root / "out/a.dat").read_bytes() == b"a" * 100_000
        source = server.root / "in"
        assert sorted(path.relative_to(source).as_posix() for path in source.rglob("*")) == left
