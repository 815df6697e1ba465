"""Pages of bucket listings are read beside botocore's own parser: both must say the same."""

from __future__ import annotations

import io
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.parsers import ResponseParserError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.s3 import listing as s3_listing

NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        return iter([self.getvalue()])


def _listed(body: bytes, *, ours: bool) -> dict[str, Any]:
    """What a client gives that gets ``body`` for an answer."""
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="ap-northeast-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=Config(retries={"total_max_attempts": 1}),
    )
    if ours:
        s3_listing.register(client)
    client.meta.events.register(
        "before-send.s3.ListObjectsV2", lambda request, **_: AWSResponse(request.url, 200, {}, _Raw(body))
    )
    answer: dict[str, Any] = client.list_objects_v2(Bucket="b")
    return answer


@pytest.fixture(scope="module", autouse=True)
def _no_profile(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_CONFIG_FILE", str(tmp_path_factory.mktemp("aws") / "none"))
        yield


def _page(objects: str, namespace: str = NAMESPACE) -> bytes:
    head = "<Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>n</NextContinuationToken>"
    common = "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"
    return f"<ListBucketResult{namespace}>{head}{objects}{common}</ListBucketResult>".encode()


def _item(key: str, size: str = "400", when: str = "2027-01-04T01:02:03.456Z", more: str = "") -> str:
    fields = (
        f"<Key>{key}</Key><LastModified>{when}</LastModified><ETag>&quot;e-1&quot;</ETag><Size>{size}</Size>"
    )
    return f"<Contents>{fields}{more}</Contents>"


@pytest.mark.parametrize("key", ["a.csv", "a&amp;b.csv"])
@pytest.mark.parametrize("namespace", [NAMESPACE, ""])
def test_a_page_says_what_botocore_reads_in_it(namespace: str, key: str) -> None:
    more = "<Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass>"
    page = _page(_item(key) + _item("住記/＃.csv", "0", "2027-01-04T10:02:03+09:00", more), namespace)
    ours, theirs = (_listed(page, ours=which) for which in (True, False))
    read = [list(s3_listing.objects_of(answer)) for answer in (ours, theirs)]
    assert read[0] == read[1]
    assert [one.time for one in read[0]] == ["2027-01-04T01:02:03Z", "2027-01-04T01:02:03Z"]
    assert [one.version for one in read[0]] == ["e-1", "e-1"]
    for field in ("IsTruncated", "NextContinuationToken", "CommonPrefixes"):
        assert ours[field] == theirs[field]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(min_codepoint=0x20, exclude_categories=["C"]), min_size=1), max_size=5))
def test_keys_come_through_as_botocore_reads_them(keys: list[str]) -> None:
    from xml.sax.saxutils import escape  # noqa: PLC0415

    page = _page("".join(_item(escape(key)) for key in keys))
    ours, theirs = (list(s3_listing.objects_of(_listed(page, ours=which))) for which in (True, False))
    assert ours == theirs


@pytest.mark.parametrize("when", ["2027-01-04T01:02:03Z", "2027-01-04T10:02:03+09:00"])
def test_keys_that_come_as_parts_of_addresses_are_decoded(when: str) -> None:
    coded = "<EncodingType>url</EncodingType>"
    page = _page(coded + _item("%E4%BD%8F/50%25+1%2B%0A", when=when) + _item("a+b", when=when))
    ours, theirs = (list(s3_listing.objects_of(_listed(page, ours=which))) for which in (True, False))
    assert ours == theirs
    assert [one.key for one in ours] == ["住/50% 1+\n", "a b"]


@pytest.mark.parametrize("etag", ['"e-1"', "&quot;e-1&quot;", "e-1"])
def test_versions_are_without_their_quotes_however_they_are_written(etag: str) -> None:
    page = _page(_item("a").replace("&quot;e-1&quot;", etag))
    ours, theirs = (list(s3_listing.objects_of(_listed(page, ours=which))) for which in (True, False))
    assert [one.version for one in ours] == [one.version for one in theirs] == ["e-1"]


def test_an_empty_page_has_no_objects() -> None:
    assert list(s3_listing.objects_of(_listed(_page(""), ours=True))) == []


def test_a_time_that_only_botocore_understands_is_left_to_it() -> None:
    page = _page(_item("a", when="Mon, 04 Jan 2027 01:02:03 GMT"))
    ours, theirs = (_listed(page, ours=which) for which in (True, False))
    assert ours["Contents"] == theirs["Contents"]
    assert list(s3_listing.objects_of(ours)) == list(s3_listing.objects_of(theirs))


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"<Error><Code>InternalError</Code></Error>"])
def test_an_answer_that_is_no_listing_is_never_one(body: bytes) -> None:
    try:
        answer = _listed(body, ours=True)
    except ResponseParserError:
        return
    assert "IsTruncated" not in answer


@pytest.mark.parametrize(
    "broken",
    [
        "<Contents><Key>a</Key><Contents>",
        "<Contents><Key>a</Key><Size>1</Size></Contents>",
        _item("a", size="many"),
        _item("a&copy;"),
        _item("a") + "<Contents>",
    ],
    ids=["cut", "without a time", "no number", "an unknown reference", "half an object"],
)
def test_a_page_with_an_object_that_is_not_whole_is_never_a_shorter_listing(broken: str) -> None:
    """Whatever is not in the form of a listing is botocore's to read; so both say the same, or refuse it."""
    page = _page(_item("first") + broken)
    told = []
    for ours in (True, False):
        try:
            told.append(str(list(s3_listing.objects_of(_listed(page, ours=ours)))))
        except Exception:  # noqa: BLE001 - whatever botocore raises
            told.append("refused")
    assert told[0] == told[1]
