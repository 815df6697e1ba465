"""Each adapter's table from its library's errors to a decision, row by row."""

from __future__ import annotations

import errno
import ftplib
import socket
import ssl

import paramiko
import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from cryptography.exceptions import InvalidTag

from adapters.errors import (
    AdapterError,
    AlreadyThere,
    ConnectionLost,
    Crowded,
    InDoubt,
    Misconfigured,
    NoAccess,
    NotFound,
    Refused,
    Rule,
    Transient,
    decide,
    in_doubt_when_lost,
    map_errors,
)
from adapters.ftp import adapter as ftp
from adapters.local import adapter as local
from adapters.s3 import adapter as s3
from adapters.sftp import adapter as sftp
from adapters.sftp.status import ConnectionGone, StatusError

SKEWED = "The difference between the request time and the server's time exceeds the maximum allowed."
"""As rclone's store says it."""


def _client(code: str, status: int = 400, message: str = "m") -> boto.ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(answer, "PutObject")


def _handshake(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


CASES: list[tuple[tuple[Rule, ...], Exception, type[AdapterError]]] = [
    (local.ERRORS, FileNotFoundError(errno.ENOENT, "x"), NotFound),
    (local.ERRORS, NotADirectoryError(errno.ENOTDIR, "x"), NotFound),
    (local.ERRORS, FileExistsError(errno.EEXIST, "x"), AlreadyThere),
    (local.ERRORS, PermissionError(errno.EACCES, "x"), Misconfigured),
    (local.ERRORS, OSError(errno.EROFS, "x"), Misconfigured),
    (local.ERRORS, OSError(errno.ENOSPC, "x"), Transient),
    (local.ERRORS, OSError(errno.EDQUOT, "x"), Transient),
    (local.ERRORS, OSError(errno.ENAMETOOLONG, "x"), Refused),
    (local.ERRORS, OSError(errno.ELOOP, "x"), Refused),
    (local.ERRORS, OSError(errno.EIO, "x"), Transient),
    (local.ERRORS, OSError(errno.ESTALE, "x"), Transient),
    (ftp.ERRORS, ftplib.error_perm("550 No such file or directory"), NotFound),
    (ftp.ERRORS, ftplib.error_perm("550 No data sets found."), NotFound),
    (ftp.ERRORS, ftplib.error_perm("550 Data set A.B not found"), NotFound),
    (ftp.ERRORS, ftplib.error_perm("530 Login incorrect."), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("530 Anonymous sessions must use encryption."), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("530 PASS command failed"), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("530 Too many bad logins, you are locked out."), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("530 Sorry, the maximum number of clients (2) are connected."), Transient),
    (ftp.ERRORS, ftplib.error_temp("421 There are too many connected users, please try later."), Transient),
    (ftp.ERRORS, ftplib.error_temp("421 5 users (the maximum) are already logged in, sorry"), Transient),
    (ftp.ERRORS, ftplib.error_perm("534 Policy requires SSL"), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("522 SSL connection failed: session reuse required"), NoAccess),
    (ftp.ERRORS, ftplib.error_perm("550 Permission denied."), Misconfigured),
    (ftp.ERRORS, ftplib.error_perm("550 RACF: user not authorized"), Misconfigured),
    (ftp.ERRORS, ftplib.error_perm("552 Disk full"), Transient),
    (ftp.ERRORS, ftplib.error_temp("452 Insufficient storage"), Transient),
    (ftp.ERRORS, ftplib.error_perm("500 Unknown command"), Misconfigured),
    (ftp.ERRORS, ftplib.error_perm("553 Could not create file."), Refused),
    (ftp.ERRORS, ftplib.error_perm("550 Could not get file size."), Refused),
    (ftp.ERRORS, ftplib.error_temp("421 Timeout."), ConnectionLost),
    (ftp.ERRORS, ftplib.error_temp("425 Cannot open data connection"), Transient),
    (ftp.ERRORS, ftplib.error_temp("450 File busy"), Transient),
    (ftp.ERRORS, ftplib.error_proto("nonsense"), ConnectionLost),
    (ftp.ERRORS, EOFError(), ConnectionLost),
    (ftp.ERRORS, TimeoutError("timed out"), ConnectionLost),
    (ftp.ERRORS, ConnectionResetError(errno.ECONNRESET, "x"), ConnectionLost),
    (ftp.ERRORS, socket.gaierror(-2, "Name or service not known"), NoAccess),
    (ftp.ERRORS, ssl.SSLCertVerificationError("self-signed certificate"), NoAccess),
    (ftp.ERRORS, ssl.SSLCertVerificationError("certificate has expired"), NoAccess),
    (
        ftp.ERRORS,
        ssl.SSLCertVerificationError("Hostname mismatch, certificate is not valid for 'x'"),
        NoAccess,
    ),
    (ftp.ERRORS, UnicodeEncodeError("cp932", "é", 0, 1, "x"), Refused),
    (sftp.ERRORS, UnicodeEncodeError("euc_jp", "𠮷", 0, 1, "x"), Refused),
    (ftp.ERRORS, _handshake("SSLV3_ALERT_HANDSHAKE_FAILURE"), NoAccess),
    (ftp.ERRORS, _handshake("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), ConnectionLost),
    (ftp.ERRORS, ssl.SSLEOFError("EOF"), ConnectionLost),
    (
        sftp.ERRORS,
        paramiko.AuthenticationException("Authentication failed: transport shut down or saw EOF"),
        ConnectionLost,
    ),
    (sftp.ERRORS, paramiko.AuthenticationException("Authentication timeout."), ConnectionLost),
    (sftp.ERRORS, InvalidTag(), ConnectionLost),
    (sftp.ERRORS, StatusError(2, "No such file"), NotFound),
    (sftp.ERRORS, StatusError(3, "Permission denied"), Misconfigured),
    (sftp.ERRORS, StatusError(4, "Failure"), Transient),
    (sftp.ERRORS, StatusError(7, "lost"), ConnectionLost),
    (sftp.ERRORS, StatusError(8, "unsupported"), Misconfigured),
    (sftp.ERRORS, paramiko.AuthenticationException("no"), NoAccess),
    (sftp.ERRORS, paramiko.BadAuthenticationType("no", ["publickey"]), NoAccess),
    (sftp.ERRORS, paramiko.SSHException("Incompatible ssh peer (no acceptable host key)"), NoAccess),
    (sftp.ERRORS, paramiko.SSHException("Error reading SSH protocol banner"), ConnectionLost),
    (sftp.ERRORS, ConnectionGone("the server closed the connection"), ConnectionLost),
    (sftp.ERRORS, TimeoutError(), ConnectionLost),
    (sftp.ERRORS, UnicodeDecodeError("utf-8", b"\x80", 0, 1, "x"), ConnectionLost),
    (sftp.ERRORS, EOFError(), ConnectionLost),
    (sftp.ERRORS, ConnectionRefusedError(errno.ECONNREFUSED, "x"), ConnectionLost),
    (sftp.ERRORS, socket.gaierror(-2, "x"), NoAccess),
    (s3.ERRORS, _client("NoSuchKey", 404), NotFound),
    (s3.ERRORS, _client("404", 404), NotFound),
    (s3.ERRORS, _client("NoSuchBucket", 404), NoAccess),
    (s3.ERRORS, _client("AccessDenied", 403), Misconfigured),
    (s3.ERRORS, _client("403", 403), Misconfigured),
    (s3.ERRORS, _client("SignatureDoesNotMatch", 403), NoAccess),
    (s3.ERRORS, _client("PermanentRedirect", 301), NoAccess),
    (s3.ERRORS, _client("RequestTimeTooSkewed", 403), Transient),
    (s3.ERRORS, _client("AccessDenied", 403, SKEWED), Transient),
    (s3.ERRORS, _client("ExpiredToken", 400), NoAccess),
    (s3.ERRORS, _client("QuotaExceeded", 403), Transient),
    (s3.ERRORS, _client("XMinioStorageFull", 507), Transient),
    (s3.ERRORS, _client("EntityTooLarge", 400), Refused),
    (s3.ERRORS, _client("SlowDown", 503), Crowded),
    (s3.ERRORS, _client("InternalError", 500), ConnectionLost),
    (s3.ERRORS, _client("OperationAborted", 409), Transient),
    (s3.ERRORS, boto.NoCredentialsError(), NoAccess),
    (s3.ERRORS, boto.EndpointConnectionError(endpoint_url="http://x"), Transient),
    (s3.ERRORS, boto.ConnectTimeoutError(endpoint_url="http://x"), Transient),
    (s3.ERRORS, boto.ReadTimeoutError(endpoint_url="http://x"), ConnectionLost),
    (s3.ERRORS, boto.ConnectionClosedError(endpoint_url="http://x"), ConnectionLost),
    (s3.ERRORS, ResponseParserError("invalid XML received"), ConnectionLost),
    (s3.ERRORS, boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), ConnectionLost),
    (s3.ERRORS, _client("KMS.NotFoundException"), Misconfigured),
    (s3.ERRORS, _client("407", 407), NoAccess),
    (s3.ERRORS, boto.SSLError(endpoint_url="https://x", error="x"), NoAccess),
    (s3.ERRORS, boto.SSLError(endpoint_url="https://x", error="Hostname mismatch"), NoAccess),
    (s3.ERRORS, boto.SSLError(endpoint_url="https://x", error="[SSL: WRONG_VERSION_NUMBER]"), NoAccess),
    (s3.ERRORS, boto.SSLError(endpoint_url="https://x", error="certificate is not yet valid"), NoAccess),
    (s3.ERRORS, boto.ParamValidationError(report="x"), NoAccess),
]


@pytest.mark.parametrize(("table", "error", "decision"), CASES)
def test_an_error_of_a_library_becomes_the_decision_of_its_row(
    table: tuple[Rule, ...], error: Exception, decision: type[AdapterError]
) -> None:
    decided = decide(table, error, "doing something")
    assert type(decided) is decision
    assert decided.message.startswith("doing something: ")


DATE = "Mon, 04 Jan 2027 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "Mon, 04 Jan 2027 00:02:00 GMT", "date": DATE}, 120.0),
        ({"retry-after": "Sun, 03 Jan 2027 00:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "Mon, 04 Jan 2027 00:02:00 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon", "date": DATE}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("429", 429), ("InternalError", 500)])
def test_a_store_that_names_a_time_is_not_asked_earlier(
    code: str, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    error = _client(code, status)
    error.response["ResponseMetadata"]["HTTPHeaders"] = headers
    decided = decide(s3.ERRORS, error, "doing something")
    assert isinstance(decided, Transient)
    assert decided.retry_after == seconds


@pytest.mark.parametrize("table", [local.ERRORS, ftp.ERRORS, sftp.ERRORS, s3.ERRORS])
def test_every_row_of_a_table_is_reached_by_a_case(table: tuple[Rule, ...]) -> None:
    cases = [error for cased, error, _ in CASES if cased is table]
    reached = {next(number for number, rule in enumerate(table) if rule.fits(error)) for error in cases}
    assert reached == set(range(len(table)))


@pytest.mark.parametrize("table", [local.ERRORS, ftp.ERRORS, sftp.ERRORS, s3.ERRORS])
def test_what_pauses_an_endpoint_says_what_to_do(table: tuple[Rule, ...]) -> None:
    assert [rule.says for rule in table if issubclass(rule.becomes, Misconfigured) and not rule.hint] == []


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_place() -> None:
    with pytest.raises(TypeError), map_errors(ftp.ERRORS, "doing something"):
        raise TypeError("ours")


def test_control_characters_of_a_reply_do_not_reach_a_log() -> None:
    decided = decide(ftp.ERRORS, ftplib.error_perm("553 bad\r\n\x1b[31mname\udc82"), "writing a")
    assert decided is not None
    assert "\x1b" not in str(decided)
    str(decided).encode()


def test_only_a_lost_answer_leaves_publishing_in_doubt() -> None:
    with pytest.raises(InDoubt), in_doubt_when_lost("publishing a"):
        raise ConnectionLost("gone")
    with pytest.raises(Transient, match="busy") as answered, in_doubt_when_lost("publishing a"):
        raise Transient("busy")
    assert type(answered.value) is Transient
