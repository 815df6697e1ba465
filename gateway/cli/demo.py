"""``demo``: a sample city on this machine."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from gateway.cli.output import FAILED, as_json, print_json, stop_with


@click.command()
@click.option("--once", "only_once", is_flag=True, help="Carry every route's files through, verify, and end.")
@click.option(
    "--directory",
    "workplace",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep servers' files, journal and log here; absent: a temporary folder, removed at the end.",
)
@click.option("--cutover", is_flag=True, help="Play three days around a wave of cutovers, in a minute.")
@as_json
def demo(*, only_once: bool, cutover: bool, workplace: Path | None, as_json: bool) -> None:
    """Play a sample city: a mainframe, an SFTP server, an object store, and every route running between them.

    With --once, exit 0 if everything arrived exactly once as it was sent, else 1. With --cutover, a wave passes, a gate
    holds one route, another goes back, and old and new files are compared.
    """
    if cutover:
        play_days(workplace, as_json=as_json)
        return
    try:
        from gateway.demo import play  # noqa: PLC0415 - its servers are an extra
    except ModuleNotFoundError as missing:
        stop_with(f"the demo needs {missing.name}: pip install 'linkage-gateway[demo]'", FAILED)
    temporary = tempfile.TemporaryDirectory(prefix="linkage-gateway-demo-") if workplace is None else None
    with temporary or nullcontext(str(workplace)) as folder:
        if not only_once:
            asyncio.run(play.live(Path(folder)))
            return
        played = asyncio.run(play.once(Path(folder)))
    if as_json:
        print_json(play.document(played))
    else:
        play.print_table(played)
    raise SystemExit(0 if played.ok else FAILED)


def play_days(workplace: Path | None, *, as_json: bool) -> None:
    """Three days around a wave, and what came of them."""
    from gateway.demo import days, summary  # noqa: PLC0415 - only needed here

    temporary = tempfile.TemporaryDirectory(prefix="linkage-gateway-demo-") if workplace is None else None
    click.echo("三日間を再生中、約一分  playing three days, about a minute", err=True)
    with temporary or nullcontext(str(workplace)) as folder:
        played = asyncio.run(days.play(Path(folder)))
        if as_json:
            print_json(days.document(played))
        else:
            summary.print_summary(played)
    raise SystemExit(0 if played.ok else FAILED)
