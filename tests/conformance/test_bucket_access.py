"""How a bucket is asked: addresses, proxies, authorities, keys that expire, accounts, and what goes with an object."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse

from adapters import ADAPTERS
from adapters.errors import Misconfigured, NoAccess, Transient
from tests.support import places
from tests.support.servers import certificates
from tests.support.servers.recording_store import recording_store
from tests.support.writing import listed, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.servers.object_stores import ObjectStore

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


async def test_a_proxy_is_logged_in_at_and_its_password_is_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACCESS_TEST_P", "geheim@/:")
    login = {"user": "renkei", "password": {"env": "ACCESS_TEST_P"}}
    with recording_store() as proxy:
        async with reach("http://store.example:9000", proxy=proxy.address, proxy_login=login) as adapter:
            await adapter.stat("a.csv")
        said = base64.b64encode(b"renkei:geheim@/:").decode()
        assert proxy.headers("proxy-authorization") == [f"Basic {said}"]
    async with reach("http://store.example:9000", proxy=proxy.address, proxy_login=login) as adapter:
        with pytest.raises(Transient) as away:
            await adapter.stat("a.csv")
    assert "geheim" not in str(away.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_the_login_stops_the_endpoint(scheme: str) -> None:
    """Accounts of proxies lock as others do: no fast retry may be made. For https a tunnel is asked for."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(refusal)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with reach(f"{scheme}://store.example:9000", proxy=address) as adapter:
            with pytest.raises(NoAccess, match="proxy refuses the login"):
                await adapter.stat("a.csv")


async def test_a_store_is_trusted_by_its_own_authority_alone(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    with recording_store(made.server) as store:
        async with reach(store.address) as adapter:
            with pytest.raises(NoAccess, match="certificate"):
                await adapter.stat("a.csv")
        async with reach(store.address, ca=made.authority) as adapter:
            assert (await adapter.stat("a.csv")).size == 0
        other = certificates.make(tmp_path / "other", name="another").authority
        async with reach(store.address, ca=[str(other), str(made.authority)]) as adapter:
            assert (await adapter.stat("a.csv")).size == 0
    assert len(store.asked) == 2


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


PART = b"x" * (5 << 20)


def _expire(adapter: Any, operation: str) -> list[str]:
    """From now on the keys that the adapter signs with are over."""
    refused: list[str] = []

    def refuse(request: Any, **_: object) -> AWSResponse:
        refused.append(operation)
        body = b"<Error><Code>ExpiredToken</Code><Message>over</Message></Error>"
        return AWSResponse(request.url, 403, {}, _Raw(body))

    adapter._store._client.meta.events.register(f"before-send.s3.{operation}", refuse)
    return refused


class _Raw(BytesIO):
    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


@pytest.mark.parametrize(
    "operation", ["UploadPart", "CompleteMultipartUpload", "HeadObject", "GetObject", "ListObjectsV2"]
)
async def test_keys_that_expire_on_the_way_are_read_anew_and_the_file_goes_on(
    operation: str, moto: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places.bucket(moto, f"expiring-{operation}", creates_only=True)
    seen: list[list[str]] = []

    async def expiring() -> AsyncIterator[bytes]:
        yield PART
        seen.append(_expire(adapter, operation))
        monkeypatch.setenv("STORE_TEST_KEY", "the-next-key")
        yield PART

    async with places.reach(place) as adapter:
        wanted = target(adapter, "a.dat", PART * 2)
        entry = await adapter.write(wanted, expiring())
        assert await receive(adapter, entry) == PART * 2
        assert await listed(adapter, "*") == (entry,)
    assert set(seen[0]) == {operation}


async def test_keys_that_are_over_and_not_renewed_stop_the_endpoint_and_show_nothing(
    moto: ObjectStore,
) -> None:
    place = places.bucket(moto, "expired", creates_only=True)
    async with places.reach(place) as adapter:

        async def expiring() -> AsyncIterator[bytes]:
            _expire(adapter, "UploadPart")
            yield PART * 2

        with pytest.raises(NoAccess, match="credentials"):
            await adapter.write(target(adapter, "a.dat", PART * 2), expiring())
    assert place.get("a.dat") is None


async def test_a_clock_that_is_wrong_is_told_from_keys_that_are() -> None:
    with recording_store() as store:
        store.refusals = [(403, "RequestTimeTooSkewed")]
        async with reach(store.address) as adapter:
            with pytest.raises(Transient, match="clock") as refused:
                await adapter.scan("*.csv")
    assert "time server" in refused.value.hint


@pytest.mark.parametrize(("size", "asked"), [(0, ""), (16_384, ""), (2 << 20, "100-continue")])
async def test_a_small_body_is_sent_without_asking_the_store_first(size: int, asked: str) -> None:
    with recording_store() as store:
        async with reach(store.address) as adapter:
            with suppress(Misconfigured):  # nothing is kept there, which the adapter notices
                await send(adapter, "a.csv", b"x" * size, replace=True)
    assert [headers.get("expect", "") for method, _, headers in store.asked if method == "PUT"] == [asked]


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
