"""What boto3 raises, and the decision that each of it means."""

from __future__ import annotations

import re
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from adapters import trust
from adapters.errors import (
    NO_SETTINGS,
    ConnectionLost,
    Crowded,
    Misconfigured,
    NoAccess,
    NotFound,
    Refused,
    Rule,
    Settings,
    Transient,
)
from adapters.s3.probe import MISSING, code_of

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER_FAULT = 500
"""HTTP statuses from here on are faults of the server (RFC 9110, section 15.6)."""


def _code(*codes: str) -> Callable[[Exception], bool]:
    return lambda error: code_of(error) in codes


_SKEWED = re.compile(r"difference between the request time|request time .* from server time", re.IGNORECASE)
"""Some stores say so of a clock and call it AccessDenied."""


LONGEST_REST = 3600.0
"""Seconds that a store is left alone at most, whatever it asks for."""


def _headers(error: boto.ClientError) -> dict[str, str]:
    headers: dict[str, str] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def _rest(error: boto.ClientError) -> float | None:
    """Seconds for which the store asks to be left alone, if it does (RFC 9110, Retry-After: seconds, or a date)."""
    headers = _headers(error)
    asked = headers.get("retry-after", "")
    if asked.isdecimal():
        return min(float(asked), LONGEST_REST)
    with suppress(ValueError, TypeError, KeyError):  # no date, or none that can be compared
        rest = parsedate_to_datetime(asked) - parsedate_to_datetime(headers["date"])
        return min(max(rest.total_seconds(), 0.0), LONGEST_REST)
    return None


def _region(error: boto.ClientError) -> Settings:
    """The region that a store names where it is asked in another one."""
    headers = _headers(error)
    named = headers.get("x-amz-bucket-region") or error.response.get("Error", {}).get("Region")
    return {"region": named} if named else NO_SETTINGS


def _proxy_refuses(error: Exception) -> bool:
    """Whether a proxy wants another login (RFC 9110, 407), asked itself or for a tunnel."""
    tunnel = error.kwargs.get("error", "") if isinstance(error, boto.ProxyConnectionError) else ""
    return code_of(error) == "407" or "Tunnel connection failed: 407" in str(tunnel)


ERRORS = (
    Rule(error=boto.ClientError, when=_code(*MISSING), becomes=NotFound, says="it is not there"),
    Rule(
        error=boto.ClientError,
        when=_code("NoSuchBucket"),
        becomes=NoAccess,
        says="the bucket is not there",
        hint="correct bucket or endpoint_url, or have the bucket made",
    ),
    Rule(
        error=boto.ClientError,
        when=lambda error: code_of(error) == "RequestTimeTooSkewed" or bool(_SKEWED.search(str(error))),
        becomes=Transient,
        says="this machine's clock and the store's are too far apart",
        hint="set this machine's clock by a time server; the store is tried again by itself",
    ),
    Rule(
        error=boto.ClientError,
        when=_code(
            "301", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"
        ),
        becomes=NoAccess,
        says="the bucket is in another region",
        hint="correct region",
        settings=_region,
    ),
    Rule(
        error=boto.ClientError,
        when=_code(
            *(
                "AccountProblem",
                "InvalidAccessKeyId",
                "SignatureDoesNotMatch",
                "ExpiredToken",
                "InvalidToken",
            ),
            "401",
        ),
        becomes=NoAccess,
        says="the store refuses these credentials",
        hint="correct credentials, region and rights",
    ),
    Rule(
        error=boto.ClientError,
        when=_code("403", "AccessDenied", "AllAccessDisabled"),
        becomes=Misconfigured,
        says="the store refuses it",
        hint="ask for the rights of these credentials on this prefix",
    ),
    Rule(
        error=(boto.ClientError, boto.ProxyConnectionError),
        when=_proxy_refuses,
        becomes=NoAccess,
        says="the proxy refuses the login",
        hint="correct proxy_login; no fast retry is made, so that the account is not locked",
    ),
    Rule(
        error=boto.ClientError,
        when=lambda error: code_of(error).startswith("KMS."),
        becomes=Misconfigured,
        says="the key service refuses it",
        hint="correct kms_key, or ask for the right to use this key",
    ),
    Rule(
        error=boto.ClientError,
        when=_code(
            "507", "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "ServiceQuotaExceeded"
        ),
        becomes=Transient,
        says="no room is left in the store",
        hint="have the quota raised, or objects removed; the file waits",
    ),
    Rule(
        error=boto.ClientError,
        when=_code("EntityTooLarge", "KeyTooLongError", "InvalidObjectState", "MetadataTooLarge"),
        becomes=Refused,
        says="the store cannot hold such an object",
    ),
    Rule(
        error=boto.ClientError,
        when=_code(*("SlowDown", "ServiceUnavailable", "503"), *("TooManyRequests", "Throttling", "429")),
        becomes=Crowded,
        says="the store asks to slow down",
        retry_after=_rest,
    ),
    Rule(
        error=boto.ClientError,
        when=lambda error: (
            error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_FAULT
        ),
        becomes=ConnectionLost,  # whether it was done is not said
        says="the store failed",
        retry_after=_rest,
    ),
    Rule(error=boto.ClientError, becomes=Transient, says="the store cannot do it now"),
    Rule(
        error=(
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.ProfileNotFound,
            boto.NoRegionError,
        ),
        becomes=NoAccess,
        says="no credentials",
        hint="write credentials: with references, or credentials_profile",
    ),
    Rule(
        error=boto.SSLError,
        when=trust.is_untimely,
        becomes=NoAccess,
        says="the store's certificate has expired, or is not valid yet",
        hint="have the store's people renew it; if it is valid today, this machine's clock is wrong",
    ),
    Rule(
        error=boto.SSLError,
        when=trust.is_of_another,
        becomes=NoAccess,
        says="the store's certificate is another host's",
        hint="correct endpoint_url: it must hold a name that the certificate carries",
    ),
    Rule(
        error=boto.SSLError,
        when=lambda error: "WRONG_VERSION_NUMBER" in str(error),
        becomes=NoAccess,
        says="what answers there knows no TLS",
        hint="correct endpoint_url: its port, or http:// where a store in zone on-prem cannot encrypt",
    ),
    Rule(
        error=boto.SSLError,
        becomes=NoAccess,
        says="the store's certificate is not trusted",
        hint="give the authority's certificate as ca",
    ),
    Rule(
        error=(boto.ParamValidationError, boto.InvalidEndpointDiscoveryConfigurationError, ValueError),
        becomes=NoAccess,
        says="the endpoint is written wrongly",
        hint="correct bucket and endpoint_url",
    ),
    Rule(
        error=(boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError),
        becomes=Transient,
        says="the store cannot be reached",
    ),
    Rule(
        error=(boto.HTTPClientError, boto.BotoCoreError, ResponseParserError, OSError),
        becomes=ConnectionLost,
        says="the connection failed",
    ),
)
