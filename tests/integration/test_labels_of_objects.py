"""An object says which transfer brought it, and in which mode, to whoever finds it without the gateway."""

import hashlib
import json

from click.testing import CliRunner

from gateway.cli import main
from tests.support.city import Town
from tests.support.servers import object_stores

DATA = b"one record\n"


def test_an_object_that_was_delivered_names_its_transfer_its_digest_and_its_mode(tmp_path, monkeypatch):
    monkeypatch.setenv("STORE_TEST_KEY", object_stores.ACCESS_KEY)
    monkeypatch.setenv("STORE_TEST_SECRET", object_stores.SECRET_KEY)
    (tmp_path / "store").mkdir()
    town = Town(tmp_path / "town")
    with object_stores.moto_store(tmp_path / "store") as store:
        keys = "{access_key: {env: STORE_TEST_KEY}, secret_key: {env: STORE_TEST_SECRET}}"
        town.endpoints(
            f"bucket: {{adapter: s3, bucket: {object_stores.BUCKET}, endpoint_url: '{store.url}', owner_object: false,"
            f" tags: {{kind: renkei}}, credentials: {keys}}}"
        )
        town.route()
        route = (town.root / "config/routes/v/r.yaml").read_text()
        town.write("routes/v/r.yaml", route.replace("endpoint: there", "endpoint: bucket, content: full"))
        (town.here / "a.dat").write_bytes(DATA)
        told = CliRunner().invoke(main, ["--config", str(town.root / "config"), "once", "r", "--json"])
        assert told.exit_code == 0, told.output
        [transfer] = json.loads(told.stdout)[0]["transfers"]
        head = store.client.head_object(Bucket=object_stores.BUCKET, Key="a.dat")
    digest = hashlib.sha256(DATA).hexdigest()
    assert head["Metadata"] == {
        "lgw-transfer": transfer["transfer_id"],
        "lgw-sha256": digest,
        "lgw-mode": "legacy full",
    }
