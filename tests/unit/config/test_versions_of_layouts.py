"""A layout that changes on a day: the business date of a file chooses its version."""

from datetime import date

import pytest
from written_city import FILES, ROUTE, write_city

from gateway.load import load
from gateway.model import Format

MASTER = FILES["layouts/juki-master.yaml"]
LONGER = MASTER.replace("length: 35", "length: 45").replace("length: 20", "length: 30")
VERSION = "layouts/juki-master@2027-04-01.yaml"
NAME = "juki-to-linkage-master"
LAST, FIRST = date(2027, 3, 31), date(2027, 4, 1)


def city(folder, changes):
    return load(write_city(folder, changes), environment={})


def length(loaded, on):
    converter = loaded.converter(loaded.routes[NAME], Format.STANDARD, Format.LEGACY, on)
    return converter.target.layout.length


def test_a_file_of_the_last_day_is_written_in_the_old_layout_and_one_of_the_first_in_the_new(tmp_path):
    loaded = city(tmp_path, {VERSION: LONGER})
    assert loaded.errors == ()
    assert (length(loaded, None), length(loaded, LAST), length(loaded, FIRST)) == (35, 35, 45)
    form = loaded.form(loaded.routes[NAME], "to", Format.LEGACY, business_date=date(2030, 1, 1))
    assert form.layout.name == "juki-master@2027-04-01"


def test_the_latest_version_that_holds_is_taken(tmp_path):
    later = LONGER.replace("length: 45", "length: 55").replace("length: 30", "length: 40")
    loaded = city(tmp_path, {"layouts/juki-master@2028-04-01.yaml": later, VERSION: LONGER})
    days = [LAST, FIRST, date(2028, 3, 31), date(2028, 4, 1), date(2031, 1, 1)]
    assert [length(loaded, day) for day in days] == [35, 45, 45, 55, 55]


def test_a_version_that_its_mapping_cannot_write_rejects_the_route_and_says_which(tmp_path):
    loaded = city(tmp_path, {VERSION: LONGER.replace("name: 氏名", "name: 名前")})
    assert NAME in loaded.rejected
    told = [(fault.file, fault.message) for fault in loaded.errors]
    assert any("layout juki-master@2027-04-01 has no item 氏名" in message for _, message in told)


def test_a_new_version_changes_the_route_s_digest(tmp_path):
    before = city(tmp_path / "a", {}).digest(NAME)
    assert city(tmp_path / "b", {VERSION: LONGER}).digest(NAME) != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("layouts/juki-master@spring.yaml", "@ and a date"),
        ("layouts/nothing@2027-04-01.yaml", "a version of layout nothing, which is missing"),
    ],
)
def test_a_version_of_no_date_or_of_no_layout_is_a_fault_of_its_file(tmp_path, name, message):
    told = {fault.file: fault.message for fault in city(tmp_path, {name: LONGER}).errors}
    assert message in told[name]


def test_a_route_does_not_run_on_a_layout_with_a_broken_version(tmp_path):
    loaded = city(tmp_path, {VERSION: LONGER + "nonsense: 1\n"})
    assert NAME in loaded.rejected
    assert VERSION in {fault.file for fault in loaded.errors}


def test_a_sensitive_item_of_a_later_version_needs_legal_ground_too(tmp_path):
    marked = LONGER.replace("name: 氏名, type: text", "name: 氏名, sensitive: [protected-person], type: text")
    loaded = city(tmp_path, {VERSION: marked})
    (fault,) = loaded.errors
    assert (fault.file, "marked protected-person" in fault.message) == (ROUTE, True)
    stated = FILES[ROUTE] + "carries: {protected-person: 住民基本台帳法第12条}\n"
    assert city(tmp_path, {VERSION: marked, ROUTE: stated}).errors == ()
