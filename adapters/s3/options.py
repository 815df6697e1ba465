"""What people write about buckets; see ``adapters.options``."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from adapters.credentials.secret import SecretRef
from adapters.options import MIB, Folder, PlaceOptions, Wait, as_written
from adapters.trust import Authorities
from adapters.units import Size
from adapters.written import Written

Tag = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w .:/=+@-]+$")]


def _address(value: str) -> str:
    """An address alone: what stands before an @ would be a secret in the configuration, in errors and in logs."""
    parts = urlsplit(value)
    if "@" in value:  # also behind a slash, which a password may have
        raise ValueError(
            "holds a user or a password; write credentials, or proxy_login for a proxy, where secrets are references"
        )
    if parts.query or parts.fragment:
        raise ValueError("must be an address alone, without ? and #")
    return value


Address = Annotated[str, Field(pattern=r"^https?://"), AfterValidator(_address)]


class ProxyLogin(Written):
    """User and password of a proxy."""

    user: str = Field(min_length=1, description="Name to log in with.")
    password: SecretRef = Field(description="Where the password is.")


class S3Credentials(Written):
    """Keys of an object store, by reference."""

    access_key: SecretRef = Field(description="Where the access key id is.")
    secret_key: SecretRef = Field(description="Where the secret access key is.")
    session_token: SecretRef | None = Field(
        default=None, description="Where the session token is, if there is one."
    )


class S3Options(PlaceOptions):
    """A bucket of an object store."""

    bucket: str = Field(min_length=1, description="Name of the bucket.")
    endpoint_url: Address | None = Field(
        default=None, description="Address of the store; absent: AWS by region."
    )
    profile: Literal["aws", "gcs", "oci", "sakura", "minio", "ceph", "generic"] = Field(
        default="generic", description="Kind of store: decides addressing and checksums."
    )
    region: str = Field(
        default="ap-northeast-1", min_length=1, description="Region that requests are signed for."
    )
    prefix: Folder = Field(default="", description="Key prefix that all paths are relative to.")
    credentials: S3Credentials | None = Field(
        default=None,
        description="Keys by reference; absent: environment, shared file, role, as boto3 looks for them.",
    )
    credentials_profile: str | None = Field(
        default=None, description="Profile of the shared credentials file, where no keys are given."
    )
    ca: Authorities | None = Field(
        default=None,
        description="PEM file of the authorities that may vouch for the store, or a list of files, each with from and "
        "until while one is being replaced.",
    )
    encryption: Literal["store", "AES256", "aws:kms"] = Field(
        default="store",
        description="How the store encrypts objects at rest: as the bucket says (store), with the store's keys "
        "(AES256), or with a key of its key service (aws:kms).",
    )
    kms_key: str | None = Field(default=None, description="Key of the key service, with encryption: aws:kms.")
    bucket_owner: str | None = Field(
        default=None, description="Account that must own the bucket; any other owner stops the endpoint."
    )
    tags: dict[Tag, Tag] = Field(
        default={},
        max_length=10,
        description="Tags of each object that is delivered, for rules of the bucket.",
    )
    proxy: Address | None = Field(default=None, description="Proxy for requests to the store.")
    proxy_login: ProxyLogin | None = Field(
        default=None, description="Login at the proxy, if it asks for one (RFC 7617)."
    )
    versions: Literal["keep", "erase"] = Field(
        default="keep",
        description="What removing means in a bucket with versions: keep hides the object behind a marker, "
        "erase removes the very version that was read.",
    )
    part_size: Size = Field(
        default=as_written("16MiB"),
        ge=5 * MIB,
        le=512 * MIB,
        description="Size of the parts of a large file; a part must pass the line within 15 minutes.",
    )
    connect_timeout: Wait = Field(default=as_written("15s"), description="How long a connection may take.")
    reply_timeout: Wait = Field(
        default=as_written("60s"), description="How long one answer, or one block of data, may take."
    )

    @field_validator("bucket")
    @classmethod
    def _alone(cls, value: str) -> str:
        if not value.startswith("arn:") and ("/" in value or any(character.isspace() for character in value)):
            raise ValueError("must be the name of a bucket alone; what every key begins with is prefix")
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.kms_key is not None and self.encryption != "aws:kms":
            raise ValueError("kms_key belongs to encryption: aws:kms; write that, or leave kms_key out")
        if self.credentials is not None and self.credentials_profile is not None:
            raise ValueError("write credentials or credentials_profile, not both: only one of them can count")
        if self.proxy_login is not None and self.proxy is None:
            raise ValueError("proxy_login belongs to proxy; write that, or leave proxy_login out")
        return self

    @property
    def mtime_precision(self) -> float:
        """See ``PlaceOptions``. The ETag is another for other bytes, whenever they come."""
        return 0.0
