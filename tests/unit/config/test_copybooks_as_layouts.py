"""A COBOL copybook in layouts/ is a layout; its faults stand at its own lines."""

import pytest
from written_city import FILES, write_city

from gateway.formats import Form
from gateway.load import load

BOOK, FORM = "layouts/zei-shuno.cpy", "layouts/zei-shuno.cpy.yaml"

WRITE_OUT = (
    "write the layout out with `linkage-gateway new layout --from layouts/zei-shuno.cpy --encoding ibm930`, "
    "and complete it"
)


@pytest.fixture
def read(tmp_path):
    def read(changes=None):
        return load(write_city(tmp_path, changes), environment={})

    return read


def told(city):
    return [str(fault) for fault in city.faults]


def test_a_copybook_is_a_layout_of_its_name(read):
    layout = read().conversions.library.layouts["zei-shuno"]
    assert (layout.length, layout.encoding, layout.records) == (15 + 20 + 4 + 2 * 4 + 3, "ibm930", "fixed")
    assert [leaf.item.name for leaf in layout.leaves if leaf.item.key] == ["ATENA-NO"]
    assert [leaf.item.name for leaf in layout.leaves][3:5] == ["MEISAI(1).NENDO", "MEISAI(2).NENDO"]


def test_a_copybook_reads_the_same_bytes_as_its_layout_written_out(read):
    written = {
        "layouts/written.yaml": """\
records: fixed
length: 50
encoding: ibm930
items:
  - {name: ATENA-NO, type: text, length: 15, key: true}
  - {name: SHIMEI, type: text, length: 20, width: full}
  - {name: KINGAKU, type: packed, digits: 7, signed: true}
  - {name: MEISAI, type: group, occurs: 2, items: [{name: NENDO, type: zoned, digits: 4}]}
  - {type: filler, length: 3}
"""
    }
    layouts = read(written).conversions.library.layouts
    assert Form(layout=layouts["zei-shuno"]).fingerprint == Form(layout=layouts["written"]).fingerprint


def test_a_mapping_may_join_a_copybook_to_a_standardized_layout(read):
    items = "  - {from: ATENA-NO, to: 宛名番号}\n  - {from: SHIMEI, to: 氏名}\n"
    city = read({"mappings/shuno.yaml": f"from: zei-shuno\nto: juki-standard\nitems:\n{items}"})
    assert city.faults == ()
    assert city.conversions.library.mappings["shuno"].source == "zei-shuno"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("X(15)", "Q(15)", "2:12: the picture QQQQQQQQQQQQQQQ is not understood"),
        ("PIC 9(4)", "", "6:16: NENDO has neither a picture nor items"),
        (
            "05  FILLER        PIC X(3)",
            "05  BETSU REDEFINES MEISAI PIC X(8)",
            f"7:12: BETSU redefines MEISAI, and a copybook does not say when; {WRITE_OUT}",
        ),
        (
            "05  KINGAKU ",
            "05  ATENA-NO",
            "4:12: ATENA-NO stands twice in one group; rename one of them",
        ),
    ],
)
def test_a_fault_of_a_copybook_is_told_at_its_line(read, old, new, fault):
    assert FILES[BOOK].count(old) == 1
    city = read({BOOK: FILES[BOOK].replace(old, new)})
    assert told(city) == [f"{BOOK}:{fault}"]
    assert "zei-shuno" in city.conversions.library.layouts.broken


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("encodng: ibm930\n", "1:1: unknown key encodng; did you mean encoding?"),
        (
            "encoding: ibm930\nlength: 60\n",
            "2:9: the items of zei-shuno.cpy have 50 bytes; mend one of the two",
        ),
        ("encoding: ibm930\nkeys: [ATENA]\n", "2:8: zei-shuno.cpy has no item ATENA; did you mean ATENA-NO?"),
        (
            "encoding: ibm930\ncharacters: [gaiji-x]\n",
            (
                "2:14: unknown character table gaiji-x; there is none yet: write characters/gaiji-x.csv, "
                "or take the name out"
            ),
        ),
    ],
)
def test_a_fault_of_the_form_is_told_in_the_form(read, form, fault):
    assert told(read({FORM: form})) == [f"{FORM}:{fault}"]


def test_a_copybook_without_its_form_says_what_to_write(read):
    assert told(read({FORM: None})) == [
        f"{BOOK}:1:1: a copybook does not say its character code; write zei-shuno.cpy.yaml beside it, with encoding:"
    ]


def test_a_form_without_its_copybook_is_a_fault(read):
    assert told(read({BOOK: None})) == [
        f"{FORM}:1:1: there is no zei-shuno.cpy beside this file; add the copybook"
    ]


def test_two_layouts_of_one_name_are_refused(read):
    assert told(read({"layouts/zei-shuno.yaml": FILES["layouts/juki-master.yaml"]})) == [
        f"{BOOK}:1:1: the layout zei-shuno is there already as zei-shuno.yaml; remove one of them"
    ]


def test_a_copybook_of_another_suffix_is_not_passed_over_in_silence(read):
    assert told(read({"layouts/other.CPY": FILES[BOOK]})) == [
        "layouts/other.CPY:1:1: the file is not read because of its name; call it other.cpy"
    ]
