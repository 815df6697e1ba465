"""How a bucket is asked: addresses, proxies, authorities, keys that expire, accounts, and what goes with an object."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from adapters import ADAPTERS
from adapters.errors import NoAccess
from tests.support.servers import certificates
from tests.support.servers.recording_store import recording_store
from tests.support.writing import send

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.base import Adapter

UNSIGNED = "UNSIGNED-PAYLOAD"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"K": "key", "S": "secret", "T": "first-token"}.items():
        monkeypatch.setenv(f"ACCESS_TEST_{name}", value)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def reach(address: str, **changes: Any) -> Adapter:
    names = {"access_key": "K", "secret_key": "S", "session_token": "T"}
    keys = {key: {"env": f"ACCESS_TEST_{name}"} for key, name in names.items()}
    given = {"bucket": "renkei", "endpoint_url": address, "credentials": keys, "reply_timeout": "5s"}
    kind = ADAPTERS["s3"]
    return kind.build(kind.options.model_validate(given | changes), name="bucket")


@pytest.mark.parametrize("profile", ["generic", "minio", "ceph", "sakura", "oci"])
async def test_the_bucket_is_in_the_path_where_the_store_wants_it_there(profile: str) -> None:
    with recording_store() as store:
        async with reach(store.address, profile=profile) as adapter:
            await adapter.stat("out/a.csv")
    assert [path for _, path, _ in store.asked] == ["/renkei/out/a.csv"]


async def test_requests_go_through_the_proxy() -> None:
    with recording_store() as proxy:
        async with reach("http://store.example:9000", proxy=proxy.address) as adapter:
            await adapter.stat("a.csv")
    assert [path for _, path, _ in proxy.asked] == ["http://store.example:9000/renkei/a.csv"]


async def test_a_store_is_trusted_by_its_own_authority_alone(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    with recording_store(made.server) as store:
        async with reach(store.address) as adapter:
            with pytest.raises(NoAccess, match="certificate"):
                await adapter.stat("a.csv")
        async with reach(store.address, ca=made.authority) as adapter:
            assert (await adapter.stat("a.csv")).size == 0
    assert len(store.asked) == 1


async def test_a_session_token_that_expired_is_read_anew_at_the_next_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with recording_store() as store:
        store.refusals = [(403, "ExpiredToken")]
        async with reach(store.address, profile="minio") as adapter:
            with pytest.raises(NoAccess):
                await adapter.scan("*.csv")
            monkeypatch.setenv("ACCESS_TEST_T", "second-token")
            await adapter.stat("a.csv")
    assert store.headers("x-amz-security-token")[0] == "first-token"
    assert store.headers("x-amz-security-token")[-1] == "second-token"


async def test_a_clock_that_is_wrong_is_told_from_keys_that_are() -> None:
    with recording_store() as store:
        store.refusals = [(403, "RequestTimeTooSkewed")]
        async with reach(store.address) as adapter:
            with pytest.raises(NoAccess, match="clock") as refused:
                await adapter.scan("*.csv")
    assert "time server" in refused.value.hint


async def test_a_bucket_must_belong_to_its_account() -> None:
    with recording_store() as store:
        async with reach(store.address, bucket_owner="111122223333") as adapter:
            await send(adapter, "a.csv", b"", replace=True)
    assert set(store.headers("x-amz-expected-bucket-owner")) == {"111122223333"}


async def test_an_object_goes_with_its_digest_and_the_key_of_the_key_service() -> None:
    with recording_store() as store:
        async with reach(store.address, encryption="aws:kms", kms_key="alias/renkei") as adapter:
            await send(adapter, "a.csv", b"", replace=True)
    headers = next(headers for method, _, headers in store.asked if method == "PUT")
    assert headers["x-amz-server-side-encryption"] == "aws:kms"
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/renkei"
    assert headers["x-amz-meta-lgw-sha256"] == hashlib.sha256(b"").hexdigest()


async def test_a_body_is_signed_where_no_tls_protects_it(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    signed = []
    for certificate in (None, made.server):
        with recording_store(certificate) as store:
            async with reach(store.address, ca=made.authority) as adapter:
                await send(adapter, "a.csv", b"", replace=True)
        signed += [headers["x-amz-content-sha256"] for method, _, headers in store.asked if method == "PUT"]
    assert signed == [hashlib.sha256(b"").hexdigest(), UNSIGNED]


@pytest.mark.parametrize("profile", ["gcs", "oci", "sakura", "minio", "ceph", "generic"])
async def test_no_store_is_sent_a_checksum_that_it_may_not_know(profile: str) -> None:
    with recording_store() as store:
        async with reach(store.address, profile=profile) as adapter:
            await send(adapter, "a.csv", b"", replace=True)
    headers = next(headers for method, _, headers in store.asked if method == "PUT")
    strange = {name for name in headers if "checksum" in name or "trailer" in name}
    assert strange == set()
    assert "aws-chunked" not in headers.get("content-encoding", "")
