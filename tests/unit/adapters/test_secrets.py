from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from adapters.errors import Misconfigured
from adapters.options import FtpOptions
from adapters.secret import SecretRef

if TYPE_CHECKING:
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
