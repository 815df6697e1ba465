"""The sample city's own bytes against the gateway's conversion: two independent ways to one result."""

from pathlib import Path

import pytest
import yaml

from gateway.demo import samples
from gateway.demo.citizens import CITIZENS, address_number
from gateway.demo.samples import Drawn, Sample
from gateway.formats import (
    CharacterTable,
    Converter,
    CsvProfile,
    Form,
    Layout,
    Mapping,
    compile_conversion,
    run_golden,
)

CONFIG = Path(__file__).parents[3] / "config"
DRAWN = Drawn(serial=77, day="2027-01-04", records=200)


def written(kind: str, name: str) -> dict:
    return yaml.safe_load((CONFIG / kind / f"{name}.yaml").read_text("utf-8"))


def form(name: str) -> Form:
    layout = Layout.model_validate({**written("layouts", name), "name": name})
    tables = tuple(table(each) for each in layout.characters)
    profile = (
        CsvProfile.model_validate(written("profiles", "standard-csv")) if layout.records == "csv" else None
    )
    return Form(layout=layout, profile=profile, tables=tables)


def table(name: str) -> CharacterTable:
    path = CONFIG / "characters" / f"{name}.csv"
    return CharacterTable.parse(path.read_text("utf-8"), source=str(path))


def conversion(source: str, target: str, mapping: str) -> Converter:
    return compile_conversion(
        form(source), form(target), Mapping.model_validate(written("mappings", mapping))
    )


CONVERSIONS = [
    pytest.param(samples.resident_changes, ("juki-standard", "juki-master", "juki-to-master"), id="juki"),
    pytest.param(samples.payments, ("shuno-extract", "shuno-standard", "shuno-to-standard"), id="shuno"),
    pytest.param(
        samples.addressees, ("kaigo-atena", "atena-standard", "kaigo-atena-to-standard"), id="kaigo"
    ),
]


@pytest.mark.parametrize(("make", "names"), CONVERSIONS)
def test_the_gateway_converts_what_is_sent_into_what_the_senders_expect(make, names, tmp_path):
    sample: Sample = make(DRAWN)
    (tmp_path / "sent").write_bytes(sample.sent)
    converter = conversion(*names)
    done = converter.convert(tmp_path / "sent", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == sample.expected
    assert (done.records_in, done.records_out) == (sample.records, sample.records)
    converter.verify(tmp_path / "sent", tmp_path / "out")


@pytest.mark.parametrize(("make", "names"), CONVERSIONS)
def test_the_golden_cases_of_the_sample_mappings_hold(make, names):
    assert run_golden(conversion(*names)) == ()


@pytest.mark.parametrize(
    "make", [samples.resident_changes, samples.payments, samples.addressees, samples.debits]
)
def test_a_sample_is_the_same_at_every_making_and_differs_by_its_serial(make):
    assert make(DRAWN) == make(DRAWN)
    other = Drawn(serial=78, day=DRAWN.day, records=DRAWN.records)
    assert make(other).sent != make(DRAWN).sent
    assert make(other).expected != make(DRAWN).expected


def test_records_have_the_lengths_of_the_layouts():
    assert len(samples.resident_changes(DRAWN).expected) == 200 * DRAWN.records
    assert len(samples.payments(DRAWN).sent) == 120 * DRAWN.records
    assert len(samples.addressees(DRAWN).sent) == 332 * DRAWN.records
    assert {len(line) for line in samples.debits(DRAWN).sent.splitlines()} == {120}


def test_the_samples_hold_what_breaks_converters():
    text = samples.resident_changes(DRAWN).sent.decode()
    for what in ("髙", "﨑", "𠮷", "葛\U000e0100", "1938-03-00", "昭和１０年頃"):
        assert what in text
    assert ",-12300," in samples.payments(DRAWN).expected.decode()
    assert bytes.fromhex("00000012300D") in samples.payments(DRAWN).sent
    assert "ﾀﾞ".encode("cp932") in samples.addressees(DRAWN).sent


def test_address_numbers_are_unique_and_carry_the_published_check_digit():
    numbers = [address_number(serial) for serial in range(2000)]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(number[:-1])))
        assert (weighted + int(number[-1])) % 11 == 0


def test_no_citizen_has_a_number_of_twelve_digits():
    assert not any(len(value) == 12 and value.isdigit() for who in CITIZENS for value in vars(who).values())
