"""The command line: parse and print only.

Exit codes: 0 done, 1 something failed or differs, 2 wrong use or wrong configuration, 3 not reachable.

A command's module is imported when the command is asked for: none waits for what others need.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import click

from gateway.load.municipalities import is_joint

COMMANDS = {
    "demo": "demo",
    "check": "check",
    "diff": "diff",
    "bundle": "bundle",
    "run": "run",
    "once": "once",
    "status": "status",
    "tail": "tail",
    "plan": "plan",
    "inventory": "inventory",
    "compare": "compare",
    "convert": "convert",
    "new": "new",
    "reference": "reference",
    "held": "held",
    "release": "held",
    "switch": "switch",
    "rehearse": "rehearse",
    "rebaseline": "rebaseline",
    "audit": "audit",
    "ledger": "ledger",
    "report": "report",
    "trace": "trace",
    "replay": "replay",
    "put": "put",
    "reconvert": "reconvert",
    "skip": "skip",
    "sheet": "sheet",
    "purge": "purge",
    "encryption": "encryption",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
    "alarms": "alarms",
    "ack": "alarms",
    "alerts": "alarms",
    "password": "password",
    "pause": "pause",
    "resume": "pause",
    "own": "own",
    "cluster": "cluster",
    "loglevel": "loglevel",
}
"""Every command and its module, in the order of the manual."""


FOR_MACHINES = "gateway.cli.for_machines"
"""Of the context: a JSON document was asked for."""


class Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Every name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", getattr(_module(COMMANDS[cmd_name]), cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; in a folder of several municipalities, none of them being named, one for all of them."""
        name, command, rest = super().resolve_command(ctx, args)
        directory: Path = ctx.params["directory"]
        if name is None or command is None or ctx.params["municipality"] or not is_joint(directory):
            return name, command, rest
        from gateway.cli.joint import together  # noqa: PLC0415 - most folders hold one municipality

        return name, *together(directory, name, command, rest)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As every group; remembers whether machines wait for a document."""
        ctx.meta[FOR_MACHINES] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Wrong use is told to machines as a document, too."""
        try:
            return _invoked(super().invoke, ctx)
        except click.ClickException as error:
            if ctx.meta[FOR_MACHINES]:
                from gateway.cli.output import print_json  # noqa: PLC0415 - where all goes well nobody waits for it

                print_json({"error": error.format_message(), "exit_code": error.exit_code})
            from gateway.cli.speaking import as_read_here  # noqa: PLC0415 - as above

            raise as_read_here(error) from None


def _invoked(invoke: Callable[[click.Context], Any], ctx: click.Context) -> Any:
    """What the command gives. A file that somebody named and that cannot be read or written is told by its name."""
    try:
        return invoke(ctx)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _module(name: str) -> ModuleType:
    """A module of commands. What is imported stays, so that nobody looks for garbage meanwhile."""
    gc.disable()
    try:
        return import_module(f"gateway.cli.{name}")
    finally:
        gc.enable()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("config"),
    show_default=True,
    envvar="LINKAGE_GATEWAY_CONFIG",
    help="Folder with gateway.yaml, systems.yaml, endpoints.yaml and routes/.",
)
@click.option(
    "--municipality",
    metavar="NAME",
    envvar="LINKAGE_GATEWAY_MUNICIPALITY",
    help="Of a folder that holds several municipalities (municipalities/NAME/), this one.",
)
@click.version_option(package_name="linkage-gateway")
@click.pass_context
def main(context: click.Context, directory: Path, municipality: str | None) -> None:
    """Linkage Gateway (過渡期連携ゲートウェイ): relays files between systems and switches their formats."""
    context.obj = directory
    if municipality:
        from gateway.cli.joint import chosen_home  # noqa: PLC0415 - most folders hold one municipality

        context.obj = chosen_home(directory, municipality)
