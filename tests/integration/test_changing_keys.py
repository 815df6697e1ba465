"""Keys of files at rest: switched on over plain files, changed, broken off, killed; one file in the clear."""

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from gateway.cli.soundness import file_system_of
from gateway.evidence import resealing
from gateway.evidence.resealing import reseal_all
from gateway.journal import STORES
from gateway.sealing import sealing_of
from gateway.stores.originals import KeptFiles
from tests.integration.test_commands import ran
from tests.support.city import Town
from tests.support.encrypted import (
    GOOD,
    carry,
    encrypt,
    everything_is_whole,
    lying,
    put_everything,
    town_of_everything,
)


async def test_encryption_is_switched_on_over_plain_files_and_the_command_encrypts_them(tmp_path):
    town = town_of_everything(tmp_path)
    put_everything(town)
    await carry(town)
    plain = lying(town)
    assert plain
    encrypt(town, "2027-04")
    before = ran(town, "encryption", "status")
    assert before.returncode == 1
    assert "not encrypted" in before.stdout
    assert "every" not in ran(town, "doctor").stderr
    renewed = ran(town, "encryption", "renew", "--json")
    assert renewed.returncode == 0, renewed.stderr
    assert json.loads(renewed.stdout)["renewed"] > 5
    assert lying(town) == {}
    assert ran(town, "encryption", "status").returncode == 0
    await everything_is_whole(town)
    async with town.gateway() as gateway:
        entries = await gateway.journal.audit.entries(5)
    assert any(one.act == "encrypt" and one.subject == "2027-04" for one in entries)


async def test_keys_are_changed_and_a_change_that_was_broken_off_is_taken_up(tmp_path):
    town = town_of_everything(tmp_path, "2026-04")
    put_everything(town)
    await carry(town)
    encrypt(town, "2027-04", "2026-04")
    city = town.load()
    everything = reseal_all(sealing_of(city.installation), city.installation)
    for _ in range(3):
        next(everything)
    everything.close()
    stocks = json.loads(ran(town, "encryption", "status", "--json").stdout)["stocks"]
    assert {one["key"]: one["files"] > 0 for one in stocks} == {"2026-04": True, "2027-04": True}
    await everything_is_whole(town)
    assert ran(town, "encryption", "renew").returncode == 0
    assert "0 files are encrypted" in ran(town, "encryption", "renew").stdout
    encrypt(town, "2027-04")
    town.key("2026-04").unlink()
    assert ran(town, "encryption", "status").returncode == 0
    await everything_is_whole(town)


RENEWAL = """
import os, sys
from pathlib import Path
from gateway.load import load
from gateway.evidence.resealing import reseal_all
from gateway.sealing import sealing_of
from tests.support.clock import HandClock
from tests.support.crashing import Bomb

city = load(Path(sys.argv[1]))
bomb = Bomb(int(sys.argv[2]))
bomb.arm()
for _ in reseal_all(sealing_of(city.installation), city.installation):
    pass
"""


async def test_a_change_of_keys_that_is_killed_anywhere_loses_nothing(tmp_path):
    town = town_of_everything(tmp_path)
    put_everything(town)
    await carry(town)
    encrypt(town, "2027-04")
    ended = []
    for crash_at in (2, 7, 12, 17, 22, 0):
        command = [sys.executable, "-c", RENEWAL, str(tmp_path / "config"), str(crash_at)]
        ended.append(subprocess.run(command, check=False, timeout=60).returncode)
    assert ended == [137] * 5 + [0]
    await everything_is_whole(town)
    assert ran(town, "encryption", "status").returncode == 0
    assert lying(town) == {}
    assert list((tmp_path / "state").rglob("*.renewed.part")) == []


