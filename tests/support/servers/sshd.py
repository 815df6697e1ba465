"""OpenSSH's sshd as whoever runs the tests, with keys made for the run."""

from __future__ import annotations

import getpass
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.servers.process import Service, free_port, require, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSPHRASE = "sshd-test-passphrase"

_SETTINGS = """\
ListenAddress 127.0.0.1
Port {port}
{host_keys}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/authorized
TrustedUserCAKeys {folder}/authority.pub
MaxStartups 200
Subsystem sftp internal-sftp -d {root} {options}
"""


@dataclass(frozen=True, kw_only=True)
class SshServer:
    """A running SFTP server whose files are in ``root``."""

    port: int
    root: Path
    user: str
    key: Path
    locked_key: Path
    rsa_key: Path
    stranger_key: Path
    certified_key: Path
    outdated_key: Path
    fingerprints: dict[str, str]
    service: Service


FORBIDDEN = (
    *("posix-rename", "hardlink", "fsync", "statvfs", "fstatvfs", "lsetstat", "limits", "expand-path"),
    *("setstat", "fsetstat", "readlink", "symlink", "rmdir", "fstat", "lstat"),
)
"""What a hardened server does not let its clients ask."""


@contextmanager
def sshd(
    folder: Path, *, restricted: bool = False, sftp: str = "", more: str = "", jail: str = ""
) -> Iterator[SshServer]:
    """A server with two host keys; plain keys and a locked one may log in, a stranger's may not.

    ``sftp``: options of internal-sftp. ``jail``: a folder of the system as which the server, in a namespace of its own,
    sees its root, since it lets nobody into one that others could have changed.
    """
    program = require("sshd", package="openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(
            mode=0o755, exist_ok=True
        )  # where sshd gives up its rights, if started by root
    root = folder / "root"
    root.mkdir(parents=True)
    port = free_port()
    host_keys = {kind: make_key(folder / f"host_{kind}", kind) for kind in ("ed25519", "rsa")}
    key, locked = make_key(folder / "user"), make_key(folder / "locked", passphrase=PASSPHRASE)
    stranger, rsa = make_key(folder / "stranger"), make_key(folder / "rsa", "rsa")
    allowed = [path.with_name(f"{path.name}.pub").read_text() for path in (key, locked, rsa)]
    (folder / "authorized").write_text("".join(allowed))
    authority = make_key(folder / "authority")
    certified, outdated = make_key(folder / "certified"), make_key(folder / "outdated")
    certify(certified, authority, valid="-1h:+1h")
    certify(outdated, authority, valid="-2h:-1h")
    settings = folder / "sshd_config"
    lines = "\n".join(f"HostKey {path}" for path in host_keys.values())
    options = f"-P {','.join(FORBIDDEN)}" if restricted else sftp
    settings.write_text(
        _SETTINGS.format(port=port, host_keys=lines, folder=folder, root=root, options=options) + more
    )
    prints = {kind: fingerprint(path) for kind, path in host_keys.items()}
    command = [program, "-D", "-e", "-f", str(settings)]
    if jail:
        mounted = 'mount --bind "$0" "$1" && shift && exec "$@"'
        unshared = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounted]
        command = [*unshared, str(root), jail, *command]
    with running(command, port=port, log=folder / "sshd.log") as service:
        yield SshServer(
            port=port,
            root=root,
            user=getpass.getuser(),
            key=key,
            locked_key=locked,
            rsa_key=rsa,
            stranger_key=stranger,
            certified_key=certified,
            outdated_key=outdated,
            fingerprints=prints,
            service=service,
        )


def make_key(path: Path, kind: str = "ed25519", *, passphrase: str = "") -> Path:
    """A key pair by OpenSSH's own tool."""
    tool = require("ssh-keygen", package="openssh-client")
    bits = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run([tool, "-q", "-t", kind, *bits, "-N", passphrase, "-f", str(path)], check=True)
    return path


def certify(key: Path, authority: Path, *, valid: str) -> None:
    """Sign a user's key; the certificate comes to lie beside it."""
    tool = require("ssh-keygen", package="openssh-client")
    signing = [tool, "-q", "-s", str(authority), "-I", "test", "-n", getpass.getuser(), "-V", valid]
    subprocess.run([*signing, f"{key}.pub"], check=True)


def fingerprint(path: Path) -> str:
    """What ``ssh-keygen -lf`` shows for the key."""
    tool = require("ssh-keygen", package="openssh-client")
    shown = subprocess.run([tool, "-lf", f"{path}.pub"], check=True, capture_output=True, text=True)
    return shown.stdout.split()[1]
