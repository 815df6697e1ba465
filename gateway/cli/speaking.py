"""What commands say to people: in the language of ``console.language``. What machines read stays in English."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.console.words import Language
    from gateway.model import Wording


def language() -> Language | None:
    """What is read here: ``console.language`` of the folder that the command is about; None where there is none."""
    context = click.get_current_context(silent=True)
    directory = (context.obj or context.find_root().params.get("directory")) if context else None
    return language_of(directory) if isinstance(directory, Path) else None


def language_of(directory: Path) -> Language | None:
    """``console.language`` of a folder, also of one that has faults; None where there is no gateway.yaml.

    Of several municipalities in one folder the first one's.
    """
    from gateway.config.console import Console  # noqa: PLC0415 - some commands do without it
    from gateway.load.document import Unreadable, parse  # noqa: PLC0415 - as above
    from gateway.load.municipalities import home, is_joint, names  # noqa: PLC0415 - as above

    for name in names(directory)[:1] if is_joint(directory) else ():
        return language_of(home(directory, name))
    try:
        found = parse((directory / "gateway.yaml").read_text(encoding="utf-8-sig"), file="gateway.yaml").data
        return "en" if found["console"]["language"] == "en" else "ja"
    except OSError:
        return None
    except (Unreadable, UnicodeError, TypeError, KeyError):
        return Console().language


def spoken(text: str, hint: str = "") -> str:
    """What a command says, as people here read it: in English, in Japanese, or both where nobody said which."""
    said, english = language(), f"{text}: {hint}" if hint else text
    if said == "en":
        return english
    from gateway.findings import in_japanese  # noqa: PLC0415 - not needed where all is told in English

    japanese = "。".join(map(in_japanese, filter(None, (text, hint))))
    return japanese if said == "ja" or japanese == english else f"{japanese}\n{english}"


def worded(line: Wording) -> str:
    """A line that is kept in both languages, as people here read it."""
    return line.text if language() == "en" else line.text_ja


def parts_of(error: Exception | str) -> tuple[str, str]:
    """What went wrong, and what to do about it; empty if that is not told apart."""
    return (error.message, error.hint) if isinstance(error, GatewayError) else (str(error), "")


def say(text: str, hint: str = "", *, about: str = "", err: bool = False, colour: str | None = None) -> None:
    """A line for people, on stdout or stderr; ``about`` stands before it as it is, ``hint`` says what to do."""
    click.secho(f"{about}: {spoken(text, hint)}" if about else spoken(text, hint), err=err, fg=colour)


def warn(text: str) -> None:
    """A line on stderr for people to think about."""
    say(text, err=True, colour="yellow")


class Misused(click.UsageError):
    """Wrong use that click found, told in Japanese."""

    def show(self, file: IO[Any] | None = None) -> None:
        """How the command is written, and what was wrong."""
        if self.ctx is not None:
            path, pieces = self.ctx.command_path, self.ctx.command.collect_usage_pieces(self.ctx)
            click.echo(f"使い方: {' '.join([path, *pieces])}\n詳しくは: {path} --help\n", file=file, err=True)
        click.echo(f"エラー: {self.format_message()}", file=file, err=True)


def as_read_here(error: click.ClickException) -> click.ClickException:
    """Wrong use, told in the language of ``console.language``."""
    if language() != "ja" or not isinstance(error, click.UsageError):
        return error
    return Misused(spoken(error.format_message()), ctx=error.ctx)
