"""What object stores do beyond holding objects."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse

from adapters.errors import (
    AlreadyThere,
    Changed,
    ConnectionLost,
    Misconfigured,
    NotFound,
    Transient,
    UnreadableListing,
)
from adapters.s3.client import make_client
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import object_stores
from tests.support.writing import receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from adapters.s3.options import S3Options
    from tests.support.places import Place
    from tests.support.servers.object_stores import ObjectStore


@pytest.fixture
def prefix(moto: ObjectStore) -> Place:
    return places.bucket(moto, f"habit-{next(NAMES)}", creates_only=True)


@pytest.fixture
def versioned(moto: ObjectStore) -> str:
    name = f"versioned-{next(NAMES)}"
    moto.client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    moto.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def _versions(moto: ObjectStore, bucket: str) -> tuple[int, int]:
    answer = moto.client.list_object_versions(Bucket=bucket)
    return len(answer.get("Versions", ())), len(answer.get("DeleteMarkers", ()))


@pytest.mark.parametrize(("habit", "left"), [("keep", (2, 1)), ("erase", (1, 0))])
async def test_a_bucket_with_versions_keeps_or_erases_what_was_read(
    moto: ObjectStore, prefix: Place, versioned: str, habit: str, left: tuple[int, int]
) -> None:
    async with places.reach(prefix, bucket=versioned, versions=habit) as adapter:
        await send(adapter, "a.csv", b"first")
        second = await send(adapter, "a.csv", b"second", replace=True)
        await adapter.remove(second)
    assert _versions(moto, versioned) == left


async def test_a_newer_version_is_never_removed(moto: ObjectStore, prefix: Place, versioned: str) -> None:
    async with places.reach(prefix, bucket=versioned, versions="erase") as adapter:
        first = await send(adapter, "a.csv", b"first")
        second = await send(adapter, "a.csv", b"second", replace=True)
        with pytest.raises(Changed):
            await adapter.remove(first)
        assert await receive(adapter, second) == b"second"


@pytest.mark.parametrize("data", [b"small", b"x" * (6 << 20)], ids=["small", "large"])
async def test_objects_keep_their_digest_and_are_encrypted_as_configured(
    moto: ObjectStore, prefix: Place, data: bytes
) -> None:
    async with places.reach(prefix, encryption="aws:kms", kms_key="alias/renkei") as adapter:
        await send(adapter, "a.dat", data)
    key = next(
        item["Key"]
        for item in moto.client.list_objects_v2(Bucket=object_stores.BUCKET, Prefix=prefix.prefix)["Contents"]
    )
    head = moto.client.head_object(Bucket=object_stores.BUCKET, Key=key)
    assert head["Metadata"] == {"lgw-sha256": hashlib.sha256(data).hexdigest()}
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"].endswith("alias/renkei")


async def test_what_tries_the_store_is_encrypted_and_tagged_as_files_are(prefix: Place) -> None:
    """Policies of buckets refuse whatever is not: the trial would have every file wait for rights it has."""
    seen: list[dict[str, str]] = []
    async with places.reach(
        prefix, encryption="aws:kms", kms_key="alias/renkei", tags={"kind": "renkei"}
    ) as adapter:
        adapter._store._client.meta.events.register(
            "before-call.s3.PutObject", lambda params, **_: seen.append(dict(params["headers"]))
        )
        await send(adapter, "a.dat", b"abc")
    assert len(seen) > 1
    for headers in seen:
        assert headers["x-amz-server-side-encryption"] == "aws:kms"
        assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/renkei"
        assert headers["x-amz-tagging"] == "kind=renkei"


class _Raw(BytesIO):
    """What botocore reads a body of."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


async def test_a_store_that_takes_no_encryption_is_told_from_one_that_takes_no_checksums(
    prefix: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> AWSResponse:
        body = b"<Error><Code>NotImplemented</Code><Message>no</Message></Error>"
        return AWSResponse("http://x", 501, {}, _Raw(body))

    def refusing(options: S3Options) -> Any:
        client = make_client(options)
        client.meta.events.register("before-send.s3.PutObject", refuse)
        return client

    monkeypatch.setattr("adapters.s3.store.make_client", refusing)
    async with places.reach(prefix, encryption="aws:kms", kms_key="alias/renkei", profile="aws") as adapter:
        with pytest.raises(Misconfigured, match="encryption") as failed:
            await send(adapter, "a.dat", b"abc")
    assert failed.value.settings == {}


@pytest.mark.parametrize("data", [b"small", b"x" * (6 << 20)], ids=["small", "large"])
async def test_objects_keep_their_labels_and_the_tags_of_the_endpoint_also_when_they_are_renamed(
    moto: ObjectStore, prefix: Place, data: bytes
) -> None:
    tags = {"kind": "renkei", "retain": "35 d"}
    async with places.reach(prefix, tags=tags) as adapter:
        entry = await send(adapter, "a.dat", data, labels={"transfer": "0123", "mode": "standard full"})
        await adapter.rename(entry, "b.dat")
    key = {"Bucket": object_stores.BUCKET, "Key": f"{prefix.prefix}/b.dat"}
    kept = {
        "lgw-sha256": hashlib.sha256(data).hexdigest(),
        "lgw-transfer": "0123",
        "lgw-mode": "standard full",
    }
    assert moto.client.head_object(**key)["Metadata"] == kept
    told = moto.client.get_object_tagging(**key)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in told} == tags


