"""All servers of the sample city together."""

import json
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from gateway.demo.s3_server import S3Server, store
from gateway.demo.seed import KAIGO_MOVES, Seeder
from gateway.demo.servers import DemoServers, places_in
from gateway.demo.verify import verify


def test_the_store_has_an_empty_unversioned_bucket_and_creates_conditionally():
    with S3Server("renkei") as server:
        client = store(server.url)
        assert "Contents" not in client.list_objects_v2(Bucket="renkei")
        assert client.get_bucket_versioning(Bucket="renkei").get("Status") is None
        client.put_object(Bucket="renkei", Key="a", Body=b"x", IfNoneMatch="*")
        with pytest.raises(ClientError, match="PreconditionFailed"):
            client.put_object(Bucket="renkei", Key="a", Body=b"y", IfNoneMatch="*")
        client.close()


def test_ports_and_passwords_are_new_at_each_start_and_the_host_key_stays(tmp_path):
    with DemoServers(tmp_path) as first:
        before = first.environment()
    with DemoServers(tmp_path) as second:
        after = second.environment()
    assert before["SFTP_HOST_KEY"] == after["SFTP_HOST_KEY"]
    for name in ("MAINFRAME_PASSWORD", "KAIGO_PASSWORD", "ZAIMU_PASSWORD"):
        assert before[name] != after[name]


def test_files_of_the_mainframe_and_the_sftp_host_outlive_a_restart(tmp_path):
    with DemoServers(tmp_path) as servers:
        (servers.places.mainframe / "RENKEI.A").write_bytes(b"x")
        (servers.places.kaigo / "a").write_bytes(b"y")
    with DemoServers(tmp_path) as servers:
        assert (servers.places.mainframe / "RENKEI.A").read_bytes() == b"x"
        assert (servers.places.kaigo / "a").read_bytes() == b"y"


def test_the_servers_of_a_process_live_until_its_input_closes_and_say_nothing_else(tmp_path):
    command = [sys.executable, "-m", "gateway.demo.servers", str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        environment = json.loads(process.stdout.readline())
        places = places_in(tmp_path, environment["OBJECT_STORAGE_URL"])
        seeder = Seeder(places)
        sent = seeder.seed(0, now=KAIGO_MOVES, files=1, records=1)
        seeder.close()
        assert sum(verdict.missing for verdict in verify(places, sent).verdicts) == len(sent)
        process.stdin.close()
        assert process.wait(timeout=30) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
