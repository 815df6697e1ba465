"""What a store does with a small object of ours, tried before the first that matters: conditions, checksums, bytes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from adapters.errors import Misconfigured
from adapters.s3.client import CHECKSUMMED

PROBE = b"Linkage Gateway tries what this store keeps, and removes this object.\r\n"

MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchVersion"})
EXISTS = frozenset({"412", "PreconditionFailed"})
UNKNOWN = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest", "400"})
"""What stores answer to a header that they do not know."""


def code_of(error: BaseException) -> str:
    """The store's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What the store does with ``If-None-Match: *``."""

    accepted: bool
    enforced: bool


def probe(client: Any, place: dict[str, Any], body: dict[str, Any], profile: str) -> Creation:
    """Whether the store refuses to create an object twice: tried on one of ours, which is removed.

    ``place`` and ``body`` are as requests take them. The object is read back as well: a store that keeps other bytes
    than it was sent, or wants no checksums, is ``Misconfigured`` before anything is lost. Its name follows from this
    machine's, so that what a crash left there is removed by the next probe beside it.
    """
    return _Probe(client, place, body, profile).run()


@dataclass
class _Probe:
    client: Any
    place: dict[str, Any]
    body: dict[str, Any]
    profile: str
    versions: list[str] = field(default_factory=list)

    def run(self) -> Creation:
        self._remove_left_over()
        try:
            accepted = self._lays_on_condition()
            if not accepted:
                self._lay_without()
            self._assert_kept()
            return Creation(accepted=accepted, enforced=accepted and self._is_refused_again())
        finally:
            for version in self.versions:
                self._remove(version)

    def _lay(self, **condition: str) -> None:
        answer = self.client.put_object(**self.place, **self.body, **condition)
        self.versions.append(version_id(answer))

    def _lays_on_condition(self) -> bool:
        try:
            self._lay(IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) in UNKNOWN:
                return False
            raise
        return True

    def _lay_without(self) -> None:
        try:
            self._lay()
        except ClientError as error:
            if code_of(error) in UNKNOWN and "ServerSideEncryption" in self.body:
                raise Misconfigured(
                    f"the store does not take what it is told of encryption ({code_of(error)})",
                    hint="correct encryption or kms_key; encryption: store leaves it to the bucket",
                ) from error
            if code_of(error) in UNKNOWN and self.profile in CHECKSUMMED:
                raise self._unfit("takes no checksums beside a body") from error
            raise

    def _assert_kept(self) -> None:
        # As a context manager the body gives the raw stream, which takes a cut connection for the end.
        with closing(self.client.get_object(**self.place)["Body"]) as body:
            kept = body.read()
        if kept != self.body["Body"]:
            raise self._unfit(
                f"kept {len(kept)} bytes that are not the {len(self.body['Body'])} that it was sent"
            )

    def _unfit(self, does: str) -> Misconfigured:
        if self.profile in CHECKSUMMED:
            return Misconfigured(
                f"the store {does}", hint="write profile: generic", settings={"profile": "generic"}
            )
        return Misconfigured(
            f"the store {does}", hint="ask the store's people what changes objects on the way"
        )

    def _is_refused_again(self) -> bool:
        try:
            self._lay(IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) in EXISTS:
                return True
            raise
        return False

    def _remove_left_over(self) -> None:
        try:
            found = self.client.head_object(**self.place)
        except ClientError as error:
            if code_of(error) in MISSING:
                return
            raise
        self._remove(version_id(found))

    def _remove(self, version: str) -> None:
        """Remove for good: in a bucket with versions a plain removal would leave the version and a marker."""
        self.client.delete_object(**self.place, **({"VersionId": version} if version else {}))


def version_id(answer: dict[str, Any]) -> str:
    """The version that an answer speaks of; empty in a bucket without versions."""
    version = answer.get("VersionId", "")
    return "" if version == "null" else str(version)
