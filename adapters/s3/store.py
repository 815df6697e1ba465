"""The requests to one bucket, blocking; boto3 signs and sends, and never retries."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from adapters import names
from adapters.base import Entry, Listing
from adapters.errors import AlreadyThere, Changed, Transient, UnreadableListing
from adapters.handover import CHUNK
from adapters.s3.body import Body
from adapters.s3.client import CHECKSUMMED, fetch_keys, keys_of, make_client, signs_bodies
from adapters.s3.listing import objects_of, time_of
from adapters.s3.probe import EXISTS, MISSING, PROBE, Creation, code_of, probe, version_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from adapters.s3.listing import Listed
    from adapters.s3.options import S3Options

T = TypeVar("T")


LARGEST_COPY = 5 * 1024**3
"""S3 copies at most 5 GiB in one request, and takes at most 10,000 parts (Amazon S3 User Guide, quotas)."""

MOST_PARTS = 10_000
PAGE = 1000
"""Objects that are asked for at once; the most that S3 gives."""

KEYS_REFUSED = frozenset(
    {"ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "400", "401", "403"}
)
"""What a store says of credentials that are over; to HEAD it says a number only."""

UNTOLD = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405"})
"""What a store answers that does not list parts, as small ones do not."""

NO_UPLOAD = MISSING | {"NoSuchUpload"}

NO_LISTING = "the store's answer is no listing"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of an unfinished object, as the store has it."""

    size: int
    etag: str


class UploadGone(Transient):
    """The store dropped what was sent of an object so far, after an outage or by a rule of its own: all goes anew."""


