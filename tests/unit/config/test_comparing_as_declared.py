from datetime import UTC, datetime

import pytest
from written_city import FILES, ROUTE, write_city

from gateway.comparison import Normaliser, Tolerance
from gateway.load import load
from gateway.load.comparing import rules_of

NOW = datetime(2027, 1, 1, tzinfo=UTC)
REGISTER = """\
title: 並行稼働中の許容差
tolerances:
  - {rule: width, items: [氏名], reason: 旧は半角, owner: 情報政策課, expires: 2027-03-31}
  - {rule: any, within: 1, items: 氏名, at_most: 10, reason: 端数, owner: 税務課, expires: 2026-12-31}
  - {rule: only-old, reason: 除票, owner: 市民課, expires: 2027-01-31}
"""


def city(folder, compare, **more):
    files = {ROUTE: FILES[ROUTE] + f"compare: {compare}\n", "tolerances/juki.yaml": REGISTER, **more}
    return load(write_city(folder, files), environment={}, now=NOW)


def told(found, *, severity="error"):
    return [str(fault) for fault in found.faults if fault.severity == severity]


def test_a_route_that_compares_is_accepted_with_its_rules(tmp_path):
    found = city(tmp_path, "{key: 宛名番号, normalise: {氏名: [padding, width]}, tolerances: [juki]}")
    assert told(found) == []
    route = found.routes["juki-to-linkage-master"]
    rules = rules_of(
        route.compare, found.conversions.library.layouts["juki-master"], found.conversions.library
    )
    assert [pair.name for pair in rules.pairs] == ["宛名番号", "氏名"]
    assert rules.items[0].normalisers == (Normaliser(kind="padding"), Normaliser(kind="width"))
    assert [(one.kind, one.owner) for one in rules.tolerances] == [
        ("normaliser", "情報政策課"),
        ("within", "税務課"),
        ("only-old", "市民課"),
    ]
    assert isinstance(rules.tolerances[0], Tolerance)


def test_check_warns_of_a_tolerance_that_has_expired_and_names_whom_to_ask(tmp_path):
    (warning,) = [
        one for one in told(city(tmp_path, "{key: 宛名番号}"), severity="warning") if "tolerances/" in one
    ]
    assert warning.startswith("tolerances/juki.yaml:4:")
    assert "has expired, and its differences count again; ask 税務課" in warning


@pytest.mark.parametrize(
    ("compare", "said"),
    [
        ("{}", "key is missing"),
        ("{key: 宛名}", "layout juki-master has no item 宛名; did you mean 宛名番号?"),
        ("{key: 宛名番号, totals: 税}", "has no item 税"),
        ("{key: 宛名番号, with: shadow}", "with: shadow needs a shadow place"),
        ("{key: 宛名番号, with: later}", "must be"),
        ("{key: 宛名番号, tolerances: [jukki]}", "unknown tolerance register jukki; did you mean juki?"),
        ("{key: 宛名番号, normalise: {氏名: widht}}", "must be padding, zeros, number, date, width"),
        ("{key: 宛名番号, normalise: {氏名: {codes: sex}}}", "unknown lookup table sex"),
        ("{key: 宛名番号, normalise: {氏名: {form: GYY}}}", "form"),
        ("{key: 氏名, tolerances: [juki]}", "a tolerance cannot be for it"),
    ],
)
def test_a_fault_in_compare_rejects_its_route_and_says_what_to_write(tmp_path, compare, said):
    found = city(tmp_path, compare)
    assert "juki-to-linkage-master" in found.rejected
    assert "kaigo-inside" in found.routes
    (fault,) = told(found)
    assert said in fault


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{rule: any, reason: r, owner: o, expires: 2027-01-01}", "items is needed"),
        ("{rule: only-new, items: 氏名, reason: r, owner: o, expires: 2027-01-01}", "have none"),
        ("{rule: width, within: 1, items: 氏名, reason: r, owner: o, expires: 2027-01-01}", "within belongs"),
        ("{rule: any, items: 氏名, reason: r, expires: 2027-01-01}", "owner is missing"),
        ("{rule: any, items: 氏名, reason: r, owner: o}", "expires is missing"),
    ],
)
def test_a_tolerance_without_scope_owner_or_last_day_is_refused(tmp_path, entry, said):
    files = {"tolerances/juki.yaml": f"tolerances:\n  - {entry}\n"}
    faults = [one for one in told(city(tmp_path, "{key: 宛名番号}", **files)) if "tolerances/" in one]
    assert len(faults) == 1
    assert said in faults[0]


OWN = "routes/vendor-a/tolerances/own.yaml"
MAY = FILES["gateway.yaml"].replace(
    "vendor-a: {title: A社}", "vendor-a: {title: A社, may_use: {tolerances: true}}"
)


def test_a_vendor_goes_by_registers_of_its_own_where_operators_let_it(tmp_path):
    assert FILES["gateway.yaml"] != MAY
    more = {OWN: REGISTER.replace("市民課", "A社"), "gateway.yaml": MAY}
    found = city(tmp_path, "{key: 宛名番号, tolerances: [own]}", **more)
    assert told(found) == []
    route, library = found.routes["juki-to-linkage-master"], found.conversions.library
    rules = rules_of(route.compare, library.layouts["juki-master"], library)
    assert [one.owner for one in rules.tolerances] == ["情報政策課", "税務課", "A社"]


def test_a_vendor_tolerates_nothing_by_itself(tmp_path):
    found = city(tmp_path, "{key: 宛名番号, tolerances: [juki, own]}", **{OWN: REGISTER})
    (fault,) = told(found)
    assert fault.partition(": ")[2] == (
        "vendor-a may not tolerate differences by itself; have own put into tolerances/, or operators write "
        "may_use: {tolerances: true} for vendor-a"
    )
    assert "juki-to-linkage-master" in found.rejected


def test_a_vendors_register_is_nothing_to_another_ones_routes(tmp_path):
    theirs = OWN.replace("vendor-a", "vendor-b")
    found = city(tmp_path, "{key: 宛名番号, tolerances: [own]}", **{theirs: REGISTER, "gateway.yaml": MAY})
    (fault,) = told(found)
    assert "unknown tolerance register own; " in fault
