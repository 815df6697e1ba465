"""Log lines in systemd's journal, as the real journald takes them and journalctl shows them."""

import logging
from contextlib import closing, contextmanager
from zoneinfo import ZoneInfo

import pytest

from gateway import events
from gateway.cli.run import log_of
from gateway.load import load
from gateway.logs.journald import entry
from gateway.logs.log import handler_for, open_log
from gateway.times.clock import SystemClock
from tests.support.city import Town
from tests.support.servers.journald import journald


@pytest.fixture
def server(tmp_path):
    with journald(tmp_path / "j") as running:
        yield running


@contextmanager
def opened(server, *, text=False):
    handler = handler_for(stream=None, journald=str(server.socket))
    with closing(handler):
        zone = ZoneInfo("Asia/Tokyo")
        yield open_log(handler, gateway="mihon", level="info", text=text, clock=SystemClock(), zone=zone)


def test_each_key_is_a_field_by_which_journalctl_finds_the_line(server):
    with opened(server, text=True) as log:
        log.emit(events.FILE_HELD, route="kaigo", file="here:a.dat", reason="bad_records", error="record 3")
        log.emit(events.FILE_CARRIED, route="juki", bytes=12)
        log.emit(events.ROUTE_RUN, route="kaigo")
    (line,) = server.read("LGW_ROUTE=kaigo")
    found = {key: value for key, value in line.items() if key.startswith("LGW_") or key == "PRIORITY"}
    assert found.pop("LGW_NEXT_ACTION")
    assert found == {
        "PRIORITY": "3",
        "LGW_EVENT": "file_held",
        "LGW_MESSAGE_ID": "LGW-1201-E",
        "LGW_GATEWAY": "mihon",
        "LGW_ROUTE": "kaigo",
        "LGW_FILE": "here:a.dat",
        "LGW_REASON": "bad_records",
        "LGW_ERROR": "record 3",
    }
    assert line["SYSLOG_IDENTIFIER"] == "linkage-gateway"
    assert "LGW-1201-E the file waits for a person" in line["MESSAGE"]


def test_a_value_of_several_lines_stays_one_value_and_adds_no_field(server):
    with opened(server) as log:
        log.emit(events.ENDPOINT_DOWN, endpoint="host", error="refused\nLGW_ROUTE=forged\nMESSAGE=forged")
    (line,) = server.read("SYSLOG_IDENTIFIER=linkage-gateway")
    assert line["LGW_ERROR"] == "refused\nLGW_ROUTE=forged\nMESSAGE=forged"
    assert "LGW_ROUTE" not in line


def test_what_is_too_long_for_a_datagram_arrives_whole(server):
    with opened(server) as log:
        log.emit(events.ENDPOINT_DOWN, endpoint="host", error="x" * 700_000)
    (line,) = server.read("SYSLOG_IDENTIFIER=linkage-gateway")
    assert line["LGW_ERROR"] == "x" * 700_000


def test_the_configuration_names_it_in_one_word_or_by_its_socket(tmp_path):
    town = Town(tmp_path)
    text = (tmp_path / "config/gateway.yaml").read_text()
    for written, address in (
        ("journald", "/run/systemd/journal/socket"),
        ("{journald: /run/systemd/journal.city/socket}", "/run/systemd/journal.city/socket"),
    ):
        town.write("gateway.yaml", text + f"log: {{to: {written}}}\n")
        city = load(tmp_path / "config")
        assert city.installation.log.to.journald == address
        log_of(city)


def test_a_journal_that_is_away_costs_the_line_alone(tmp_path, monkeypatch):
    lost = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda handler, record: lost.append(record))
    handler = handler_for(stream=None, journald=str(tmp_path / "nobody"))
    zone = ZoneInfo("Asia/Tokyo")
    log = open_log(handler, gateway="mihon", level="info", text=True, clock=SystemClock(), zone=zone)
    log.emit(events.GATEWAY_STARTED)
    assert len(lost) == 1


def test_an_entry_is_written_as_the_protocol_says():
    """The example of https://systemd.io/JOURNAL_NATIVE_PROTOCOL/, with our fields."""
    assert entry("Hello", "info", {"route": "r", "message": "Hello", "level": "info"}) == (
        b"MESSAGE=Hello\nPRIORITY=6\nSYSLOG_IDENTIFIER=linkage-gateway\nLGW_ROUTE=r\n"
    )
    assert entry("a\nb", "error", {}).startswith(
        b"MESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\nPRIORITY=3\n"
    )