class Store:
    """One bucket. May be used from several threads."""

    def __init__(self, options: S3Options) -> None:
        self._options = options
        self._prefix = f"{options.prefix.strip('/')}/" if options.prefix.strip("/") else ""
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = make_client(self._options)
            return self._made

    def close(self) -> None:
        """Close the connections. The next request makes new ones, with credentials fetched anew."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def with_keys_renewed(self, request: Callable[[], T]) -> T:
        """Ask; once more if the store refuses credentials that are others by now, as those of a role are every hour.

        The references (a file, a command) are read anew for that; a refusal of what they still hold stays one.
        """
        signed_with = keys_of(self._client)
        try:
            return request()
        except ClientError as error:
            if code_of(error) not in KEYS_REFUSED or fetch_keys(self._options) == signed_with:
                raise
            self.close()
            return request()

    def _bucket(self) -> dict[str, Any]:
        owner = self._options.bucket_owner
        return {"Bucket": self._options.bucket, **({"ExpectedBucketOwner": owner} if owner else {})}

    def _place(self, path: str) -> dict[str, Any]:
        return {**self._bucket(), "Key": f"{self._prefix}{path}"}

    def _kept(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """What is kept with a new object: labels and tags, which a copy brings along, and how it is encrypted."""
        kept: dict[str, Any] = {}
        if labels:
            kept["Metadata"] = {f"lgw-{name}": value for name, value in labels.items()}
            if self._options.tags:
                kept["Tagging"] = urlencode(self._options.tags)
        if self._options.encryption != "store":
            kept["ServerSideEncryption"] = self._options.encryption
        if self._options.kms_key is not None:
            kept["SSEKMSKeyId"] = self._options.kms_key
        return kept

    def scan(self, pattern: str) -> Listing:
        """Every object that matches, page after page of one listing."""
        entries: list[Entry] = []
        refused: list[tuple[str, str]] = []
        matching = names.matcher(pattern)
        for key, size, time, version in self._items(pattern):
            path = key.removeprefix(self._prefix)
            if not matching(path) or names.is_temporary(path) or path.endswith("/"):
                continue
            if reason := names.why_unsafe(path):
                refused.append((names.shown(path), reason))
            else:
                entries.append(Entry(path=path, size=size, mtime=time, version=version))
        return Listing(entries=tuple(entries), refused=tuple(refused))

    def _items(self, pattern: str) -> Iterator[Listed]:
        asked = {**self._bucket(), "Prefix": self._prefix + _fixed_start(pattern)}
        if not names.is_wild(pattern.rpartition("/")[0]):
            asked["Delimiter"] = "/"
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(**asked, PaginationConfig={"PageSize": PAGE}):
                if (
                    "IsTruncated" not in page
                ):  # boto3 takes an empty or mangled answer for a page without objects
                    raise UnreadableListing(NO_LISTING)
                yield from objects_of(page)
        except (ResponseParserError, KeyError) as error:
            raise UnreadableListing(NO_LISTING) from error

    def look(self, path: str) -> Entry:
        """The object, now."""
        return self.head(path)[0]

    def head(self, path: str) -> tuple[Entry, str]:
        """The object, now, and its version id (empty in a bucket without versions)."""
        answer = self._client.head_object(**self._place(path))
        return _entry(path, answer), version_id(answer)

    def retrieve(self, entry: Entry, put: Callable[[bytes], None]) -> None:
        """Give the object's bytes to ``put``; the store itself refuses if it is another object by now."""
        try:
            answer = self._client.get_object(**self._place(entry.path), IfMatch=_quoted(entry.version))
        except ClientError as error:
            if code_of(error) in EXISTS:
                raise _changed(entry) from error
            raise
        # As a context manager the body gives the raw stream, which takes a cut connection for the end.
        with closing(_said(answer, "Body")) as body:
            assert_same(entry, _entry(entry.path, answer))
            while chunk := body.read(CHUNK):
                put(chunk)

    def probe(self, near: str = "") -> Creation:
        """See ``adapters.s3.probe``; beside a name, else at the top of the place. It is laid there as files are.

        Buckets may refuse what is not encrypted as they want it, or carries no tags.
        """
        path = names.beside(near, f"{names.TEMPORARY_PREFIX}probe-{names.digest_token(socket.gethostname())}")
        body = {**self._body(PROBE), **self._kept({"probe": "yes"})}
        return probe(self._client, self._place(path), body, self._options.profile)

    def _body(self, body: Body | bytes, digest: str = "") -> dict[str, Any]:
        """Bytes as they are sent: where the store compares them, with their CRC-32 (``digest``, if it is known)."""
        if isinstance(body, Body):
            body.seek(0)  # an earlier try may have read it
        if self._options.profile not in CHECKSUMMED:
            return {"Body": body}
        digest = digest or (body if isinstance(body, Body) else Body([body])).crc32()
        return {"Body": body, "ChecksumAlgorithm": "CRC32", **self._checksum(digest)}

    def _checksum(self, digest: str) -> dict[str, str]:
        wanted = self._options.profile in CHECKSUMMED and digest
        return {"ChecksumCRC32": b64encode(bytes.fromhex(digest)).decode()} if wanted else {}

    def is_copy(self, path: str, other: str) -> bool:
        """Whether ``other`` is there with the content of ``path``: same size and ETag."""
        try:
            found, _ = self.head(other)
        except ClientError as error:
            if code_of(error) in MISSING:
                return False
            raise
        own, _ = self.head(path)
        return (own.version, own.size) == (found.version, found.size)

    def assert_free(self, path: str) -> None:
        """Raise ``AlreadyThere`` if there is such an object."""
        try:
            self.head(path)
        except ClientError as error:
            if code_of(error) in MISSING:
                return
            raise
        raise AlreadyThere(f"{path} exists")

    def put(self, path: str, body: Body, labels: Mapping[str, str], *, create: bool) -> str:
        """Store an object in one request; its ETag, or an empty string where the store tells none."""
        with _condition_means_taken(path):
            answer = self._client.put_object(
                **self._place(path), **self._body(body), **self._kept(labels), **_condition(create=create)
            )
        return str(answer.get("ETag", "")).strip('"')

    def begin_parts(self, path: str, labels: Mapping[str, str]) -> str:
        """Begin an object of several parts; its upload id."""
        checksums = {"ChecksumAlgorithm": "CRC32"} if self._options.profile in CHECKSUMMED else {}
        answer = self._client.create_multipart_upload(**self._place(path), **checksums, **self._kept(labels))
        return str(_said(answer, "UploadId"))

    def put_part(self, path: str, upload: str, number: int, body: Body) -> tuple[str, str]:
        """Store one part; its ETag, which ``complete`` asks for, and its ``digest_of``.

        Raises ``UploadGone``.
        """
        digest = self.digest_of(body) if self._options.profile in CHECKSUMMED else ""
        part = {"UploadId": upload, "PartNumber": number, **self._body(body, digest)}
        with _upload_may_be_gone(path):
            etag = str(_said(self._client.upload_part(**self._place(path), **part), "ETag"))
        return etag, digest or self.digest_of(body)

    def digest_of(self, body: Body) -> str:
        """What tells a part from another of its length: 32 bits, in hex, of what its request is proved by.

        Two tries differ only where a source was rewritten between them and looks the same by size and time.
        """
        if self._options.profile not in CHECKSUMMED and signs_bodies(self._options):
            return body.sha256()[:8]
        return body.crc32()

    def parts_of(self, path: str, upload: str) -> dict[int, Part]:
        """What is there of an unfinished object, by number; nothing where the store cannot tell, and all is sent again.

        Raises ``UploadGone``.
        """
        pages = self._client.get_paginator("list_parts").paginate(**self._place(path), UploadId=upload)
        try:
            with _upload_may_be_gone(path):
                listed = [part for page in pages for part in page.get("Parts", ())]
        except ClientError as error:
            if code_of(error) in UNTOLD:
                return {}
            raise
        return {
            _said(part, "PartNumber"): Part(size=_said(part, "Size"), etag=_said(part, "ETag"))
            for part in listed
        }

    def complete(self, path: str, upload: str, sent: Sequence[tuple[str, str]], *, create: bool) -> None:
        """Make the object visible: its parts, from the first on, each with its ETag and its ``digest_of``."""
        parts = [
            {"PartNumber": number, "ETag": etag, **self._checksum(digest)}
            for number, (etag, digest) in enumerate(sent, 1)
        ]
        with _condition_means_taken(path):
            self._client.complete_multipart_upload(
                **self._place(path),
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                **_condition(create=create),
            )

    def abort(self, path: str, upload: str) -> bool:
        """Drop the parts of an unfinished object; False if they are gone."""
        try:
            self._client.abort_multipart_upload(**self._place(path), UploadId=upload)
        except ClientError as error:
            if code_of(error) not in NO_UPLOAD:
                raise
            return False
        return True

    def copy(self, entry: Entry, path: str) -> None:
        """Copy within the bucket, if it is still the object that was read."""
        origin = {"Bucket": self._options.bucket, "Key": f"{self._prefix}{entry.path}"}
        source = {"CopySource": origin, "CopySourceIfMatch": _quoted(entry.version)}
        try:
            if (entry.size or 0) <= LARGEST_COPY:
                self._client.copy_object(**self._place(path), **source, **self._kept({}))
            else:
                self._copy_in_parts(entry, path, source)
        except ClientError as error:
            if code_of(error) in EXISTS:
                raise _changed(entry) from error
            raise

    def _copy_in_parts(self, entry: Entry, path: str, source: dict[str, Any]) -> None:
        begun = self._client.create_multipart_upload(**self._place(path), **self._kept({}))
        upload = str(_said(begun, "UploadId"))
        etags = []
        size = entry.size or 0
        for number, start in enumerate(range(0, size, LARGEST_COPY), 1):
            answer = self._client.upload_part_copy(
                **self._place(path),
                **source,
                UploadId=upload,
                PartNumber=number,
                CopySourceRange=f"bytes={start}-{min(start + LARGEST_COPY, size) - 1}",
            )
            etags.append((_said(_said(answer, "CopyPartResult"), "ETag"), ""))
        self.complete(path, upload, etags, create=False)

    def delete(self, entry: Entry) -> None:
        """Remove the object as it was read; in a bucket with versions as ``versions`` says."""
        current, version = self.head(entry.path)
        assert_same(entry, current)
        asked: dict[str, Any] = {}
        if version and self._options.versions == "erase":
            asked["VersionId"] = version
        elif self._options.profile == "aws":
            asked["IfMatch"] = _quoted(entry.version)  # other stores know no conditional delete
        try:
            self._client.delete_object(**self._place(entry.path), **asked)
        except ClientError as error:
            if code_of(error) in EXISTS:
                raise _changed(entry) from error
            raise


