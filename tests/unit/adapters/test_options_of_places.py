from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from adapters import ADAPTERS
from adapters.options import FtpOptions, LocalOptions, SftpOptions
from adapters.s3.options import S3Options

if TYPE_CHECKING:
    from pydantic import BaseModel

LOGIN = {"user": "RENKEI", "password": {"env": "X"}}
SOON, LATE = "2027-02-01T00:00:00+09:00", "2027-03-01T00:00:00+09:00"
PRINT = "SHA256:" + "a" * 43


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for field in model.model_fields.values():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if hasattr(kind, "model_fields"):
                found += _models(kind)
    return found


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_every_key_has_a_description_for_the_manual(kind: str) -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in _models(ADAPTERS[kind].options)
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_defaults_stand_in_the_schema_as_people_write_them(kind: str) -> None:
    for name, field in ADAPTERS[kind].options.model_json_schema()["properties"].items():
        assert "PT" not in str(field.get("default", "")), name


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (FtpOptions, {"host": "h", "login": LOGIN, "passwrod": "x"}),
        (FtpOptions, {"host": "h", "login": LOGIN, "tls": "maybe"}),
        (FtpOptions, {"host": "h", "login": LOGIN, "connections": 0}),
        (FtpOptions, {"host": "h", "login": LOGIN, "root": "../up"}),
        (FtpOptions, {"host": "h", "login": LOGIN, "site": ["RDW\r\nDELE x"]}),
        (SftpOptions, {"host": "h", "login": LOGIN}),
        (SftpOptions, {"host": "h", "login": LOGIN, "host_key": []}),
        (SftpOptions, {"host": "h", "login": LOGIN, "host_key": "MD5:aa:bb"}),
        (SftpOptions, {"host": "h", "login": LOGIN, "host_key": {"key": PRINT, "from": "2027-01-04"}}),
        (SftpOptions, {"host": "h", "login": LOGIN, "host_key": {"key": PRINT, "from": LATE, "until": SOON}}),
        (FtpOptions, {"host": "h", "login": LOGIN, "ca": []}),
        (SftpOptions, {"host": "h", "login": {"user": "u"}, "host_key": PRINT}),
        (S3Options, {"bucket": "b", "part_size": "1MiB"}),
        (S3Options, {"bucket": "b", "endpoint_url": "ftp://x"}),
        (S3Options, {"bucket": "b", "endpoint_url": "https://user:secret@x"}),
        (S3Options, {"bucket": "b", "endpoint_url": "https://x/?token=secret"}),
        (S3Options, {"bucket": "b", "proxy": "http://user:secret@x:3128"}),
        (S3Options, {"bucket": "b", "proxy": "http://user:sec/ret@x:3128"}),
        (S3Options, {"bucket": "b", "proxy_login": {"user": "u", "password": {"env": "X"}}}),
        (S3Options, {"bucket": "b", "proxy": "http://x", "proxy_login": {"user": "u", "password": "secret"}}),
        (LocalOptions, {"root": "relative/folder"}),
        (LocalOptions, {"root": "/srv", "file_mode": "rw-r-----"}),
        (LocalOptions, {"root": "/srv", "sentinel": "../x"}),
    ],
)
def test_what_cannot_be_meant_is_refused(model: type[BaseModel], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize("given", [PRINT, [PRINT], {"key": PRINT}, [{"key": PRINT}]])
def test_one_host_key_or_a_list_may_be_written(given: Any) -> None:
    options = SftpOptions.model_validate({"host": "h", "login": LOGIN, "host_key": given})
    assert [one.key for one in options.host_key] == [PRINT]


def test_the_least_that_must_be_written_is_enough() -> None:
    assert FtpOptions.model_validate({"host": "h", "login": LOGIN}).tls == "explicit"
    assert S3Options.model_validate({"bucket": "b"}).reply_timeout == timedelta(seconds=60)
    assert LocalOptions.model_validate({"root": "/srv"}).events


def test_options_are_frozen() -> None:
    with pytest.raises(ValidationError):
        LocalOptions.model_validate({"root": "/srv"}).events = False
