"""Files of code tables: what they must say of themselves, and what is wrong in which line."""

import pytest

from gateway.formats import FormatFaults, LookupTable

APPROVED = "# version: 1\n# approved by: 情報政策課\n"
LOOKUP = APPROVED + "from,to,note\n101,0013101,千代田\n102,0013102,\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("101,A\n", 3, "from,to"),
        ("", 1, "from,to"),
        ("from,to\n", 1, "no code"),
        ("from,to\n1,A\n1,B\n", 5, "stands above already"),
        ("from,to\n1\n", 4, "two codes"),
        ('from,to\n1,"A\n', 4, "quote"),
    ],
)
def test_a_bad_lookup_table_is_refused_with_its_line(text, line, message):
    with pytest.raises(FormatFaults, match=message) as raised:
        LookupTable.parse(APPROVED + text, source="x.csv")
    assert raised.value.faults[0].location == (line,)


@pytest.mark.parametrize("key", ["version", "approved by"])
def test_a_lookup_table_for_which_nobody_stands_is_refused(key):
    text = "".join(line for line in LOOKUP.splitlines(keepends=True) if not line.startswith(f"# {key}:"))
    with pytest.raises(FormatFaults) as raised:
        LookupTable.parse(text, source="x.csv")
    (fault,) = raised.value.faults
    assert (fault.location, f"`# {key}: ...`" in fault.message) == ((1, key), True)
