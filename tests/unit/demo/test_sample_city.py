"""The sample city's configuration as it is delivered."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cutover import EndFormat, RouteFormat
from gateway.demo.seed import KAIGO_MOVES, ROUTES
from gateway.load import City, load
from gateway.model import Format, Phase

CONFIG = Path(__file__).parents[3] / "config"
ANY_DAY = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1))
ITEMS = [f"031000{number:02}" for number in range(1, 30) if number != 2]


@pytest.fixture(scope="module")
def city() -> City:
    return load(CONFIG)


def formats_of(city: City, name: str) -> RouteFormat:
    source, to = (
        EndFormat(system=city.systems[end.system].standard_from, end=end.own_date)
        for end in (city.routes[name].source, city.routes[name].to)
    )
    return RouteFormat(source=source, to=to)


def test_it_is_accepted_without_an_error_or_a_warning(city):
    assert [str(fault) for fault in city.faults] == []
    assert city.usable
    assert set(city.routes) == set(ROUTES)


@given(day=ANY_DAY)
def test_all_three_phases_are_seen_on_any_day(city, day):
    instant = day.replace(tzinfo=city.installation.zone)
    phases = {formats_of(city, name).phase_at(instant) for name in city.routes}
    assert phases == set(Phase)


def test_the_senders_move_care_insurance_at_the_instant_of_its_system(city):
    assert city.systems["kaigo"].standard_from == KAIGO_MOVES


def test_care_insurance_is_converted_before_its_move_and_passes_through_from_then_on(city):
    formats = formats_of(city, "kaigo-to-atena")
    assert formats.at(KAIGO_MOVES - timedelta(seconds=1)) == (Format.LEGACY, Format.STANDARD)
    assert formats.at(KAIGO_MOVES) == (Format.STANDARD, Format.STANDARD)
    assert city.converter(city.routes["kaigo-to-atena"], Format.LEGACY, Format.STANDARD) is not None
    assert city.converter(city.routes["kaigo-to-atena"], Format.STANDARD, Format.STANDARD) is None


@pytest.mark.parametrize(
    ("route", "source", "to"),
    [
        ("juki-to-linkage-master", Format.STANDARD, Format.LEGACY),
        ("tax-host-to-shuno", Format.LEGACY, Format.STANDARD),
        ("kaigo-to-atena", Format.LEGACY, Format.STANDARD),
    ],
)
def test_every_conversion_of_the_city_carries_back_all_that_it_carries(city, route, source, to):
    converter = city.converter(city.routes[route], source, to)
    assert converter is not None
    assert converter.reversible


def test_the_addressees_have_the_published_items_without_the_personal_number(city):
    form = city.form(city.routes["kaigo-to-atena"], "to", Format.STANDARD)
    assert form is not None
    assert [item.id for item in form.layout.items] == ITEMS


def test_no_secret_stands_in_the_configuration():
    for path in CONFIG.rglob("*.yaml"):
        lines = path.read_text("utf-8").splitlines()
        secret = [line for line in lines if any(word in line for word in ("password:", "_key: {"))]
        assert all("{env: " in line for line in secret), path.name


def test_resident_records_are_written_back_every_ten_minutes(city):
    assert city.routes["juki-to-linkage-master"].schedule.every == timedelta(minutes=10)
