"""Files at rest, encrypted: read at any place, opened by the age tool, and nothing that was changed is believed."""

import io
import os
import tracemalloc
import zipfile

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.credentials.secret import SecretRef
from gateway.errors import Reason
from gateway.sealing import Broken, KeyMissing, Keys, SealedFile, Sealing, on_disk
from gateway.sealing.age import CHUNK, SEALED
from gateway.sealing.identity import secret_of, text_of

SIZES = (0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sealed")


def keys_of(folder, *ids):
    for name in ids:
        if not (folder / name).exists():
            (folder / name).write_text(text_of(X25519PrivateKey.generate()) + "\n")
    return Keys({name: SecretRef(file=folder / name) for name in ids})


@pytest.fixture(scope="module")
def keys(folder):
    return keys_of(folder, "2027-04")


def written(path, keys, content):
    file = SealedFile(path=path, keys=keys)
    with file.created() as out:
        out.write(content)
    return file


def content_of(file):
    with file.open("rb") as stream:
        return stream.read()


def header_length(file):
    return len(file.path.read_bytes()) - sealed_length(file.size)


def sealed_length(size):
    return size + 16 * max(1, -(-size // CHUNK))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_reads_as_it_was_written_and_knows_its_size_without_a_key(folder, keys, size):
    content = os.urandom(size)
    file = written(folder / f"{size}.age", keys, content)
    assert content_of(file) == content
    assert SealedFile(path=file.path, keys=Keys({})).size == size
    assert SealedFile(path=file.path, keys=Keys({})).key == "2027-04"
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", SIZES)
def test_the_age_tool_opens_what_was_written_here(folder, keys, size):
    content = os.urandom(size)
    file = written(folder / "theirs.age", keys, content)
    identity = pyrage.x25519.Identity.from_str((folder / "2027-04").read_text().strip())
    assert pyrage.decrypt(file.path.read_bytes(), [identity]) == content


@pytest.mark.parametrize("size", SIZES)
def test_what_the_age_tool_wrote_is_opened_here(folder, keys, size):
    content = os.urandom(size)
    identity = pyrage.x25519.Identity.from_str((folder / "2027-04").read_text().strip())
    path = folder / "ours.age"
    path.write_bytes(pyrage.encrypt(content, [identity.to_public()]))
    assert content_of(SealedFile(path=path, keys=keys)) == content


def test_a_key_is_written_as_age_writes_it():
    identity = pyrage.x25519.Identity.generate()
    assert text_of(secret_of(str(identity))) == str(identity)
    assert text_of(secret_of(f"# created: today\n# public key: age1...\n{identity}\n")) == str(identity)


@pytest.mark.parametrize("slip", [0, 20, 40, 60, -1])
def test_a_slip_of_the_pen_in_a_key_is_found_and_the_key_is_not_shown(slip):
    text = str(pyrage.x25519.Identity.generate())
    wrong = text[:slip] + ("Q" if text[slip] != "Q" else "P") + text[slip + 1 :] if slip != -1 else text[:-1]
    with pytest.raises(ValueError, match="key of age") as found:
        secret_of(wrong)
    assert text[16:] not in str(found.value)


@settings(max_examples=60)
@given(
    size=st.sampled_from(SIZES),
    reads=st.lists(st.tuples(st.integers(0, 4 * CHUNK), st.integers(0, 2 * CHUNK)), max_size=6),
)
def test_any_place_reads_as_in_a_plain_file(folder, keys, size, reads):
    content = bytes(at * 7 % 251 for at in range(size))
    file = written(folder / "places.age", keys, content)
    plain = io.BytesIO(content)
    with file.open("rb") as stream:
        for at, count in reads:
            assert stream.seek(at) == plain.seek(at)
            assert stream.read(count) == plain.read(count)
        assert stream.seek(0, 2) == size


@settings(max_examples=30)
@given(pieces=st.lists(st.binary(min_size=0, max_size=400).map(lambda one: one * 200), max_size=6))
def test_pieces_of_any_length_make_one_file(folder, keys, pieces):
    file = SealedFile(path=folder / "pieces.age", keys=keys)
    with file.created() as out:
        for piece in pieces:
            out.write(piece)
    assert content_of(file) == b"".join(pieces)


def test_memory_holds_some_chunks_however_large_the_file_is(folder, keys):
    block, file = os.urandom(1 << 20), SealedFile(path=folder / "large.age", keys=keys)
    tracemalloc.start()
    with file.created() as out:
        for _ in range(48):
            out.write(block)
    with file.open("rb") as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b"")) == 48 << 20
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 << 20


def test_an_archive_that_goes_back_to_its_beginning_is_the_same_as_in_a_plain_file(folder, keys):
    def archive(out):
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            info = zipfile.ZipInfo("data.csv", (1980, 1, 1, 0, 0, 0))
            with packed.open(info, "w", force_zip64=True) as member:
                member.write(os.urandom(10) * 30_000)
                member.write(bytes(range(256)) * 2000)

    plain, file = io.BytesIO(), SealedFile(path=folder / "archive.age", keys=keys)
    seed = os.urandom
    os.urandom = lambda size: b"\x07" * size if size == 10 else seed(size)
    try:
        archive(plain)
        with file.created() as out:
            archive(out)
    finally:
        os.urandom = seed
    assert content_of(file) == plain.getvalue()


SAMPLE = bytes(range(256)) * (2 * CHUNK // 256) + b"the end"


@pytest.fixture(scope="module")
def sample(folder, keys):
    return written(folder / "sample.age", keys, SAMPLE)


def opened_after(folder, keys, raw):
    path = folder / "changed.age"
    path.write_bytes(raw)
    return content_of(SealedFile(path=path, keys=keys))


@settings(max_examples=150)
@given(data=st.data())
def test_a_bit_that_was_changed_is_found(folder, keys, sample, data):
    raw = bytearray(sample.path.read_bytes())
    header = header_length(sample)
    at = data.draw(st.one_of(st.integers(0, header + 40), st.integers(0, len(raw) - 1)))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((Broken, KeyMissing)) as found:
        opened_after(folder, keys, bytes(raw))
    if at >= header:
        assert isinstance(found.value, Broken)
        assert "changed.age" in str(found.value)
        assert "2027-04" in str(found.value)


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_that_was_cut_off_is_found_wherever_the_cut_is(folder, keys, sample, data):
    raw, header = sample.path.read_bytes(), header_length(sample)
    borders = [header + n * SEALED for n in range(3)]
    length = data.draw(st.one_of(st.sampled_from(borders), st.integers(0, len(raw) - 1)))
    with pytest.raises(Broken):
        opened_after(folder, keys, raw[:length])


@pytest.mark.parametrize(
    "order", [(1, 0, 2), (0, 0, 2), (0, 2, 1), (0, 2), (1, 2), (0, 1, 1, 2), (0, 1, 2, 2)]
)
def test_chunks_that_were_moved_left_out_or_doubled_are_found(folder, keys, sample, order):
    raw, header = sample.path.read_bytes(), header_length(sample)
    chunks = [raw[header + n * SEALED : header + (n + 1) * SEALED] for n in range(3)]
    with pytest.raises(Broken):
        opened_after(folder, keys, raw[:header] + b"".join(chunks[n] for n in order))


def test_the_content_of_another_file_under_the_same_key_is_found(folder, keys, sample):
    other = written(folder / "other.age", keys, SAMPLE)
    ours, theirs = sample.path.read_bytes(), other.path.read_bytes()
    with pytest.raises(Broken):
        opened_after(folder, keys, ours[: header_length(sample)] + theirs[header_length(other) :])


def test_a_broken_file_is_a_reason_to_hold_the_transfer_and_says_what_to_do(folder, keys, sample):
    raw = sample.path.read_bytes()
    with pytest.raises(Broken) as found:
        opened_after(folder, keys, raw[:-1] + bytes([raw[-1] ^ 1]))
    assert found.value.reason is Reason.SPOOL_LOST
    assert "chunk 3 of 3" in found.value.message
    assert found.value.hint


def test_another_key_under_the_same_id_is_told(folder, tmp_path, sample):
    with pytest.raises(Broken, match="another key than the one of that id"):
        content_of(SealedFile(path=sample.path, keys=keys_of(tmp_path, "2027-04")))


def test_a_key_that_is_no_longer_named_is_named_with_what_to_do(tmp_path, sample):
    with pytest.raises(KeyMissing, match=r"2027-04 is not among encryption\.keys.*encryption status"):
        content_of(SealedFile(path=sample.path, keys=keys_of(tmp_path, "2028-04")))


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (SecretRef(env="LGW_NO_SUCH_KEY"), "the environment variable LGW_NO_SUCH_KEY is not set"),
        (SecretRef(file="/nowhere/a.key"), "the secret file /nowhere/a.key cannot be read"),
        (SecretRef(command=("false",)), "the secret command false ended with exit code 1"),
        (SecretRef(command=("echo", "no-key")), "no key of age"),
    ],
)
def test_a_key_that_cannot_be_had_says_where_it_should_be_and_nothing_is_written(tmp_path, reference, said):
    file = SealedFile(path=tmp_path / "a.age", keys=Keys({"2027-04": reference}))
    with pytest.raises(KeyMissing, match="2027-04") as missing:
        file.created()
    assert said in missing.value.message
    assert list(tmp_path.iterdir()) == []


