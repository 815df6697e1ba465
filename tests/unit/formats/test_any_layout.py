"""Any record of any layout survives both ways.

Layouts are drawn: kind of records, character code, items of every type in any order, fillers between them, groups that
repeat. The rows are written by Python's ``csv``; what comes back must be the same bytes.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date

import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import CsvProfile, Form, Layout, Mapping, compile_conversion

CODES = [
    "cp932", "euc-jp", "jis", "utf-8", "utf-16-be", "utf-16-le", "ibm930", "ibm939", "ibm1390", "ibm1399",
    "jef", "keis78", "keis83", "jips-j", "jips-e",
]  # fmt: skip
KANA = "ｱｲｳｶﾞﾝ"
HALF = "ABCXYZ0123456789" + KANA
FULL = "一二三山川田中市町村戸籍あいうアイウ０１２ＡＢＣ"
ERAS = ["1", "2", "3", "4", "5"]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An item on both sides, and which values it has."""

    legacy: dict
    csv: dict
    values: st.SearchStrategy
    bytes: int


def _decimal(digits, decimals, *, signed):
    def text(number):
        whole = str(abs(number)).rjust(decimals + 1, "0")
        return ("-" if number < 0 else "") + whole[:-decimals] + "." + whole[-decimals:]

    return st.integers(-(10**digits) + 1 if signed else 0, 10**digits - 1).map(text)