@contextmanager
def _condition_means_taken(path: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) in EXISTS:
            raise AlreadyThere(f"{path} exists") from error
        raise


@contextmanager
def _upload_may_be_gone(path: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) in NO_UPLOAD:
            raise UploadGone(f"the store dropped what was sent of {path} so far; it is sent anew") from error
        raise


def assert_same(entry: Entry, current: Entry) -> None:
    """Raise ``Changed`` unless both are the same object."""
    if current.identity != entry.identity:
        raise _changed(entry)


def _changed(entry: Entry) -> Changed:
    return Changed(f"{entry.path} is another object than the one that was listed", hint="nothing was touched")


def _entry(path: str, answer: dict[str, Any]) -> Entry:
    time, version = time_of(_said(answer, "LastModified")), answer.get("ETag", "").strip('"')
    return Entry(path=path, size=_said(answer, "ContentLength"), mtime=time, version=version)


def _said(answer: Mapping[str, Any], name: str) -> Any:
    """What an answer says. Raises ``Transient`` where it does not: a line garbled it, or something stood in between."""
    if name not in answer:
        raise Transient(f"the store's answer does not say {name}")
    return answer[name]


def _quoted(version: str) -> str:
    """An ETag as conditions take it; some stores list it without its quotes."""
    return f'"{version}"'


def _condition(*, create: bool) -> dict[str, str]:
    return {"IfNoneMatch": "*"} if create else {}


def _fixed_start(pattern: str) -> str:
    """What all keys begin with that match a pattern: its characters before the first wildcard, folders as written."""
    folder, slash, name = pattern.partition("*")[0].partition("?")[0].rpartition("/")
    return f"{folder}{slash}{names.lasting_start(name)}"
