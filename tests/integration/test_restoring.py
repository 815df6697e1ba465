"""The journal saved while it is used, and what becomes of files when an old one is put back."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from adapters.errors import ConnectionLost
from gateway.app import Around
from gateway.errors import JournalUnusable, Reason
from gateway.journal import open_journal
from gateway.journal.audit import Act
from gateway.journal.restoring import back_up, looked_at, restore
from gateway.lifecycle import State
from gateway.times.clock import SystemClock
from tests.integration.test_commands import ran
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route()
    return made


def journal(town):
    return town.root / "state/journal.db"


async def carried(town, name, content):
    (town.here / name).write_bytes(content)
    return await town.once()


def restored(town, backup):
    act = Act(who="p", act="restore", subject=backup.name, reason="ディスク故障")
    return restore(journal(town), backup, routes=["r"], now=SystemClock().now(), act=act)


async def test_a_backup_of_a_journal_in_use_is_whole_and_for_its_owner_alone(town, tmp_path):
    await carried(town, "a.dat", b"one")
    async with town.gateway():
        made = ran(town, "backup", "--json")
    assert made.returncode == 0, made.stderr
    path = json.loads(made.stdout)["path"]
    assert json.loads(made.stdout)["transfers"] == 1
    (file,) = (town.root / "state/backups").iterdir()
    assert (str(file), file.stat().st_mode & 0o777) == (path, 0o600)
    assert looked_at(file).transfers == 1


def test_a_backup_never_replaces_a_file(town, tmp_path):
    ran(town, "once")
    (tmp_path / "precious.db").write_bytes(b"precious")
    assert ran(town, "backup", "--out", str(tmp_path / "precious.db")).returncode == 2
    assert (tmp_path / "precious.db").read_bytes() == b"precious"


async def test_after_a_restore_what_the_destination_has_is_delivered_and_never_sent_again(town, tmp_path):
    town.route(rest="after: delete")
    await carried(town, "a.dat", b"one")
    back_up(journal(town), tmp_path / "backup.db")
    await carried(town, "b.dat", b"two")
    (town.here / "b.dat").write_bytes(b"two")  # as if the gateway had died before it put its source away
    before = (town.there / "b.dat").stat().st_ino
    former = restored(town, tmp_path / "backup.db")
    assert former.exists()
    result = await town.once()
    assert [(one.entry.path, one.state) for one in result.transfers] == [("b.dat", State.SETTLED)]
    assert (town.arrived(), (town.there / "b.dat").stat().st_ino) == (
        {"a.dat": b"one", "b.dat": b"two"},
        before,
    )
    assert not list(town.here.iterdir())
    assert [line["file"] for line in town.log.events("file_proved")] == ["here:b.dat"]


@pytest.mark.parametrize("there", [None, b"other"], ids=["nothing", "another content"])
async def test_what_the_destination_does_not_show_is_held_with_its_source_untouched(town, tmp_path, there):
    town.route(rest="after: delete")
    await carried(town, "a.dat", b"one")
    back_up(journal(town), tmp_path / "backup.db")
    restored(town, tmp_path / "backup.db")
    if there:
        (town.there / "b.dat").write_bytes(there)
    (held,) = (await carried(town, "b.dat", b"two")).transfers
    assert (held.state, held.reason) == (State.HELD, Reason.RESTORED)
    assert (town.here / "b.dat").read_bytes() == b"two"
    (town.there / "b.dat").unlink(missing_ok=True)
    assert ran(town, "release", held.id, "--reason", "the consumer never had it").returncode == 0
    await town.once()
    assert town.arrived() == {"a.dat": b"one", "b.dat": b"two"}


async def test_a_file_is_known_again_under_whatever_number_it_went_out(town, tmp_path):
    numbered(town)
    ran(town, "once")
    back_up(journal(town), tmp_path / "backup.db")
    for name, content in (("a.dat", b"one"), ("b.dat", b"same"), ("c.dat", b"same")):
        await carried(town, name, content)
    arrived = town.arrived()
    assert sorted(arrived) == ["0001.dat", "0002.dat", "0003.dat"]
    restored(town, tmp_path / "backup.db")
    result = await town.once()
    assert [one.state for one in result.transfers] == [State.SETTLED] * 3
    assert sorted(one.outputs[0].path for one in result.transfers) == sorted(arrived)
    await carried(town, "d.dat", b"four")
    assert town.arrived() == arrived | {"0004.dat": b"four"}


async def test_of_two_files_with_one_content_the_destination_proves_as_many_as_it_shows(town, tmp_path):
    numbered(town)
    ran(town, "once")
    back_up(journal(town), tmp_path / "backup.db")
    await carried(town, "b.dat", b"same")
    restored(town, tmp_path / "backup.db")
    (town.here / "c.dat").write_bytes(b"same")
    result = await town.once()
    assert sorted(one.state for one in result.transfers) == [State.HELD, State.SETTLED]


async def test_a_delivery_whose_marker_is_not_there_is_held(town, tmp_path):
    town.route(to='marker: "{name}.done"')
    ran(town, "once")
    back_up(journal(town), tmp_path / "backup.db")
    for name in ("a.dat", "b.dat"):
        await carried(town, name, name.encode())
    (town.there / "b.dat.done").unlink()
    restored(town, tmp_path / "backup.db")
    result = await town.once()
    assert {one.entry.path: one.state for one in result.transfers} == {
        "a.dat": State.SETTLED,
        "b.dat": State.HELD,
    }


async def test_nothing_is_settled_while_the_destination_cannot_be_asked(town, tmp_path):
    town.route(rest="after: delete\nretry: {fast: {times: 1, within: 1s}}")
    ran(town, "once")
    back_up(journal(town), tmp_path / "backup.db")
    await carried(town, "a.dat", b"one")
    (town.here / "a.dat").write_bytes(b"one")
    restored(town, tmp_path / "backup.db")
    (waiting,) = (await town.once(around=Around(adapter=silent))).transfers
    assert (waiting.state, (town.here / "a.dat").exists()) == (State.CONVERTED, True)
    async with town.gateway() as gateway:
        await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
    await town.once()
    assert not (town.here / "a.dat").exists()
    assert town.arrived() == {"a.dat": b"one"}


def silent(name, adapter):
    """A destination whose listings do not come."""

    async def scan(pattern):
        raise ConnectionLost("the connection went")

    if name == "there":
        adapter.scan = scan
    return adapter


def numbered(town):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "{seq:04}.dat"))


async def test_after_the_first_look_new_files_go_on_as_ever(town, tmp_path):
    back = tmp_path / "backup.db"
    await carried(town, "a.dat", b"one")
    back_up(journal(town), back)
    restored(town, back)
    await town.once()
    result = await carried(town, "new.dat", b"new")
    assert [(one.entry.path, one.state) for one in result.transfers] == [("new.dat", State.SETTLED)]


async def test_a_file_that_was_not_complete_at_the_first_look_is_asked_after_when_it_is(town, tmp_path):
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", "{stable: {polls: 2, quiet: 1s}}"))
    ran(town, "once")
    back_up(journal(town), tmp_path / "backup.db")
    restored(town, tmp_path / "backup.db")
    result = await carried(town, "a.dat", b"one")
    assert [one.reason for one in result.transfers] == [Reason.RESTORED]


@pytest.mark.parametrize("there", [True, False], ids=["was delivered since", "was not"])
async def test_of_what_was_under_way_in_the_backup_the_destination_is_asked(town, tmp_path, there):
    town.route(rest="revisions: hold")
    await carried(town, "a.dat", b"one")
    await carried(town, "a.dat", b"two")
    async with town.gateway() as gateway:
        (waiting,) = await gateway.journal.open_transfers()
        await gateway.journal.released(waiting, who="p", why="w")
    back_up(journal(town), tmp_path / "backup.db")
    if there:
        await town.once()
    restored(town, tmp_path / "backup.db")
    (one,) = (await town.once()).transfers
    assert (one.state, one.reason) == ((State.SETTLED, None) if there else (State.HELD, Reason.RESTORED))
    if not there:
        async with town.gateway() as gateway:
            await gateway.journal.released(one, who="p", why="not at the destination")
        await town.once()
    assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"two"}


async def test_a_restore_raises_the_generation_and_stands_in_the_audit_log(town, tmp_path):
    await carried(town, "a.dat", b"one")
    made = back_up(journal(town), tmp_path / "backup.db")
    restored(town, tmp_path / "backup.db")
    opened = await open_journal(journal(town), SystemClock())
    assert await opened.generation() > made.generation
    (entry,) = await opened.audit.entries(5)
    assert (entry.act, entry.who, entry.reason) == ("restore", "p", "ディスク故障")
    assert await opened.audit.first_broken() is None
    await opened.close()


async def test_nothing_is_restored_while_a_gateway_runs(town, tmp_path):
    await carried(town, "a.dat", b"one")
    back_up(journal(town), tmp_path / "backup.db")
    async with town.gateway():
        refused = ran(town, "restore", str(tmp_path / "backup.db"), "--reason", "w")
    assert refused.returncode == 2
    assert "先に止めるか" in refused.stderr


@pytest.mark.parametrize("broken", [b"", b"no journal at all" * 1000, None])
async def test_what_is_no_sound_journal_is_never_put_in_place(town, tmp_path, broken):
    await carried(town, "a.dat", b"one")
    bad = tmp_path / "bad.db"
    if broken is None:
        back_up(journal(town), bad)
        content = bytearray(bad.read_bytes())
        content[4096 : 3 * 4096] = b"\xff" * 8192
        bad.write_bytes(content)
    else:
        bad.write_bytes(broken)
    with pytest.raises(JournalUnusable):
        restored(town, bad)
    async with town.gateway() as gateway:
        assert len(await gateway.journal.recent("r", 5)) == 1


async def test_doctor_without_an_endpoint_finds_a_damaged_kept_file_and_a_changed_journal(town):
    await carried(town, "a.dat", b"one")
    sound = ran(town, "doctor", "--json")
    assert sound.returncode == 0, sound.stdout
    assert all(finding["works"] for finding in json.loads(sound.stdout)[0]["findings"])
    (kept,) = (path for path in (town.root / "state/originals").rglob("*") if path.is_file())
    kept.write_bytes(b"other")
    found = json.loads(ran(town, "doctor", "--json").stdout)[0]["findings"]
    assert [one["step"] for one in found if not one["works"]] == ["originals"]
    shutil.rmtree(town.root / "state/originals")
    with closing(sqlite3.connect(journal(town))) as connection:
        connection.execute("DELETE FROM transfers")
        connection.commit()
    broken = ran(town, "doctor", "--json")
    assert broken.returncode == 1
    assert "lost its transfers" in broken.stdout


async def test_doctor_names_the_files_with_secrets_that_every_user_of_the_machine_can_read(town, tmp_path):
    await carried(town, "a.dat", b"one")
    secret, token = tmp_path / "mainframe-password", tmp_path / "metrics-token"
    for path in (secret, token):
        path.write_text("canary")
    town.endpoints(f"""
        host:
          adapter: ftp
          environment: production
          zone: on-prem
          host: 127.0.0.1
          tls: none
          login: {{user: u, password: {{file: {secret}}}}}
    """)
    key = town.key("first")
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + town.encryption("first") + "\n")
    path.write_text(path.read_text().replace("console: {", f"console: {{metrics_token: {{file: {token}}}, "))

    def said():
        shown = ran(town, "doctor", "--json").stdout
        assert "canary" not in shown
        (one,) = (one for one in json.loads(shown)[0]["findings"] if one["step"] == "secrets")
        return one

    for one in (secret, token, key):
        one.chmod(0o644)
    shown = ", ".join(sorted(map(str, (key, secret, token))))
    assert (said()["works"], said()["says"]) == (False, f"every user can read {shown}")
    assert f"chmod 0600 {min(key, secret, token)}" in said()["hint"]
    key.chmod(0o600)
    secret.chmod(0o440)  # as Kubernetes mounts them
    token.chmod(0o600)
    assert said()["works"]


async def test_doctor_says_when_the_originals_will_not_fit_at_the_pace_at_which_they_come(town):
    await carried(town, "a.dat", b"x" * 1000)
    path = town.root / "config/gateway.yaml"
    text = path.read_text()
    for limit, works in (("5000B", True), ("4999B", False)):  # 1000 bytes in 7 days are 5000 in 35
        path.write_text(text.replace("spool: 1GiB", f"spool: 1GiB, originals: {limit}"))
        found = json.loads(ran(town, "doctor", "--json").stdout)[0]["findings"]
        (room,) = (one for one in found if one["step"] == "room")
        assert (room["works"], "come to 5000 bytes" in room["says"]) == (works, True)


async def test_a_purge_erases_what_is_due_and_its_report_proves_it(town):
    await carried(town, "a.dat", b"one")
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + "retention: {originals: 1ms}\n")
    before = json.loads(ran(town, "purge", "--report", "--json").stdout)
    assert (before["erased"], before["stores"][0]["due"]) == ([], 1)
    done = json.loads(ran(town, "purge", "--json").stdout)
    assert [(one["store"], one["files"], one["bytes"]) for one in done["erased"]] == [("originals", 1, 3)]
    after = json.loads(ran(town, "purge", "--report", "--json").stdout)
    assert after["erased"] == done["erased"]
    assert (after["stores"][0]["files"], after["stores"][0]["due"]) == (0, 0)
    assert [path for path in (town.root / "state/originals").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", ["status", "held", "ledger", "audit verify", "backup", "doctor"])
async def test_a_journal_that_the_disk_damaged_is_said_to_be_so_by_every_command(town, command):
    await carried(town, "a.dat", b"one")
    with closing(sqlite3.connect(journal(town))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page, pages = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count")
        )
    with journal(town).open("r+b") as file:
        file.seek(2 * page)  # the tables are known, and none of them can be read
        file.write(b"\xa5" * page * (pages - 2))
    said = ran(town, *command.split())
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "malformed" in said.stderr + said.stdout
