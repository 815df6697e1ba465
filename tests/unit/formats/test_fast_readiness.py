"""What happens around the kernels: before they are compiled, where nothing can be kept, at the edges of blocks."""

import subprocess
import sys
from pathlib import Path

import pytest
import samples

from gateway.formats import BadRecords, Form, compile_conversion
from gateway.formats.fast import choice, machine, readiness
from gateway.formats.fast.machine import cache_folder

ROWS = samples.ROWS.replace("𠀋辻󠄁", "木")


def both(source, target):
    return [compile_conversion(source, target, samples.mapping(), fast=fast) for fast in (True, False)]


@pytest.fixture
def legacy():
    return Form(layout=samples.master(encoding="jef", characters=[]), tables=())


def test_a_small_file_does_not_wait_for_kernels_and_ends_alike(tmp_path, legacy, monkeypatch):
    fast, slow = both(samples.csv_form(), legacy)
    asked = []
    monkeypatch.setattr(
        "gateway.formats.fast.choice.kernels_ready", lambda *, size: asked.append(size) or False
    )
    told = []
    (tmp_path / "rows").write_text(ROWS)
    done = fast.convert(tmp_path / "rows", tmp_path / "made", progress=told.append)
    assert (tmp_path / "made").read_bytes() == samples.run(slow, tmp_path, ROWS.encode())
    assert (done.records_in, asked) == (3, [len(ROWS.encode())])
    assert told[-1] == len(ROWS.encode())


def test_only_a_large_file_waits_until_kernels_are_compiled(monkeypatch):
    class Compiler:
        joined = 0

        def join(self):
            self.joined += 1
            readiness._LOADED.set()

    compiler = Compiler()
    monkeypatch.setattr(readiness, "_LOADED", readiness.Event())
    monkeypatch.setattr(readiness, "_loader", lambda: compiler)
    assert not readiness.kernels_ready(size=readiness.WORTH_WAITING - 1)
    assert compiler.joined == 0
    assert readiness.kernels_ready(size=readiness.WORTH_WAITING)
    assert readiness.kernels_ready(size=0)
    assert compiler.joined == 1


def test_machine_code_is_kept_in_a_folder_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = cache_folder()
    assert folder.is_relative_to(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_machine_code_is_not_taken_from_a_folder_that_others_may_write(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache_folder().chmod(0o770)
    assert cache_folder() is None


@pytest.fixture
def made(monkeypatch):
    """How often machine code was made; it is none."""
    asked = []
    monkeypatch.setattr(
        "gateway.formats.fast.jit.compiled", lambda entrance: asked.append(entrance) or ("name", b"code")
    )
    return asked


def test_code_is_made_where_nothing_can_be_kept(tmp_path, monkeypatch, made):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert cache_folder() is None
    assert machine._kept("up") is None
    assert machine._made("up") == ("name", b"code")
    assert len(made) == 1


def test_code_that_was_kept_is_taken_and_code_that_was_cut_off_is_not(tmp_path, monkeypatch, made):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert machine._made("down") == machine._kept("down") == ("name", b"code")
    (kept,) = cache_folder().iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(kept.read_bytes()[:-1])
    assert machine._kept("down") is None


def test_kept_kernels_are_loaded_without_their_compiler():
    machine.entrances()
    code = (
        "import sys\n"
        "from gateway.formats.fast.machine import entrances\n"
        "from gateway.formats.fast.call import Call\n"
        "call = Call()\n"
        "print(entrances().up(call.address), entrances().down(call.address), 'numba' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == "0 0 False\n"


def test_a_cell_longer_than_a_block_ends_alike_on_both_paths(tmp_path, legacy):
    head, body = ROWS.split("\n", 1)
    long = body.splitlines()[0].split(",")
    long[-1] = '"' + "木\n" * 200_000 + '"'
    content = (head + "\n" + body * 2000 + ",".join(long) + "\n" + body).encode()
    outcomes = []
    for converter in both(samples.csv_form(), legacy):
        with pytest.raises(BadRecords) as caught:
            samples.run(converter, tmp_path, content)
        outcomes.append(caught.value.report)
    assert outcomes[0] == outcomes[1]


def test_a_file_that_ends_anywhere_in_a_block_ends_alike_on_both_paths(tmp_path, legacy):
    fast, slow = both(legacy, samples.csv_form())
    raw = samples.run(both(samples.csv_form(), legacy)[1], tmp_path, ROWS.encode())
    times = (1 << 18) // len(raw)
    for records in (times, times + 1, 3 * times + 1):
        content = raw * records
        assert samples.run(fast, tmp_path, content) == samples.run(slow, tmp_path, content)


def test_a_service_that_may_make_no_code_converts_without_kernels(monkeypatch):
    def refusing(*_, **__):
        raise PermissionError

    choice.kernels_installed.cache_clear()
    try:
        with monkeypatch.context() as denied:
            denied.setattr(choice.mmap, "mmap", refusing)
            assert not choice.kernels_installed()
        choice.kernels_installed.cache_clear()
        assert choice.kernels_installed()
    finally:
        choice.kernels_installed.cache_clear()
