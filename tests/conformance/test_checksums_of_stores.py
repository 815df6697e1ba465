"""Checksums go to stores that look at them and to no other, and what a store keeps is read back before it matters."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from adapters import ADAPTERS
from adapters.errors import Misconfigured, Transient
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import object_stores
from tests.support.servers.literal_store import literal_store
from tests.support.toxic import Fault, ToxicLine
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.base import Adapter
    from tests.support.servers.certificates import Certificates
    from tests.support.servers.literal_store import LiteralStore
    from tests.support.servers.object_stores import ObjectStore

PROFILES = ["aws", "gcs", "oci", "sakura", "minio", "ceph", "generic"]
DATA = b"0123456789" * 1000


@pytest.fixture(scope="module")
def certificate(made_certificates: Certificates) -> Certificates:
    return made_certificates


@pytest.fixture
def store(certificate: Certificates) -> Iterator[LiteralStore]:
    with literal_store(certificate.server) as running:
        yield running


def reach(store: LiteralStore, certificate: Certificates, **changes: Any) -> Adapter:
    keys = {"access_key": {"env": "STORE_TEST_KEY"}, "secret_key": {"env": "STORE_TEST_SECRET"}}
    given = {
        "bucket": "renkei",
        "endpoint_url": store.address,
        "ca": certificate.authority,
        "credentials": keys,
    }
    kind = ADAPTERS["s3"]
    return kind.build(kind.options.model_validate(given | changes), name="literal")


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_store_that_knows_no_trailers_keeps_the_very_bytes(
    store: LiteralStore, certificate: Certificates, profile: str
) -> None:
    async with reach(store, certificate, profile=profile) as adapter:
        await send(adapter, "a.dat", DATA)
    assert list(store.objects.values()) == [DATA]


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_store_that_refuses_checksums_is_sent_none_or_says_which_profile_fits(
    store: LiteralStore, certificate: Certificates, profile: str
) -> None:
    store.refuses = "x-amz-checksum"
    async with reach(store, certificate, profile=profile) as adapter:
        if profile == "aws":
            with pytest.raises(Misconfigured, match="no checksums") as refused:
                await send(adapter, "a.dat", DATA)
            assert refused.value.settings == {"profile": "generic"}
            assert store.objects == {}
        else:
            await send(adapter, "a.dat", DATA)
            assert list(store.objects.values()) == [DATA]


@pytest.mark.parametrize("size", [len(DATA), 0])
async def test_a_store_that_keeps_other_bytes_is_found_out_before_a_file_is_sent(
    store: LiteralStore, certificate: Certificates, size: int
) -> None:
    store.keeps = lambda body: body.replace(b"\r\n", b"\n")
    async with reach(store, certificate, profile="aws") as adapter:
        with pytest.raises(Misconfigured, match="not the 71 that it was sent"):
            await send(adapter, "a.dat", DATA[:size])
    assert store.objects == {}


@pytest.mark.parametrize("size", [10, (5 << 20) + 10], ids=["small", "in parts"])
async def test_a_store_that_looks_at_checksums_gets_one_with_each_body_and_keeps_it(
    moto: ObjectStore, size: int
) -> None:
    place = places.bucket(moto, f"checked-{next(NAMES)}", creates_only=True)
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    async with places.reach(place, profile="aws", endpoint_url=moto.url) as adapter:
        entry = await send(adapter, "a.dat", data)
        assert await receive(adapter, entry) == data
    key = {"Bucket": object_stores.BUCKET, "Key": f"{place.prefix}/a.dat"}
    told = moto.client.head_object(**key, ChecksumMode="ENABLED")["ChecksumCRC32"]
    parts = [data[start : start + (5 << 20)] for start in range(0, size, 5 << 20)]
    digests = [zlib.crc32(part).to_bytes(4, "big") for part in parts]
    whole = digests[0] if len(parts) == 1 else zlib.crc32(b"".join(digests)).to_bytes(4, "big")
    assert told.partition("-")[0] == b64encode(whole).decode()


async def test_bytes_that_come_otherwise_than_their_checksum_says_are_not_taken(moto: ObjectStore) -> None:
    place = places.bucket(moto, f"spoilt-{next(NAMES)}", creates_only=True)
    async with places.reach(place, profile="aws", endpoint_url=moto.url) as adapter:
        entry = await send(adapter, "a.dat", DATA)
    async with ToxicLine(int(moto.url.rpartition(":")[2])) as line:
        line.fault = Fault(garble_down=3000)
        where = f"http://127.0.0.1:{line.listening}"
        async with places.reach(place, profile="aws", endpoint_url=where) as adapter:
            with pytest.raises(Transient, match="checksum"):
                await receive(adapter, entry)
        assert line.met["byte garbled"] == 1
