"""Lists of files that belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.names import why_unsafe
from gateway.manifest import Listed, ManifestFault, parse, render

DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc": FIPS 180-4, appendix

names = st.text(min_size=1, max_size=30).filter(lambda name: "/" not in name and not why_unsafe(name))
listed = st.builds(
    Listed,
    name=names,
    size=st.integers(0, 10**17),
    sha256=st.sampled_from(["", DIGEST]),
    records=st.none() | st.integers(0, 10**9),
    format=st.sampled_from(["", "legacy", "standard"]),
    content=st.sampled_from(["", "full", "differential"]),
    republished_of=st.sampled_from(["", "a.csv", "a.csv b.csv"]),
)


@given(st.lists(listed, max_size=5, unique_by=lambda one: one.name))
def test_what_is_written_is_read_back(files):
    assert parse(render(tuple(files))) == tuple(files)


def test_name_and_bytes_are_enough():
    assert parse("name,bytes\na.csv,3\n") == (Listed(name="a.csv", size=3),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column bytes and name"),
        ("name\na.csv\n", "line 1: no column bytes"),
        ("name,bytes\n../a.csv,3\n", "line 2: name"),
        ("name,bytes\na/b.csv,3\n", "line 2: name"),
        ("name,bytes\na.csv,3\nb.csv,-1\n", "line 3: bytes is no number"),
        ("name,bytes\na.csv,\n", "line 2: bytes is no number"),
        ("name,bytes\na.csv\n", "line 2: bytes is no number"),
        ("name,bytes,sha256\na.csv,3,abc\n", "line 2: sha256"),
        ("name,bytes,records\na.csv,3,x\n", "line 2: records"),
        ("name,bytes,format\na.csv,3,new\n", "line 2: format is neither legacy nor standard"),
        ("name,bytes,content\na.csv,3,some\n", "line 2: content is neither full nor differential"),
        ("name,bytes\na.csv,3\na.csv,3\n", "listed twice"),
        ('name,bytes\n"a.csv,3\n', "no CSV"),
    ],
)
def test_a_fault_names_its_line(text, says):
    with pytest.raises(ManifestFault, match=says):
        parse(text)


@given(st.text(max_size=200))
def test_any_text_is_a_manifest_or_a_clear_fault(text):
    try:
        found = parse(text)
    except ManifestFault:
        return
    assert all(file.name and not why_unsafe(file.name) for file in found)
