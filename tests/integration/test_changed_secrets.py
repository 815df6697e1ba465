"""A host that changes its password before the gateway knows the new one."""

import pytest

from adapters.errors import NoAccess
from gateway.reaching.places import Places
from gateway.times.clock import SystemClock
from tests.support.city import Silent, Town
from tests.support.servers.ftp_servers import PASSWORD
from tests.support.servers.vsftpd import vsftpd


@pytest.fixture
def host(tmp_path):
    with vsftpd(tmp_path / "host") as running:
        yield running


def city_of(root, host, secret):
    town = Town(root / "town")
    town.endpoints(
        f"""
        host:
          adapter: ftp
          zone: on-prem
          host: 127.0.0.1
          port: {host.port}
          tls: none
          root: {host.root}
          login: {{user: {host.user}, password: {{file: {secret}}}}}
        """
    )
    town.route()
    return town.load()


async def test_an_endpoint_that_refused_a_password_is_asked_again_as_soon_as_its_file_holds_another(
    tmp_path, host
):
    """Until then nobody logs in with the old one a second time: accounts lock."""
    secret, allowed = tmp_path / "secret", tmp_path / "host/passwords"
    secret.write_text(PASSWORD)
    (host.root / "a.dat").write_bytes(b"x")
    city = city_of(tmp_path, host, secret)
    async with Places(city.endpoints, clock=SystemClock(), report=Silent()) as places:
        allowed.write_text("the-new-password\n")
        for _ in range(2):
            with pytest.raises(NoAccess):
                await (await places.reach("host")).scan("*.dat")
        allowed.write_text(f"the-new-password\n{PASSWORD}\n")
        with pytest.raises(NoAccess):
            await (await places.reach("host")).scan("*.dat")
        secret.write_text("the-new-password")
        listing = await (await places.reach("host")).scan("*.dat")
        assert [entry.path for entry in listing.entries] == ["a.dat"]
        assert places.paused() == {}
