"""A large object on its way into a bucket, its gateway killed at each tenth: it goes on, and arrives once."""

import hashlib
import shutil

import pytest

from tests.support.city import Town
from tests.support.crashing import run_once
from tests.support.servers import object_stores

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

CONTENT = b"".join(hashlib.sha256(bytes([number])).digest() * (5 << 15) for number in range(5))
KEYS = {"STORE_TEST_KEY": object_stores.ACCESS_KEY, "STORE_TEST_SECRET": object_stores.SECRET_KEY}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with object_stores.moto_store(tmp_path_factory.mktemp("moto")) as running:
        yield running


def town_of(root, store, prefix):
    town = Town(root)
    town.endpoints(
        f"""
        bucket:
          adapter: s3
          bucket: {object_stores.BUCKET}
          endpoint_url: {store.url}
          prefix: {prefix}
          part_size: 5MiB
          credentials: {{access_key: {{env: STORE_TEST_KEY}}, secret_key: {{env: STORE_TEST_SECRET}}}}
        """
    )
    town.route(rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("endpoint: there", "endpoint: bucket"))
    (town.here / "a.dat").write_bytes(CONTENT)
    return town


def test_a_large_object_arrives_once_wherever_its_gateway_is_killed(tmp_path, store):
    clean = town_of(tmp_path / "clean", store, "clean")
    points = run_once(clean.root / "config", environment=KEYS)
    assert points > 10
    for tenth in range(1, 10):
        town = town_of(tmp_path / str(tenth), store, f"tenth-{tenth}")
        assert run_once(town.root / "config", crash_at=points * tenth // 10, environment=KEYS) == 0
        run_once(town.root / "config", environment=KEYS)
        answer = store.client.get_object(Bucket=object_stores.BUCKET, Key=f"tenth-{tenth}/a.dat")
        assert answer["Body"].read() == CONTENT, f"killed at {tenth} tenths"
        assert list(town.here.iterdir()) == [], f"killed at {tenth} tenths"
        assert town.spooled() == [], f"killed at {tenth} tenths"


def test_a_large_object_arrives_once_though_the_store_lost_its_parts_and_lists_none(tmp_path):
    """As object stores of small makers do at their restart."""
    (tmp_path / "store").mkdir()
    with object_stores.localbucket_store(tmp_path / "store") as store:
        clean = town_of(tmp_path / "clean", store, "clean")
        points = run_once(clean.root / "config", environment=KEYS)
        town = town_of(tmp_path / "town", store, "town")
        assert run_once(town.root / "config", crash_at=points * 6 // 10, environment=KEYS) == 0
        left = [path for path in store.unfinished.rglob("*") if path.is_dir()]
        assert left
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(f"{path.read_text()}\n{RETRY}")
        runs = 0
        while list(town.here.iterdir()) and (runs := runs + 1) < 20:  # a run may come before a retry is due
            run_once(town.root / "config", environment=KEYS)
        answer = store.client.get_object(Bucket=object_stores.BUCKET, Key="town/a.dat")
        assert answer["Body"].read() == CONTENT
    assert list(town.here.iterdir()) == []


RETRY = "retry: {fast: {times: 3, within: 1s}, slow: {every: 1s}}\n"
