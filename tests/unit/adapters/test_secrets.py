from __future__ import annotations

import json
import logging
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from adapters.credentials.secret import SecretRef
from adapters.errors import Misconfigured, NoAccess, Transient
from adapters.options import FtpOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUE = "canary-of-a-secret"


def _printing(text: str, code: int = 0) -> dict[str, Any]:
    program = f"import sys; print({text!r}); print({text!r}, file=sys.stderr); sys.exit({code})"
    return {"command": [sys.executable, "-c", program]}


def test_a_secret_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", VALUE)
    assert SecretRef(env="A_PASSWORD").reveal() == VALUE


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_taken_from_a_file_without_its_last_line_end(tmp_path: Path, end: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(f"{VALUE}{end}".encode())
    assert SecretRef(file=file).reveal() == VALUE


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_secret_is_taken_from_a_credential_of_the_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    (tmp_path / "host-password").write_text(f"{VALUE}{end}")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert SecretRef(credential="host-password").reveal() == VALUE


def test_a_credential_is_asked_for_where_systemd_puts_it_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Misconfigured, match="CREDENTIALS_DIRECTORY is not set"):
        SecretRef(credential="host-password").reveal()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(Misconfigured, match="the credential host-password cannot be read") as failed:
        SecretRef(credential="host-password").reveal()
    assert "LoadCredential=host-password:" in str(failed.value.hint)
    for outside in ("../password", "/etc/passwd", "a/b", ".."):
        with pytest.raises(ValidationError):
            SecretRef(credential=outside)


def test_a_secret_is_taken_from_what_a_program_prints() -> None:
    assert SecretRef.model_validate(_printing(VALUE)).reveal() == VALUE


def test_a_changed_secret_is_seen_at_the_next_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = SecretRef(env="A_PASSWORD")
    for value in ("first", "second"):
        monkeypatch.setenv("A_PASSWORD", value)
        assert reference.reveal() == value


@pytest.mark.parametrize("given", [VALUE, 12345, [VALUE], None])
def test_a_literal_secret_is_refused_with_what_to_write_and_never_shown(given: object) -> None:
    with pytest.raises(ValidationError) as refused:
        SecretRef.model_validate(given)
    assert "{env: NAME}" in str(refused.value)
    assert VALUE not in str(refused.value)


def test_a_literal_password_inside_options_is_never_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        FtpOptions.model_validate({"host": "h", "login": {"user": "u", "password": VALUE}})
    assert "login.password" in str(refused.value)
    assert VALUE not in str(refused.value)


@pytest.mark.parametrize("given", [{}, {"env": "A", "file": "/b"}, {"env": "A", "default": VALUE}])
def test_exactly_one_place_of_a_secret_is_given(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        SecretRef.model_validate(given)
    assert VALUE not in str(refused.value)


def test_what_cannot_be_fetched_is_misconfigured_and_names_the_reference_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("A_PASSWORD", raising=False)
    empty = tmp_path / "empty"
    empty.write_text("\n")
    references = [
        SecretRef(env="A_PASSWORD"),
        SecretRef(file=tmp_path / "none"),
        SecretRef(file=empty),
        SecretRef(command=("/no/such/program", VALUE)),
        SecretRef.model_validate(_printing(VALUE, code=3)),
    ]
    for reference in references:
        with pytest.raises(Misconfigured) as failed:
            reference.reveal()
        assert VALUE not in str(failed.value)


def test_no_repr_shows_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", VALUE)
    reference = SecretRef(env="A_PASSWORD")
    reference.reveal()
    assert VALUE not in repr(reference)


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """AWS Secrets Manager as moto imitates it, over HTTP; gives back how to reach it."""
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret")):
        monkeypatch.setenv(f"AWS_{name}", value)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield {"region": "ap-northeast-1", "endpoint_url": f"http://{host}:{port}"}
    finally:
        server.stop()


def _kept(keeper: dict[str, str], name: str, **content: Any) -> None:
    where = {"region_name": keeper["region"], "endpoint_url": keeper["endpoint_url"]}
    with closing(boto3.client("secretsmanager", **where)) as client:
        client.create_secret(Name=name, **content)


def test_a_secret_is_taken_from_aws_whole_or_one_item_of_it(keeper: dict[str, str]) -> None:
    _kept(keeper, "city/whole", SecretString=f"{VALUE}\n")
    _kept(keeper, "city/items", SecretString=json.dumps({"user": "RENKEI", "password": VALUE}))
    assert SecretRef.model_validate({"aws_secret": {"id": "city/whole", **keeper}}).reveal() == VALUE
    wanted = {"id": "city/items", "key": "password", **keeper}
    assert SecretRef.model_validate({"aws_secret": wanted}).reveal() == VALUE


@pytest.mark.parametrize(
    ("content", "wanted", "says"),
    [
        ({"SecretString": VALUE}, {"key": "password"}, "is no JSON object"),
        ({"SecretString": json.dumps({"other": VALUE})}, {"key": "password"}, "has no text under password"),
        (
            {"SecretString": json.dumps({"password": [VALUE]})},
            {"key": "password"},
            "has no text under password",
        ),
        ({"SecretBinary": VALUE.encode()}, {}, "is binary"),
        ({"SecretString": "\n"}, {}, "gives nothing"),
    ],
)
def test_a_secret_of_aws_that_does_not_fit_is_named_and_never_shown(
    keeper: dict[str, str], content: dict[str, Any], wanted: dict[str, str], says: str
) -> None:
    name = f"city/odd-{uuid4()}"  # moto keeps one memory per process
    _kept(keeper, name, **content)
    with pytest.raises(NoAccess, match=says) as refused:
        SecretRef.model_validate({"aws_secret": {"id": name, **wanted, **keeper}}).reveal()
    assert name in str(refused.value)
    assert VALUE not in str(refused.value)


def test_a_secret_that_aws_does_not_have_or_give_spares_the_account(
    keeper: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoAccess, match="there is none"):
        SecretRef.model_validate({"aws_secret": {"id": "city/none", **keeper}}).reveal()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NoAccess, match="it cannot be asked for"):
        SecretRef.model_validate({"aws_secret": {"id": "city/none", **keeper}}).reveal()


def test_a_keeper_of_secrets_that_does_not_answer_may_do_so_later(
    keeper: dict[str, str],
) -> None:
    silent = keeper | {"endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(Transient, match="does not answer"):
        SecretRef.model_validate({"aws_secret": {"id": "city/whole", **silent}}).reveal()


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("AccessDeniedException", NoAccess),
        ("DecryptionFailure", NoAccess),
        ("ThrottlingException", Transient),
    ],
)
def test_what_aws_answers_decides_what_is_done(
    monkeypatch: pytest.MonkeyPatch, code: str, decision: type[Exception]
) -> None:
    class Refusing:
        def get_secret_value(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetSecretValue")

    monkeypatch.setattr("adapters.credentials.secrets_manager._client", lambda _: Refusing())
    with pytest.raises(decision):
        SecretRef.model_validate({"aws_secret": {"id": "city/whole"}}).reveal()
