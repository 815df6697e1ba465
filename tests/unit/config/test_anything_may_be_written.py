"""Whatever people write, reading it never fails: it ends in faults, and the other routes run."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dated_places import FEBRUARY
from test_reading_a_city import WITH_EVERY_KEY
from written_city import FILES, ROUTE, write_city

from gateway.load import load

VARIANTS = FILES["endpoints.yaml"].replace(
    "    limits: {connections: 1}\n",
    "    variants: [{from: 2027-02-01T00:00:00+09:00, host: a}, {from: 2027-03-01T00:00:00+09:00, port: 1}]\n",
)
TEXTS = FILES | {ROUTE: WITH_EVERY_KEY, "endpoints.yaml": VARIANTS}
DOCUMENTS = {name: yaml.safe_load(text) for name, text in TEXTS.items() if name.endswith(".yaml")}
KEYS = st.sampled_from(
    [
        "from",
        "to",
        "legacy",
        "standard",
        "ready",
        "after",
        "name",
        "variants",
        "until",
        "(one)",
        "[key]",
        "0",
        "x",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 99)
    | st.sampled_from(["", "x", "{seq}", "10m", "*", "a-b", "never"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=5,
)


def locations(data, at=()):
    yield at
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from locations(value, (*at, key))


ALL = [(name, at) for name, data in DOCUMENTS.items() for at in locations(data)]


def changed(data, at, value, key):
    """The data with a value in place of what stands at a location, under another key if one is given."""
    if not at:
        return value
    copy = dict(data) if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
    first, *rest = at
    inner = changed(copy.pop(first, None), rest, value, key)
    copy[key if key and not rest and isinstance(data, dict) else first] = inner
    return [copy[index] for index in sorted(copy, key=str)] if isinstance(data, list) else copy


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(ALL), VALUES, st.none() | KEYS), min_size=1, max_size=3))
def test_no_file_can_break_the_reading(changes):
    documents = dict(DOCUMENTS)
    for (name, at), value, key in changes:
        documents[name] = changed(documents[name], at, value, key)
    written = {name: json.dumps(data, ensure_ascii=False, default=str) for name, data in documents.items()}
    with TemporaryDirectory() as folder:
        city = load(write_city(Path(folder), TEXTS | written), environment={}, now=FEBRUARY)
    assert set(city.routes).isdisjoint(city.rejected)
    assert city.usable or city.errors
    for name, faults in city.rejected.items():
        assert faults, name