async def test_renewed_keys_are_used_at_the_next_try(
    rclone: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places.bucket(rclone, f"renewed-{next(NAMES)}", creates_only=False, connections=1)
    monkeypatch.setenv("STORE_TEST_SECRET", "expired")
    async with places.reach(place) as adapter:
        with pytest.raises(Misconfigured):
            await adapter.stat("a.csv")
        monkeypatch.setenv("STORE_TEST_SECRET", object_stores.SECRET_KEY)
        assert (await send(adapter, "a.csv", b"abc")).size == 3


async def test_a_listing_goes_over_all_its_pages(
    moto: ObjectStore, prefix: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.s3.store.PAGE", 10)
    for number in range(35):
        moto.client.put_object(
            Bucket=object_stores.BUCKET, Key=f"{prefix.prefix}/out/{number:05}.csv", Body=b"x"
        )
    async with places.reach(prefix) as adapter:
        listing = await adapter.scan("out/*.csv")
    assert [entry.path for entry in listing.entries] == [f"out/{number:05}.csv" for number in range(35)]


async def test_an_answer_that_is_no_listing_is_never_an_empty_bucket(prefix: Place) -> None:
    async with places.reach(prefix) as adapter:
        adapter._store._client.meta.events.register(
            "after-call.s3.ListObjectsV2", lambda parsed, **_: parsed.pop("IsTruncated")
        )
        with pytest.raises(UnreadableListing):
            await adapter.scan("*")


async def test_a_rename_that_a_crash_cut_after_its_copy_is_ended_by_asking_again(prefix: Place) -> None:
    async with places.reach(prefix) as adapter:
        entry = await send(adapter, "a.csv", b"content")
        await send(adapter, "archive/a.csv", b"content")
        moved = await adapter.rename(entry, "archive/a.csv")
        assert await receive(adapter, moved) == b"content"
        with pytest.raises(NotFound):
            await adapter.stat("a.csv")


async def test_a_rename_onto_another_object_changes_nothing(prefix: Place) -> None:
    async with places.reach(prefix) as adapter:
        entry = await send(adapter, "a.csv", b"ours")
        other = await send(adapter, "archive/a.csv", b"theirs")
        with pytest.raises(AlreadyThere):
            await adapter.rename(entry, "archive/a.csv")
        assert await receive(adapter, entry) == b"ours"
        assert await receive(adapter, other) == b"theirs"


def _heads(adapter: Any) -> list[str]:
    seen: list[str] = []
    events = adapter._store._client.meta.events
    events.register("before-call.s3.HeadObject", lambda params, **_: seen.append(params["url_path"]))
    return seen


async def test_a_small_object_is_looked_at_once_and_then_its_answer_is_enough(prefix: Place) -> None:
    async with places.reach(prefix) as adapter:
        await send(adapter, "first.csv", b"first", look=False)
        seen = _heads(adapter)
        entry = await send(adapter, "second.csv", b"second", look=False)
        assert (entry.size, seen) == (6, [])
        with pytest.raises(AlreadyThere):
            await send(adapter, "second.csv", b"other!", look=False)
        assert await receive(adapter, await adapter.stat("second.csv")) == b"second"


async def test_a_store_that_takes_no_condition_is_looked_at_every_time(rclone: ObjectStore) -> None:
    place = places.bucket(rclone, f"looked-{next(NAMES)}", creates_only=False)
    async with places.reach(place) as adapter:
        await send(adapter, "first.csv", b"first", look=False)
        seen = _heads(adapter)
        assert (await send(adapter, "second.csv", b"second", look=False)).mtime
        assert len(seen) > 0


def _parts_sent(adapter: Any) -> list[int]:
    numbers: list[int] = []

    def note(params: Any, **_: object) -> None:
        numbers.append(int(params["query_string"]["partNumber"]))

    adapter._store._client.meta.events.register("before-call.s3.UploadPart", note)
    return numbers


LARGE = b"".join(bytes([number]) * (5 << 20) for number in range(4)) + b"the rest"


async def _cut_after(adapter: Any, pieces: int, handles: list[str]) -> None:
    """Write the large object until so many of its parts were asked for, then lose the source's line."""

    async def staging(handle: str) -> None:
        handles.append(handle)

    async def cut() -> AsyncIterator[bytes]:
        for number in range(pieces):
            yield LARGE[number * (5 << 20) : (number + 1) * (5 << 20)]
        raise ConnectionLost("cut")

    with pytest.raises(ConnectionLost):
        await adapter.write(target(adapter, "in/a.dat", LARGE, staging=staging), cut())


async def test_what_arrived_of_a_large_object_is_not_sent_again(prefix: Place) -> None:
    handles: list[str] = []
    async with places.reach(prefix) as adapter:
        await _cut_after(adapter, 4, handles)
        assert prefix.unfinished() == 1
    async with places.reach(prefix) as adapter:
        sent = _parts_sent(adapter)
        entry = await send(adapter, "in/a.dat", LARGE, resume=handles[-1])
        known = len(handles[-1].split(" ")) - 1
        assert known >= 2
        assert sorted(sent) == list(range(known + 1, 6))
        assert await receive(adapter, entry) == LARGE
    assert prefix.unfinished() == 0


async def test_without_encryption_a_part_is_known_by_what_its_request_was_signed_by(prefix: Place) -> None:
    handles: list[str] = []
    async with places.reach(prefix) as adapter:
        with mock.patch("adapters.s3.body.sha256", side_effect=AssertionError("taken a second time")):
            await _cut_after(adapter, 4, handles)
    known = handles[-1].split(" ")[1:]
    parts = [LARGE[start : start + (5 << 20)] for start in range(0, len(known) * (5 << 20), 5 << 20)]
    assert known == [hashlib.sha256(part).hexdigest()[:8] for part in parts]


async def test_parts_of_a_source_that_was_rewritten_are_sent_anew(prefix: Place) -> None:
    handles: list[str] = []
    other = LARGE[: 5 << 20] + b"\xff" + LARGE[(5 << 20) + 1 :]
    async with places.reach(prefix) as adapter:
        await _cut_after(adapter, 4, handles)
        sent = _parts_sent(adapter)
        entry = await send(adapter, "in/a.dat", other, resume=handles[-1])
        assert 2 in sent
        assert 1 not in sent
        assert await receive(adapter, entry) == other


async def test_an_upload_that_somebody_dropped_is_begun_anew(prefix: Place) -> None:
    handles: list[str] = []
    async with places.reach(prefix) as adapter:
        await _cut_after(adapter, 2, handles)
        await adapter.discard(handles[-1], "in/a.dat")
        entry = await send(adapter, "in/a.dat", LARGE, resume=handles[-1])
        assert await receive(adapter, entry) == LARGE
    assert prefix.unfinished() == 0


async def test_a_store_that_does_not_list_parts_is_sent_all_of_them_again(localbucket: ObjectStore) -> None:
    place, handles = places.bucket(localbucket, f"untold-{next(NAMES)}", creates_only=True), []
    async with places.reach(place) as adapter:
        await _cut_after(adapter, 2, handles)
        sent = _parts_sent(adapter)
        entry = await send(adapter, "in/a.dat", LARGE, resume=handles[-1])
        assert sorted(sent) == [1, 2, 3, 4, 5]
        assert await receive(adapter, entry) == LARGE
    assert place.unfinished() == 0


async def test_where_no_parts_are_listed_the_next_try_goes_on_with_another_upload_than_the_dropped_one(
    localbucket: ObjectStore,
) -> None:
    """The store says only when a part comes that it knows nothing of the upload, as it does after its restart."""
    place, handles = places.bucket(localbucket, f"dropped-{next(NAMES)}", creates_only=True), []

    async def staging(handle: str) -> None:
        handles.append(handle)

    async with places.reach(place) as adapter:
        await _cut_after(adapter, 2, handles)
        await adapter.discard(handles[-1], "in/a.dat")
        with pytest.raises(Transient, match="it is sent anew"):
            await send(adapter, "in/a.dat", LARGE, resume=handles[-1], staging=staging)
        assert handles[-1].split(" ")[0] != handles[0].split(" ")[0]
        entry = await send(adapter, "in/a.dat", LARGE, resume=handles[-1])
        assert await receive(adapter, entry) == LARGE
    assert place.unfinished() == 0


async def test_only_our_own_unfinished_upload_is_dropped(moto: ObjectStore, prefix: Place) -> None:
    key = f"{prefix.prefix}/in/a.dat"
    moto.client.create_multipart_upload(Bucket=object_stores.BUCKET, Key=key)
    handles: list[str] = []
    async with places.reach(prefix) as adapter:
        await _cut_after(adapter, 2, handles)
        assert prefix.unfinished() == 2
        await adapter.discard(handles[-1], "in/a.dat")
    assert prefix.unfinished() == 1