def test_the_first_key_seals_and_every_key_opens(tmp_path):
    old = written(tmp_path / "old.age", keys_of(tmp_path, "2026"), b"old")
    both = keys_of(tmp_path, "2027", "2026")
    new = written(tmp_path / "new.age", both, b"new")
    assert [SealedFile(path=one.path, keys=both).key for one in (old, new)] == ["2026", "2027"]
    assert [content_of(SealedFile(path=one.path, keys=both)) for one in (old, new)] == [b"old", b"new"]


def test_keys_are_taken_from_another_configuration_while_files_are_written(tmp_path):
    keys = keys_of(tmp_path, "2026")
    written(tmp_path / "a.age", keys, b"a")
    keys_of(tmp_path, "2027")
    keys.take({name: SecretRef(file=tmp_path / name) for name in ("2027", "2026")})
    assert written(tmp_path / "b.age", keys, b"b").key == "2027"
    assert content_of(SealedFile(path=tmp_path / "a.age", keys=keys)) == b"a"


def test_what_lay_there_plain_is_read_until_it_is_written_anew(tmp_path):
    sealing, path = Sealing(keys=keys_of(tmp_path, "2027"), on=True), tmp_path / "state" / "original"
    path.parent.mkdir()
    path.write_bytes(b"plain")
    assert content_of(sealing.at(path)) == b"plain"
    part = sealing.new(path, unfinished=True)
    with part.created() as out:
        out.write(b"sealed")
    sealing.publish(part, path)
    assert [one.name for one in path.parent.iterdir()] == ["original.age"]
    assert content_of(sealing.at(path)) == b"sealed"
    assert on_disk(sealing.at(path)).read_bytes().startswith(b"age-encryption.org/v1\n")
