"""The command line: parse and print only.

Exit codes: 0 done, 1 something failed or differs, 2 wrong use or wrong configuration, 3 not reachable.
"""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.alarms import ack, alarms, alerts
from gateway.cli.audit import audit
from gateway.cli.backup import backup, restore
from gateway.cli.check import check
from gateway.cli.compare import compare
from gateway.cli.convert import convert
from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.held import held, release
from gateway.cli.inventory import inventory
from gateway.cli.ledger import ledger
from gateway.cli.new import new
from gateway.cli.once import once
from gateway.cli.password import password
from gateway.cli.pause import pause, resume
from gateway.cli.plan import plan
from gateway.cli.purge import purge
from gateway.cli.rebaseline import rebaseline
from gateway.cli.reference import reference
from gateway.cli.replay import replay
from gateway.cli.run import run
from gateway.cli.skip import skip
from gateway.cli.status import status
from gateway.cli.switch import switch
from gateway.cli.trace import trace


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("config"),
    show_default=True,
    envvar="LINKAGE_GATEWAY_CONFIG",
    help="Folder with gateway.yaml, systems.yaml, endpoints.yaml and routes/.",
)
@click.version_option(package_name="linkage-gateway")
@click.pass_context
def main(context: click.Context, directory: Path) -> None:
    """Linkage Gateway (過渡期連携ゲートウェイ): relays files between systems and switches their formats."""
    context.obj = directory


for command in (
    demo,
    check,
    run,
    once,
    status,
    plan,
    inventory,
    compare,
    convert,
    new,
    reference,
    held,
    release,
    switch,
    rebaseline,
    audit,
    ledger,
    trace,
    replay,
    skip,
    purge,
    backup,
    restore,
    doctor,
    alarms,
    ack,
    alerts,
    password,
    pause,
    resume,
):
    main.add_command(command)
