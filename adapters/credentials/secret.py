"""Secrets by reference: the configuration says where a secret is, never what it is."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.credentials.aws_secret import AwsSecret
from adapters.errors import NoAccess

COMMAND_SECONDS = 30
WRITE_INSTEAD = (
    "a secret may not be written here; write where it is: "
    "{env: NAME}, {file: /path}, {credential: NAME}, {command: [program, argument]} or {aws_secret: {id: NAME}}"
)


class SecretRef(BaseModel):
    """Where a password or key is found; exactly one of these is written.

    The value is fetched anew by each ``reveal``, so that a changed secret is used from the next connection
    on. It is never kept: no repr, log or error shows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: str | None = Field(
        default=None, min_length=1, description="Name of the environment variable that holds it."
    )
    file: Path | None = Field(
        default=None, description="File that holds it; one line end at the end of the file is not part of it."
    )
    credential: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
        max_length=255,
        description="Name of a systemd credential (LoadCredential=, LoadCredentialEncrypted=) of the service; "
        "one line end at its end is not part of it.",
    )
    command: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Program and arguments that print it, run without a shell; a last line end is dropped.",
    )
    aws_secret: AwsSecret | None = Field(default=None, description="A secret of AWS Secrets Manager.")

    @model_validator(mode="before")
    @classmethod
    def _refuse_a_literal(cls, given: Any) -> Any:
        if isinstance(given, dict | SecretRef):
            return given
        raise ValueError(WRITE_INSTEAD)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(source is not None for _, source in self) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self

    def reveal(self) -> str:
        """Fetch the secret now. Blocks.

        Raises ``NoAccess`` naming the reference, never the value; ``Transient`` where its keeper does not answer.
        """
        if self.env is not None:
            return _from_environment(self.env)
        if self.file is not None:
            return _from_file(self.file)
        if self.credential is not None:
            return _from_credential(self.credential)
        if self.command is not None:
            return _from_command(self.command)
        assert self.aws_secret is not None
        from adapters.credentials.secrets_manager import fetch  # noqa: PLC0415 - boto3 takes long to load

        return _one_line(fetch(self.aws_secret), f"the secret {self.aws_secret.id} of AWS Secrets Manager")


Stamp = tuple[tuple[str, int, int], ...]


def stamp(written: BaseModel) -> Stamp:
    """What tells one state of the files that options take secrets from from the next, without reading any."""
    return tuple(_stamp_of(path) for path in _files(written))


def _stamp_of(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), facts.st_ino, facts.st_mtime_ns


def open_to_all(written: BaseModel) -> tuple[Path, ...]:
    """The files that options take secrets from and that every user of this machine may read."""
    return tuple(path for path in _files(written) if _is_open_to_all(path))


def _is_open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False  # its absence is told where it is used


def _files(written: BaseModel) -> Iterator[Path]:
    """The ``file`` of every reference and key in them."""
    for name, value in written:
        if name == "file" and isinstance(value, Path):
            yield value
        elif isinstance(value, BaseModel):
            yield from _files(value)


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise NoAccess(
            f"the environment variable {name} is not set", hint="set it where the gateway is started"
        )
    return value


def _from_file(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "the gateway's user must be able to read it, and it must be UTF-8 text"
        raise NoAccess(f"the secret file {path} cannot be read ({type(error).__name__})", hint=hint) from None
    return _one_line(value, f"the secret file {path}")


def _from_credential(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise NoAccess(
            f"there is no credential {name}: CREDENTIALS_DIRECTORY is not set",
            hint="systemd sets it for a service that has LoadCredential=; a command by hand needs it set",
        )
    try:
        value = (Path(folder) / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = f"give the service LoadCredential={name}:/path; it must be UTF-8 text"
        raise NoAccess(f"the credential {name} cannot be read ({type(error).__name__})", hint=hint) from None
    return _one_line(value, f"the credential {name}")


def _from_command(command: tuple[str, ...]) -> str:
    # Only the program is named in errors: its arguments may themselves point at what is secret.
    who = f"the secret command {command[0]}"
    try:
        done = subprocess.run(command, capture_output=True, timeout=COMMAND_SECONDS, check=False)  # noqa: S603 - written by the operator, no shell
        value = done.stdout.decode("utf-8")
    except subprocess.TimeoutExpired:
        raise NoAccess(f"{who} did not end within {COMMAND_SECONDS} seconds") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoAccess(f"{who} cannot be used ({type(error).__name__})", hint="run it by hand once") from None
    if done.returncode != 0:
        raise NoAccess(f"{who} ended with exit code {done.returncode}", hint="run it by hand once")
    return _one_line(value, who)


def _one_line(value: str, who: str) -> str:
    secret = value.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise NoAccess(f"{who} gives nothing", hint="it must give the secret as text")
    return secret
