"""How standardized files look on the outside: packed, quoted, with one header line or two, by the profile."""

import csv
import gzip
import io
import subprocess
import zipfile

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats import BadRecords, compile_conversion, count_records
from gateway.formats.standardized.delimited import CsvRecords

PACKINGS = ["gzip", "zip"]


def pair(**profile):
    form = samples.csv_form(**profile)
    return (
        form,
        compile_conversion(form, samples.legacy_form(), samples.mapping()),
        compile_conversion(samples.legacy_form(), form, samples.mapping()),
    )


def packed(kind, content):
    if kind == "gzip":
        return gzip.compress(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("any name.csv", content)
    return out.getvalue()


def refused(converter, folder, content):
    with pytest.raises(BadRecords) as raised:
        samples.run(converter, folder, content)
    assert not (folder / "out").exists()
    return raised.value.report.records[0].rule


@pytest.mark.parametrize("kind", PACKINGS)
def test_a_packed_file_is_converted_and_proved_both_ways(tmp_path, kind):
    form, down, up = pair(compression=kind)
    raw = samples.run(down, tmp_path, packed(kind, samples.ROWS.encode()))
    assert raw == samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    down_again = tmp_path / "again"
    done = up.convert(tmp_path / "out", down_again)
    assert (done.records_out, done.bytes_out) == (3, down_again.stat().st_size)
    up.verify(tmp_path / "out", down_again)
    assert count_records(form, down_again) == 3


def test_other_programs_unpack_what_was_packed(tmp_path):
    _, _, up = pair(compression="gzip")
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    (tmp_path / "g.gz").write_bytes(samples.run(up, tmp_path, raw))
    shown = subprocess.run(
        ["/usr/bin/env", "gzip", "-dc", str(tmp_path / "g.gz")], check=True, capture_output=True
    )
    assert shown.stdout.decode() == samples.ROWS
    _, _, up = pair(compression="zip", member="001o001.csv")
    with zipfile.ZipFile(io.BytesIO(samples.run(up, tmp_path, raw))) as archive:
        assert archive.namelist() == ["001o001.csv"]
        assert archive.read("001o001.csv").decode() == samples.ROWS


@pytest.mark.parametrize("kind", PACKINGS)
def test_the_same_records_are_packed_to_the_same_bytes(tmp_path, kind, monkeypatch):
    _, _, up = pair(compression=kind)
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    first = samples.run(up, tmp_path, raw)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert samples.run(up, tmp_path, raw) == first


@pytest.mark.parametrize("kind", PACKINGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(data=st.data())
def test_a_damaged_or_cut_package_is_refused_or_right(tmp_path, kind, data):
    _, down, _ = pair(compression=kind)
    whole = packed(kind, samples.ROWS.encode())
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    if damaged:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(0, 255))
    try:
        found = samples.run(down, tmp_path, bytes(damaged))
    except BadRecords:
        return
    assert found == samples.run(samples.down(), tmp_path, samples.ROWS.encode())


@pytest.mark.parametrize("kind", PACKINGS)
def test_a_package_that_grows_beyond_all_measure_is_refused_and_nothing_of_it_kept(tmp_path, kind):
    _, down, _ = pair(compression=kind)
    bomb = packed(kind, samples.ROWS.encode() + bytes(64 << 20))
    assert len(bomb) < 200_000
    assert refused(down, tmp_path, bomb) == "compression"


def test_a_profile_says_how_much_a_package_may_grow(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.formats.compression._ALWAYS_ALLOWED", 0)
    head, body = samples.ROWS.split("\n", 1)
    bomb = packed("gzip", (head + "\n" + body * 20).encode())
    _, strict, _ = pair(compression="gzip", expands=2)
    assert refused(strict, tmp_path, bomb) == "compression"
    _, lenient, _ = pair(compression="gzip", expands=2000)
    assert lenient.convert(tmp_path / "in", tmp_path / "made").records_in == 60


def test_an_archive_of_several_files_or_of_none_is_refused(tmp_path):
    _, down, _ = pair(compression="zip")
    for names in ((), ("a.csv", "b.csv")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, samples.ROWS)
        assert refused(down, tmp_path, out.getvalue()) == "compression"
    assert refused(down, tmp_path, samples.ROWS.encode()) == "compression"


def test_a_plain_file_is_not_taken_for_a_packed_one(tmp_path):
    _, down, _ = pair(compression="gzip")
    assert refused(down, tmp_path, samples.ROWS.encode()) == "compression"


def test_two_header_lines_hold_the_ids_and_the_names(tmp_path):
    items = [item | {"id": item.get("id", f"0310009{at}")} for at, item in enumerate(samples.STANDARD_ITEMS)]
    form = samples.csv_form(samples.standard(items=items), header="ids-names")
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    up = compile_conversion(samples.legacy_form(), form, samples.mapping())
    written = samples.run(up, tmp_path, raw)
    assert written.decode().splitlines()[:2] == [
        "03100001,03100003,03100008,03100011,03100012,03100095,03100096",
        samples.ROWS.splitlines()[0],
    ]
    (tmp_path / "csv").write_bytes(written)
    assert count_records(form, tmp_path / "csv") == 3
    down = compile_conversion(form, samples.legacy_form(), samples.mapping())
    assert samples.run(down, tmp_path, written) == raw
    assert refused(down, tmp_path, b"\n".join(written.split(b"\n")[1:])) == "header"


def test_all_but_numbers_may_stand_in_quotes_as_python_quotes_them(tmp_path):
    form, down, up = pair(quoting="text")
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    written = samples.run(up, tmp_path, raw)
    out = io.StringIO()
    rows = list(csv.reader(io.StringIO(samples.ROWS)))
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows[1:]:
        writer.writerow([*row[:5], int(row[5]), float(row[6])])
    assert written.decode().replace("12.50", "12.5") == out.getvalue()
    assert samples.run(down, tmp_path, written) == raw
    assert form.compiled()[1] == ()


def test_without_quotes_a_value_that_needs_them_is_refused_both_ways(tmp_path):
    form, down, up = pair(quoting="none")
    raw = samples.run(samples.down(), tmp_path, samples.ROWS.encode())
    assert samples.run(up, tmp_path, raw).decode() == samples.ROWS
    assert refused(down, tmp_path, samples.ROWS.replace("2,1950", '"2",1950').encode()) == "quotes"
    records, _ = form.compiled()
    assert isinstance(records, CsvRecords)
    _, wrong = records.writer().put(['1,"', "", "", "", "", "", ""], {})
    assert [error.rule for _, error in wrong] == ["quotes"]