@st.composite
def numbers(draw, name, code):
    kind = draw(
        st.sampled_from(["packed", "binary"] if code.startswith("utf-16") else ["packed", "binary", "zoned"])
    )
    signed, decimals = draw(st.booleans()), draw(st.integers(0, 3))
    if kind == "binary":
        length = draw(st.sampled_from([2, 4, 8]))
        digits = {2: 4, 4: 9, 8: 18}[length]
        legacy = {"length": length, "order": draw(st.sampled_from(["big", "little"]))}
    else:
        digits = draw(st.integers(decimals + 1, 18))
        legacy = {"digits": digits}
    if kind == "zoned" and signed:
        legacy["sign"] = draw(
            st.sampled_from(["trailing", "leading", "trailing-separate", "leading-separate"])
        )
    legacy |= {"name": name, "type": kind, "signed": signed, "decimals": decimals}
    size = {"zoned": digits + ("separate" in legacy.get("sign", "")), "packed": digits // 2 + 1}
    size = size.get(kind) or legacy["length"]
    there = {"name": name, "type": "S9" if signed or decimals else "9", "length": digits}
    if decimals:
        there["decimals"] = decimals
        return Drawn(legacy=legacy, csv=there, values=_decimal(digits, decimals, signed=signed), bytes=size)
    least = -(10**digits) + 1 if signed else 0
    return Drawn(legacy=legacy, csv=there, values=st.integers(least, 10**digits - 1).map(str), bytes=size)


@st.composite
def dates(draw, name, code):
    forms = ["YYYYMMDD", "YYYY-MM-DD", "YYYY/MM/DD", "GYYMMDD"]
    form = draw(st.sampled_from(forms[:1] if code.startswith("utf-16") else forms))
    legacy = {"name": name, "type": "date", "form": form}
    if "G" in form:
        legacy["eras"] = ERAS
    elif form == "YYYYMMDD":
        legacy["coding"] = (
            "packed" if code.startswith("utf-16") else draw(st.sampled_from(["text", "packed"]))
        )
    size = 5 if legacy.get("coding") == "packed" else len(form)
    span = (date(1868, 10, 23), date(2117, 12, 31)) if "G" in form else (date.min, date.max)
    days = st.dates(*span).map(date.isoformat)
    return Drawn(legacy=legacy, csv={"name": name, "type": "DATE"}, values=days, bytes=size)


@st.composite
def texts(draw, name, code):
    wide = draw(st.booleans()) or code.startswith("utf-16")
    most = draw(st.integers(1, 12))
    width = draw(st.sampled_from(["mixed", "full" if wide else "half"]))
    if code in ("jis", "utf-8") and wide:
        width = "mixed"  # neither has wide characters that stand alone
    length = most * 4 if width != "mixed" else most * 4 + 8
    legacy = {"name": name, "type": "text", "length": length + length % 2, "width": width}
    legacy["justify"] = draw(st.sampled_from(["left", "right"]))
    there = {"name": name, "type": "N" if wide else "X", "length": most}
    latin = code in ("ibm939", "ibm1399") or (code == "euc-jp" and width == "half")
    half = HALF.rstrip(KANA) if latin else HALF  # no kana among the single bytes
    values = st.text(FULL if wide else half, max_size=most)
    return Drawn(legacy=legacy, csv=there, values=values, bytes=legacy["length"])


@st.composite
def towns(draw):
    """A legacy layout, its standard layout, the mapping between them, and rows."""
    code = draw(st.sampled_from(CODES))
    legacy, columns, values, size = [], [], [], 0
    for number in range(draw(st.integers(1, 8))):
        name = f"項目{number}"
        one = draw(st.one_of(numbers(name, code), dates(name, code), texts(name, code)))
        times = draw(st.sampled_from([1, 1, 1, 2, 3]))
        group = {"name": f"表{number}", "type": "group", "occurs": times, "items": [one.legacy]}
        legacy.append(one.legacy if times == 1 else group)
        names = [name] if times == 1 else [f"表{number}({at}).{name}" for at in range(1, times + 1)]
        columns += [one.csv | {"name": each} for each in names]
        values += [one.values] * times
        size += one.bytes * times
        if draw(st.booleans()):
            fill = draw(st.sampled_from(["blank", "low", "zeros"]))
            legacy.append({"type": "filler", "length": 2, "fill": fill})
            size += 2
    records = draw(st.sampled_from(["fixed", "rdw"]))
    layout = {"name": "a", "records": records, "length": size, "encoding": code, "items": legacy}
    if records == "rdw":
        word = {"includes_itself": draw(st.booleans()), "order": draw(st.sampled_from(["big", "little"]))}
        layout["rdw"] = word
    rows = draw(st.lists(st.tuples(*values), max_size=4))
    return (
        Layout.model_validate(layout),
        Layout.model_validate({"name": "b", "records": "csv", "items": columns}),
        rows,
    )


def written(names, rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue().encode()


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=300)
@given(town=towns())
def test_any_record_of_any_layout_survives_both_ways(tmp_path_factory, town):
    legacy, standard, rows = town
    folder = tmp_path_factory.mktemp("any")
    names = [one.name for one in standard.items]
    mapping = Mapping.model_validate(
        {"from": "a", "to": "b", "items": [{"from": name, "to": name} for name in names]}
    )
    a, b = Form(layout=legacy, tables=()), Form(layout=standard, profile=CsvProfile())
    content = written(names, rows)
    raw = samples.run(compile_conversion(b, a, mapping), folder, content)
    assert samples.run(compile_conversion(a, b, mapping), folder, raw) == content


def test_a_record_whose_only_item_is_empty_is_a_record_to_other_readers(tmp_path):
    items = [{"name": "a", "type": "text", "length": 2}]
    legacy = Layout.model_validate(
        {"name": "a", "records": "fixed", "length": 2, "encoding": "cp932", "items": items}
    )
    standard = Layout.model_validate(
        {"name": "b", "records": "csv", "items": [{"name": "a", "type": "X", "length": 2}]}
    )
    mapping = Mapping.model_validate({"from": "a", "to": "b", "items": [{"from": "a", "to": "a"}]})
    a, b = Form(layout=legacy, tables=()), Form(layout=standard, profile=CsvProfile())
    content = samples.run(compile_conversion(a, b, mapping), tmp_path, b"01  03")
    assert list(csv.reader(io.StringIO(content.decode()))) == [["a"], ["01"], [""], ["03"]]