async def test_a_kept_file_that_was_changed_keeps_no_other_from_being_compressed(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    for name, count in (("a", 1000), ("b", 1001)):
        (town.here / f"p/{name}.dat").write_bytes(GOOD * count)
    await town.once("passing")
    first, second = sorted((tmp_path / "state/originals").rglob("*.age"))
    raw = bytearray(first.read_bytes())
    raw[-1] ^= 1
    first.write_bytes(raw)
    async with town.gateway() as gateway:
        await gateway._keeping.pack(asyncio.Event())
        assert await gateway.journal.evidence.unpacked(10) == []
    assert first.read_bytes() == raw
    assert [path.name for path in second.parent.iterdir() if path != first] == [f"{second.stem}.zst.age"]


async def test_a_file_that_is_erased_while_it_is_encrypted_anew_does_not_come_back(tmp_path, monkeypatch):
    town = town_of_everything(tmp_path)
    (town.here / "p/small.dat").write_bytes(GOOD)
    await town.once("passing")
    encrypt(town, "2027-04")
    city = town.load()
    sealing, state = sealing_of(city.installation), city.installation.gateway.state_dir
    digest = hashlib.sha256(GOOD).hexdigest()

    def forgotten(source, target):
        copy(source, target)
        KeptFiles(state / "originals", sealing).forget(digest)

    copy = resealing._copy
    monkeypatch.setattr(resealing, "_copy", forgotten)
    assert list(reseal_all(sealing, city.installation)) == []
    assert [path for store in STORES for path in (state / store).rglob("*") if path.is_file()] == []


async def test_a_person_opens_one_file_with_a_reason_that_is_audited(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    put_everything(town)
    await carry(town)
    (ledger,) = (tmp_path / "state/substitutions").iterdir()
    out = tmp_path / "ledger.csv"
    done = ran(town, "encryption", "open", str(ledger), "--out", str(out), "--reason", "照会")
    assert done.returncode == 0, done.stderr
    assert "U+20BB7,U+5409" in out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600
    async with town.gateway() as gateway:
        entries = await gateway.journal.audit.entries(5)
    assert any(one.act == "open" and one.subject == ledger.name and one.reason == "照会" for one in entries)


def test_a_key_is_made_and_never_over_another(tmp_path):
    town = Town(tmp_path)
    path = tmp_path / "new.key"
    assert ran(town, "encryption", "new-key", "--out", str(path)).returncode == 0
    pyrage.x25519.Identity.from_str(path.read_text().strip())
    assert path.stat().st_mode & 0o777 == 0o600
    assert ran(town, "encryption", "new-key", "--out", str(path)).returncode == 2


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("encryption: {keys: []}", "keys"),
        ("encryption: {keys: [{id: a, key: AGE-SECRET-KEY-1QQQ}]}", "a secret may not be written here"),
        ("encryption: {keys: [{id: a, key: {env: A}}, {id: a, key: {env: B}}]}", "two keys have the id a"),
        ("encryption: {keys: [{id: 'a b', key: {env: A}}]}", "id"),
    ],
)
def test_what_is_wrong_with_the_keys_is_said_by_check(tmp_path, written, said):
    town = Town(tmp_path)
    town.route()
    path = tmp_path / "config/gateway.yaml"
    path.write_text(path.read_text() + written + "\n")
    checked = ran(town, "check")
    assert checked.returncode == 2
    assert said in checked.stdout + checked.stderr
    assert "QQQ" not in checked.stdout + checked.stderr


MOUNTS = """overlay / overlay rw 0 0
tmpfs /dev tmpfs rw,nosuid 0 0
/dev/sda1 /dev/disk\\040one ext4 rw 0 0
tmpfs /run/scratch tmpfs rw 0 0
/dev/sda2 /run/scratch/deeper xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/tmp", "overlay"),
        ("/dev/shm", "tmpfs"),
        ("/dev/disk one/x", "ext4"),
        ("/run/scratch", "tmpfs"),
        ("/run/scratchers", "overlay"),
        ("/run/scratch/deeper/x", "xfs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_deepest_mount(folder, kind):
    assert file_system_of(Path(folder), MOUNTS) == kind


def test_doctor_says_whether_comparisons_work_in_memory(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    said = {one["step"]: one for one in json.loads(ran(town, "doctor", "--json").stdout)[0]["findings"]}
    assert said["encryption.work"]["says"] == "/dev/shm is in memory (tmpfs)"
    path = tmp_path / "config/gateway.yaml"
    path.write_text(path.read_text().replace("encryption: {", "encryption: {work: /sys, "))
    said = {one["step"]: one for one in json.loads(ran(town, "doctor", "--json").stdout)[0]["findings"]}
    assert said["encryption.work"]["works"] is False
