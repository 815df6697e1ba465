"""A client for one bucket as its profile needs it: addressing, signatures, checksums, credentials."""

from __future__ import annotations

import tempfile
import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.utils import determine_content_length

from adapters import trust
from adapters.s3 import head, listing
from adapters.s3.body import note_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.s3.options import S3Options

CHECKSUMMED = frozenset({"aws"})
"""Profiles of stores that compare a body with the CRC-32 beside it, and give the CRC-32 back with the object."""

PATH_STYLE = frozenset({"generic", "minio", "ceph", "sakura", "oci"})

AT_ONCE = 1024 * 1024
"""Bytes that are sent without asking the store first whether it wants them."""


Keys = tuple[str | None, str | None, str | None]
"""Access key id, secret key and session token; nothing where there are none."""


def fetch_keys(options: S3Options) -> Keys:
    """The credentials as they are now: out of the references, or where boto3 finds them."""
    if options.credentials is None:
        found = boto3.session.Session(profile_name=options.credentials_profile).get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
        return (frozen.access_key, frozen.secret_key, frozen.token) if frozen is not None else (None,) * 3
    token = options.credentials.session_token
    return (
        options.credentials.access_key.reveal(),
        options.credentials.secret_key.reveal(),
        token.reveal() if token is not None else None,
    )


def make_client(options: S3Options) -> Any:
    """A client as the profile needs it. Fetches the credentials; what boto3 found, it renews by itself."""
    keys = {}
    if options.credentials is not None:
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = dict(zip(names, fetch_keys(options), strict=True))
    head.use()
    authorities, drop = _bundled(trust.files(options.ca))
    session = boto3.session.Session(profile_name=options.credentials_profile)
    client = session.client(
        "s3",
        region_name=options.region,
        endpoint_url=options.endpoint_url,
        verify=authorities,
        config=_config(options),
        **keys,
    )
    weakref.finalize(client, drop)
    listing.register(client)
    client.meta.events.register("before-send.s3.UploadPart", note_signature)
    client.meta.events.register_last("before-call.s3", _without_waiting)
    return client


def _bundled(files: Sequence[Path] | None) -> tuple[str | None, Callable[[], None]]:
    """One file of all authorities, as boto3 takes them, and what removes it again if it had to be made."""
    if files is None or len(files) == 1:
        return (str(files[0]) if files else None), lambda: None
    with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as bundle:
        bundle.write(b"\n".join(file.read_bytes() for file in files))
    return bundle.name, partial(Path(bundle.name).unlink, missing_ok=True)


def keys_of(client: Any) -> Keys:
    """The credentials that a client signs with now."""
    signer = client._request_signer._credentials  # noqa: SLF001 - botocore shows them nowhere else
    frozen = signer.get_frozen_credentials() if signer is not None else None
    return (frozen.access_key, frozen.secret_key, frozen.token) if frozen is not None else (None,) * 3


def _without_waiting(params: dict[str, Any], **_: object) -> None:
    """A small body is sent at once: asking first (RFC 9110, Expect) costs it a second way there and back.

    botocore asks for every body, at the event of all operations, which comes after those of single ones.
    """
    length = determine_content_length(params["body"])
    if length is not None and length <= AT_ONCE:
        params["headers"].pop("Expect", None)


def _proxy(options: S3Options) -> str | None:
    """The proxy with its login, as botocore takes it; its errors hide what stands before the @."""
    login = options.proxy_login
    if options.proxy is None or login is None:
        return options.proxy
    said = f"{quote(login.user, safe='')}:{quote(login.password.reveal(), safe='')}@"
    return options.proxy.replace("://", f"://{said}", 1)


def signs_bodies(options: S3Options) -> bool:
    """Whether the SHA-256 of each body is part of its request's signature: where there is no TLS to vouch for it."""
    return (options.endpoint_url or "https").startswith("http:")


def _config(options: S3Options) -> Config:
    return Config(
        connect_timeout=options.connect_timeout.total_seconds(),
        read_timeout=options.reply_timeout.total_seconds(),
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=options.connections,
        proxies=dict.fromkeys(("http", "https"), _proxy(options)) if options.proxy else None,
        signature_version="s3v4",
        # boto3's own way are checksums in trailers, which some stores reject and others store inside the object. Here a
        # store that is known to look at checksums gets them as headers (``Store``), and no other gets any; each
        # request's body is covered by the SHA-256 of its signature, and where there is TLS, by that.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_supported" if options.profile in CHECKSUMMED else "when_required",
        s3={
            "addressing_style": "path" if options.profile in PATH_STYLE else "auto",
            "payload_signing_enabled": signs_bodies(options),
        },
    )
