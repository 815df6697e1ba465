"""YAML as people write it: types, places of every word, and what is refused before it can do harm."""

import tracemalloc

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.load.document import DEEPEST, MOST_VALUES, Unreadable, parse
from gateway.load.fault import Complaint


def faults(text, **options):
    with pytest.raises(Unreadable) as error:
        parse(text, file="a.yaml", **options)
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-3", -3),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("", None),
        ("001", "001"),
        ("00", "00"),
        ("06:30", "06:30"),
        ("on", "on"),
        ("no", "no"),
        ("2027-04-01", "2027-04-01"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ('"10"', "10"),
        ("'true'", "true"),
        ("!!str 10", "10"),
        ("|\n  10\n", "10\n"),
    ],
)
def test_scalars_are_typed_as_people_mean_them(text, value):
    found = parse(f"a: {text}", file="a.yaml").data["a"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_always_texts():
    assert parse("{on: 1, 2: x, true: y, 01: z}", file="a.yaml").data == {
        "on": 1,
        "2": "x",
        "true": "y",
        "01": "z",
    }


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(alphabet="abcあ 1:#-", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet="abc漢", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_what_another_program_wrote_is_read_as_it_was(data):
    text = yaml.safe_dump(data, allow_unicode=True)
    assert parse(text, file="a.yaml").data == data


def test_every_key_and_value_knows_its_place():
    document = parse("from:\n  place: [a, {b: c}]\n", file="a.yaml")
    value = document.fault(Complaint(at=("from", "place", 1, "b"), message="x"))
    key = document.fault(Complaint(at=("from", "place", 1, "b"), message="x", key=True))
    assert (value.line, value.column, key.column) == (2, 18, 15)


def test_columns_count_characters_and_not_bytes():
    document = parse("{題名: 漢字, b: c}", file="a.yaml")
    assert document.position(("b",)).column == 13


def test_a_place_that_is_not_there_is_the_nearest_around_it():
    document = parse("a:\n  b: {c: 1}\n", file="a.yaml")
    assert document.position(("a", "b", "missing")) == document.position(("a", "b"))


def test_variables_fill_in_values_where_allowed():
    text = "{port: {env: PORT, default: 21}, host: {env: HOST, default: localhost}, password: {env: SECRET}}"
    found = parse(text, file="a.yaml", environment={"PORT": "2121", "HOST": "", "SECRET": "geheim"}).data
    assert found == {"port": 2121, "host": "localhost", "password": {"env": "SECRET"}}


def test_variables_fill_in_nothing_where_they_are_not_allowed():
    assert parse("{port: {env: PORT, default: 21}}", file="a.yaml").data == {
        "port": {"env": "PORT", "default": 21}
    }


def test_every_repeated_key_is_told_at_once():
    assert faults("a: 1\nb: 2\na: 3\nb: 4\n") == [
        "a.yaml:3:1: a stands twice, first on line 1; remove one of them",
        "a.yaml:4:1: b stands twice, first on line 2; remove one of them",
    ]


COLON = "a ': ' where none can stand; put the text in quotes, or indent this line as the ones above"
BEGIN = (
    "a character that cannot begin a value; indent with blanks, not with tabs, "
    "and put texts that begin with @ ` % or ! in quotes"
)
TAG = "a tag (!) is not used here; remove it, or put the text in quotes"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a:\n\tb: 1\n", f"2:1: {BEGIN}"),
        ("a: @b", f"1:4: {BEGIN}"),
        ("a: b: c", f"1:5: {COLON}"),
        ("a: 1\n b: 2\n", f"2:3: {COLON}"),
        ("a: {b: 1\nc: 2\n", "2:2: a { that is not closed; add , or }"),
        ("a: [1, 2\n", "2:1: a [ that is not closed; add , or ]"),
        ("a: [1,\n", "2:1: a value is missing, or a bracket is not closed; add it"),
        ("a: 1\nb\n", "3:1: a key without ':'; write `key: value`"),
        ("- a\nb: c", "2:1: a list whose lines do not all begin with '- '; indent them alike"),
        ("a: *b\n", "1:4: a * name without its &; put the text in quotes if it begins with *"),
        (
            "a: {name}.done",
            '1:10: a text that begins with { stands without quotes; write it as "{name}.done"',
        ),
        ('a: "b\n', "2:1: a quote that is not closed; add it"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document; one file holds one document"),
        ("a: !!python/object/apply:os.system [ls]", f"1:4: {TAG}"),
        ("a: !secret x", f"1:4: {TAG}"),
        ("a: {{name}}", "1:5: a key must be one text; put a text with { } in quotes"),
        ("b: &b {c: 1}\na: {<<: *b}", "2:5: << is not supported; write the keys out"),
        ("a: b\x07", "1:5: a control character; remove it"),
    ],
)
def test_what_is_no_yaml_is_told_in_plain_words(text, fault):
    assert faults(text) == [f"a.yaml:{fault}"]


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tracemalloc.start()
    found = faults("\n".join(lines))
    assert tracemalloc.get_traced_memory()[1] < 200 * 1024 * 1024
    tracemalloc.stop()
    assert len(found) == 1
    assert f"more than {MOST_VALUES} values, aliases counted; write less, or split the file" in found[0]


def test_an_alias_within_itself_is_refused():
    assert "or an alias within itself" in faults("a: &a [*a]")[0]


def test_a_hundred_thousand_brackets_are_refused():
    assert f"nested more than {DEEPEST} deep" in faults("a: " + "[" * 100_000)[0]


def test_a_list_without_end_is_refused():
    assert f"more than {MOST_VALUES} values" in faults("[" + "1," * (4 * MOST_VALUES) + "1]")[0]
