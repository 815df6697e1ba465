"""Keys and authorities of hosts are trusted from an instant until another one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters import trust
from adapters.errors import NoAccess
from adapters.options import FtpOptions, SftpOptions

LOGIN = {"user": "RENKEI", "password": {"env": "X"}}
OLD, NEW = ("SHA256:" + letter * 43 for letter in "on")
CHANGE, END = "2027-02-01T00:00:00+09:00", "2027-02-08T00:00:00+09:00"
KEYS = [{"key": OLD, "until": END}, {"key": NEW, "from": CHANGE}]
A_MOMENT = timedelta(microseconds=1)


def keys_at(instant: datetime) -> list[str]:
    hop = {"host": "j", "login": LOGIN, "host_key": KEYS}
    given = {"host": "h", "login": LOGIN, "host_key": KEYS, "jump": hop}
    options = trust.at(SftpOptions.model_validate(given), instant)
    assert options.jump is not None
    assert options.jump.host_key == options.host_key
    return [one.key for one in options.host_key]


def test_both_keys_are_trusted_while_one_is_being_replaced_and_one_before_and_after() -> None:
    change, end = datetime.fromisoformat(CHANGE), datetime.fromisoformat(END)
    assert keys_at(change - A_MOMENT) == [OLD]
    assert keys_at(change) == keys_at(end - A_MOMENT) == [OLD, NEW]
    assert keys_at(end) == [NEW]


def test_what_has_no_dates_stays_the_same_object() -> None:
    options = SftpOptions.model_validate({"host": "h", "login": LOGIN, "host_key": [OLD, NEW]})
    assert trust.at(options, datetime.fromisoformat(CHANGE)) is options


def test_an_authority_whose_time_is_over_leaves_nobody_and_never_everybody() -> None:
    ca = {"file": "/ca.pem", "until": CHANGE}
    options = FtpOptions.model_validate({"host": "h", "login": LOGIN, "ca": ca})
    with pytest.raises(NoAccess, match="no ca of this endpoint is trusted"):
        trust.context(trust.at(options, datetime.fromisoformat(CHANGE)).ca)


def test_a_file_that_holds_no_authority_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "absent.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").touch()
        options = FtpOptions.model_validate({"host": "h", "login": LOGIN, "ca": str(file)})
        with pytest.raises(NoAccess, match=file.name):
            trust.context(options.ca)
