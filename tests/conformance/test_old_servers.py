"""OpenSSH made as old as it still can be: SHA-1, CBC and 3DES are used where ``legacy`` says so, and nowhere else.

Servers older than that cannot be imitated with it: those that know only DSA keys, Blowfish, CAST or RC4, or the first
version of the protocol. paramiko knows none of these either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.errors import NoAccess
from tests.support import places
from tests.support.servers import sshd
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(256)) * 4096

OLD = {
    "of about 1999": ("diffie-hellman-group1-sha1", "3des-cbc", "hmac-md5"),
    "of about 2005": ("diffie-hellman-group14-sha1", "aes128-cbc", "hmac-sha1-96"),
    "of about 2010": ("diffie-hellman-group-exchange-sha1", "aes256-cbc", "hmac-sha1"),
}


def settings(kex: str, cipher: str, mac: str) -> str:
    """What such a server knows: its host proves itself by RSA with SHA-1, and so do its users."""
    return (
        f"KexAlgorithms {kex}\nCiphers {cipher}\nMACs {mac}\nHostKeyAlgorithms ssh-rsa\n"
        "PubkeyAcceptedAlgorithms ssh-rsa\n"
    )


@pytest.mark.parametrize("age", OLD)
async def test_an_old_server_is_reached_by_legacy_algorithms_and_by_no_others(
    tmp_path: Path, age: str
) -> None:
    with sshd.sshd(tmp_path / "sshd", more=settings(*OLD[age])) as server:
        place = places.sftp(server, "old")
        login = {"user": server.user, "key": {"file": server.rsa_key}}
        old = {"login": login, "host_key": server.fingerprints["rsa"]}
        async with places.reach(place, **old) as adapter:
            with pytest.raises(NoAccess) as refused:
                await adapter.scan("*")
        assert refused.value.settings == {"algorithms": "legacy"}
        async with places.reach(place, **old, algorithms="legacy") as adapter:
            entry = await send(adapter, "in/a.dat", DATA)
            assert await receive(adapter, entry) == DATA


async def test_what_is_new_at_a_server_is_used_though_legacy_is_allowed(tmp_path: Path) -> None:
    """One that knows both is not made worse by a word that is left over."""
    both = "KexAlgorithms +diffie-hellman-group1-sha1\nCiphers +3des-cbc\nMACs +hmac-md5\nHostKeyAlgorithms +ssh-rsa\n"
    with sshd.sshd(tmp_path / "sshd", more=both) as server:
        login = {"user": server.user, "key": {"file": server.rsa_key}}
        async with places.reach(places.sftp(server, "both"), login=login, algorithms="legacy") as adapter:
            await adapter.scan("*")
            transport = adapter._pool._idle[0][1]._transport
    assert transport.remote_cipher.endswith("gcm@openssh.com")
    assert transport._agreed_pubkey_algorithm == "rsa-sha2-512"
    assert transport.host_key_type == "ssh-ed25519"
