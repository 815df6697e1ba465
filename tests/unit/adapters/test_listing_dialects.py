"""Lines as hosts write them. z/OS: after published transcripts; IBM's manual (SC27-3662) was not at hand."""

from __future__ import annotations

import re
from datetime import date
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import UnreadableListing
from adapters.ftp import listing
from adapters.ftp.listing import DIALECTS, Kind, Line, lasting_time, parse


def _one(dialect: str, raw: str) -> Line:
    return parse(dialect, [raw]).lines[0]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "-rw-r--r--    1 0        0               3 Nov 23 08:44 a.txt",
            Line(name="a.txt", size=3, time="Nov 23 08:44"),
        ),
        (
            "-rw-r--r--   1 ftp      ftp      1234567890 Jan  4  2026 JUKI 2027.dat",
            Line(name="JUKI 2027.dat", size=1_234_567_890, time="Jan 4 2026"),
        ),
        (
            "-rw-rw----+  1 renkei   domain users   17 Feb 29 00:00  leading blank",
            Line(name=" leading blank", size=17, time="Feb 29 00:00"),
        ),
        ("-rw-r--r-- 1 owner 99 Nov 23 08:44 nogroup", Line(name="nogroup", size=99, time="Nov 23 08:44")),
        (
            "-rw-r--r-- 1 a b 5 2026-11-23 08:44 iso.csv",
            Line(name="iso.csv", size=5, time="2026-11-23 08:44"),
        ),
        ("-rw-r--r-- 1 a b 5 11月 23 08:44 異動.csv", Line(name="異動.csv", size=5, time="11月 23 08:44")),
        (
            "-rw-r--r-- 1 a b 5 11月23日 2025年 異動.csv",
            Line(name="異動.csv", size=5, time="11月23日 2025年"),
        ),
        ("-rw-r--r-- 1 a b 5 23 Nov 08:44 x", Line(name="x", size=5, time="23 Nov 08:44")),
        (
            "drwxr-xr-x    2 0        0            4096 Nov 23 08:44 sub",
            Line(name="sub", kind=Kind.FOLDER, size=4096, time="Nov 23 08:44"),
        ),
        (
            "lrwxrwxrwx 1 a b 5 Nov 23 08:44 l -> a.txt",
            Line(name="l -> a.txt", kind=Kind.OTHER, size=5, time="Nov 23 08:44"),
        ),
    ],
)
def test_unix_lines(raw: str, line: Line) -> None:
    assert _one("unix", raw) == line


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "11-23-26  08:15AM             12345 JUKI.csv",
            Line(name="JUKI.csv", size=12345, time="11-23-26 08:15AM"),
        ),
        (
            "11-23-2026  08:15PM       <DIR>          out",
            Line(name="out", kind=Kind.FOLDER, time="11-23-2026 08:15PM"),
        ),
        (
            "2026/11/23  08:15          1,234 two  blanks.csv",
            Line(name="two  blanks.csv", size=1234, time="2026/11/23 08:15"),
        ),
    ],
)
def test_windows_lines(raw: str, line: Line) -> None:
    assert _one("windows", raw) == line


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "type=file;size=25730;modify=19940728095854;perm=; cap.txt",
            Line(name="cap.txt", size=25730, time="19940728095854"),
        ),
        (
            "Type=dir;Modify=19981107085215;Perm=el; tmp",
            Line(name="tmp", kind=Kind.FOLDER, time="19981107085215"),
        ),
        (
            "Type=cdir;Modify=19981107085215;Perm=el; .",
            Line(name=".", kind=Kind.OTHER, time="19981107085215"),
        ),
        (
            "Size=1024990;Modify=19980130010322.123;Type=file; a name; with=signs",
            Line(name="a name; with=signs", size=1024990, time="19980130010322.123"),
        ),
        ("type=OS.unix=slink:/x;unique=1; link", Line(name="link", kind=Kind.OTHER)),
    ],
)
def test_mlsd_lines_as_in_rfc_3659(raw: str, line: Line) -> None:
    assert _one("mlsd", raw) == line


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        ("APCSPL 3380D  08/03/97  1    1  FB      80  8800  PS  ETC.RPC", "ETC.RPC", Kind.FILE),
        ("CPDLB4        2008/10/31  1    1  VB     256  6233  PS  FIFO.DEMO", "FIFO.DEMO", Kind.FILE),
        ("CPDLB1 3390   2008/11/11  1    2  FB      80  3120  PO  ISPF.ISPPROF", "ISPF.ISPPROF", Kind.FOLDER),
        ("CPDLB1 3390   2008/11/11  1    2  U     6144  6144  PO-E 'SYS1.LINK'", "'SYS1.LINK'", Kind.FOLDER),
        ("CPDLB3 3390   2008/11/11  9+++++  VBS   4000  2000  PS  TEST.ABC", "TEST.ABC", Kind.FILE),
        ("CPDLB3 3390   **NONE**    1    9  FB     80327600  PS  TEST.ABC", "TEST.ABC", Kind.FILE),
        (
            "Migrated                                                RENKEI.JUKI.G0001V00",
            "RENKEI.JUKI.G0001V00",
            Kind.FILE,
        ),
        ("ARCIVE Not Direct Access Device                          TAX.ON.TAPE", "TAX.ON.TAPE", Kind.FILE),
        ("Pseudo Directory                                          ETC", "ETC", Kind.OTHER),
        (" TBSHELF   01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001", "TBSHELF", Kind.FILE),
        ("MEMBER1", "MEMBER1", Kind.FILE),
    ],
)
def test_mainframe_lines(raw: str, name: str, kind: Kind) -> None:
    line = _one("mvs", raw)
    assert (line.name, line.kind, line.size) == (name, kind, None)


def test_the_date_of_the_last_reading_is_no_part_of_a_dataset() -> None:
    before = _one("mvs", "CPDLB3 3390   2008/11/11  1    1  FB   80  2000  PS  TEST.ABC")
    after = _one("mvs", "CPDLB3 3390   2026/11/23  1    1  FB   80  2000  PS  TEST.ABC")
    assert before == after


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "BAILEYSE    5263360 06/11/97 12:27:39 *FILE      BPTFSAVF.SAVF",
            Line(name="BPTFSAVF.SAVF", time="06/11/97 12:27:39"),
        ),
        (
            "RENKEI         1234 26/11/23 08:15:00 *STMF      a name with blanks.csv",
            Line(name="a name with blanks.csv", size=1234, time="26/11/23 08:15:00"),
        ),
        ("RENKEI                                *MEM       JUKI.DATA", Line(name="JUKI.DATA")),
        (
            "QSYS      3584  11/15/95 16:15:33 *FILE    /QSYS.LIB/QSYS.LIB/QPRTRPYL.PRTF",
            Line(name="QPRTRPYL.PRTF", kind=Kind.FOLDER, time="11/15/95 16:15:33"),
        ),
        (
            "/QDLS/ARM          0 11/09/95 07:19:30 DIR",
            Line(name="ARM", kind=Kind.FOLDER, time="11/09/95 07:19:30"),
        ),
        (
            "QSYS          69632 26/11/23 08:15:00 *DIR       out/",
            Line(name="out", kind=Kind.FOLDER, time="26/11/23 08:15:00"),
        ),
        ("-rwx---rwx 1 RENKEI 0 5 Nov 23 08:15 a.csv", Line(name="a.csv", size=5, time="Nov 23 08:15")),
    ],
)
def test_ibm_i_lines_of_both_list_formats(raw: str, line: Line) -> None:
    assert _one("os400", raw) == line


ABSURD = "9" * 19


@pytest.mark.parametrize(
    ("dialect", "raw"),
    [
        ("unix", f"-rw-r--r-- 1 a b {ABSURD} Nov 23 08:44 absurd.csv"),
        ("unix", f"-rw-r--r-- 1 a b {'9' * 5000} Nov 23 08:44 absurd.csv"),
        ("windows", f"11-23-26  08:44AM  {ABSURD} absurd.csv"),
        ("windows", "11-23-26  08:44AM  , absurd.csv"),
        ("os400", f"/renkei/a/absurd.csv {ABSURD} 26/11/23 08:44:00 STMF"),
    ],
)
def test_a_line_whose_size_is_none_is_counted_and_not_understood(dialect: str, raw: str) -> None:
    good = {
        "unix": "-rw-r--r-- 1 a b 5 Nov 23 08:44 a.csv",
        "windows": "11-23-26  08:44AM  5 a.csv",
        "os400": "/renkei/a/a.csv 5 26/11/23 08:44:00 STMF",
    }[dialect]
    found = parse(dialect, [f"{good}\n{raw}"])
    assert ([line.size for line in found.lines], found.unparsed) == ([5], 1)


def test_an_absurd_size_of_mlsd_is_no_size() -> None:
    assert _one("mlsd", f"type=file;size={ABSURD};modify=20261123084400; absurd.csv").size is None


def test_headings_and_totals_name_nothing() -> None:
    assert parse("unix", ["total 8"]).lines == ()
    assert parse("mvs", ["Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"]).lines == ()
    assert parse("mvs", [" Name     VV.MM   Created       Changed      Size  Init   Mod   Id"]).lines == ()
    assert parse("unix", []).lines == ()


def test_lines_that_are_not_understood_are_counted() -> None:
    listed = parse("unix", ["-rw-r--r-- 1 a b 5 Nov 23 08:44 a", "?? broken line"])
    assert (len(listed.lines), listed.unparsed) == (1, 1)


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - {"nlst"}))
def test_a_listing_of_which_nothing_is_understood_is_an_error_and_never_empty(dialect: str) -> None:
    with pytest.raises(UnreadableListing, match="dialect"):
        parse(dialect, ["@@@ ??? what is this ###", "=== nor this"])


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_line_breaks_the_reader(dialect: str, raw: str) -> None:
    try:
        listed = parse(dialect, [raw])
    except UnreadableListing:
        return
    assert len(listed.lines) <= raw.count("\n") + 1


_UNIX_LINES = (
    "-rw-r--r--    1 ftp      ftp           400 Jan  4  2027 001o001_20270104_000001.csv",
    "drwxr-xr-x    2 1000     1000         4096 Nov 23 08:15 archive",
    "lrwxrwxrwx    1 a        b               7 Nov 23 08:15 link -> a.dat",
    "-rw-r--r--    1 ftp      ftp             5 Nov 23 08:15 住民 記録.dat",
    "-rw-r--r--    1 ftp      ftp             5 11月 23 08:15 a.dat",
    "-rw-r--r--    1 ftp      ftp             5 2026-11-23 08:15 b.dat",
    "total 12",
    "?? broken line",
)


@pytest.mark.parametrize("dialect", ["unix", "auto"])
@given(st.lists(st.sampled_from(_UNIX_LINES), min_size=1))
def test_lines_that_come_in_one_block_are_read_as_each_alone(dialect: str, lines: list[str]) -> None:
    known = _UNIX_LINES[0]
    together, alone = parse(dialect, [known, "\n".join(lines)]), parse(dialect, [known, *lines])
    assert together == alone
    assert len(alone.lines) + alone.unparsed == 1 + len(lines) - lines.count("total 12")


_BLANKS = st.sampled_from([" "] * 40 + ["  ", "     ", "\t", " \t", "\u3000", "\x1f", "\r", "\x0b"])
_FIELDS = (
    [
        "-rw-r--r--",
        "drwxr-xr-x+",
        "lrwxrwxrwx",
        "srwsr-Sr-t",
        "-rw-r--r-",
        "?rw-r--r--",
        " -rw-r--r--",
        "",
        "total",
    ],
    ["1", "12", "１", "", "x"],
    ["ftp", "1000", "0", "Nov", "23", "domain users", "異動", "a\u3000b", ""],
    ["ftp", "100", "2026-11-23", "23", "\x85", ""],
    ["400", "0", "１２", "-1", "4.0", "99999999999999999999", "", "Nov"],
    ["Nov", "jan", "11月", "23", "2026-11-23", "Nox", "No"],
    ["23", "3", "03", "123", "Nov", "08:15", ""],
    ["08:15", "2027", "8:15", "8:15:00", "20277", "2025年", "", "1 2"],
    [
        "001o001.csv",
        "a",
        "Nov 23 08:15 b",
        " c",
        "d ",
        "l -> a",
        "1 Nov 3 2027 e",
        "異 動",
        "-rw-r--r-- 1 a b 5",
        " ",
        "",
        "\r",
    ],
)


@st.composite
def _odd_lines(draw: st.DrawFn) -> str:
    """A line of the usual form, or nearly so: now and then a field, or what stands between two, is another."""
    fields = [draw(st.sampled_from(field[:1] * 50 + field)) for field in _FIELDS]
    return "".join(f"{field}{draw(_BLANKS)}" for field in fields[:-1]) + fields[-1]


@pytest.mark.parametrize("dialect", ["unix", "auto"])
@given(st.lists(_odd_lines(), min_size=1, max_size=5))
def test_the_quick_way_reads_usual_lines_as_the_whole_expression_does(dialect: str, lines: list[str]) -> None:
    known, block = _UNIX_LINES[0], "\n".join(lines)
    quick = parse(dialect, [known, block])
    with mock.patch.object(listing, "_UNIX_USUAL", re.compile("(?!)()()()()")):
        assert parse(dialect, [known, *lines]) == quick


@pytest.mark.parametrize(
    ("recent", "aged", "today", "lasting"),
    [
        ("Nov 23 08:44", "Nov 23 2026", date(2026, 11, 23), "2026-11-23"),
        ("Dec 31 23:59", "Dec 31 2026", date(2027, 1, 1), "2026-12-31"),
        ("Jan 1 00:10", "Jan 1 2027", date(2026, 12, 31), "2027-01-01"),
        ("11月 23 08:44", "11月 23 2026年", date(2027, 3, 1), "2026-11-23"),
    ],
)
def test_a_file_keeps_its_time_when_the_listing_changes_its_form(
    recent: str, aged: str, today: date, lasting: str
) -> None:
    assert lasting_time(recent, today) == lasting
    assert lasting_time(aged, date(2028, 1, 1)) == lasting


def test_a_time_of_another_form_is_kept_as_it_is() -> None:
    assert lasting_time("11-23-26 08:15AM", date(2026, 11, 23)) == "11-23-26 08:15AM"


VMS = """
Directory DISK$USER:[FTP.PUB]

00README.TXT;1      2 30-DEC-1996 17:44 [SYSTEM] (RWED,RWED,RE,RE)
CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)
CII-MANUAL.TEX;2  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
CII-MANUAL.TEX;10  213/216  30-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
RENKEI_JUKI_IDO_20270104_000001.DAT;3
                    155/156  4-JAN-2027 06:00:01.25  [RENKEI]   (RWED,RWED,,)

Total of 5 files, 584 blocks.
"""


def test_vms_gives_the_highest_version_of_each_file_and_no_size_in_bytes() -> None:
    listed = parse("vms", VMS.splitlines())
    assert listed.unparsed == 0
    assert [(line.name, line.kind, line.size, line.time) for line in listed.lines] == [
        ("00README.TXT", Kind.FILE, None, "30-DEC-1996 17:44;1"),
        ("CORE", Kind.FOLDER, None, "8-SEP-1996 16:09"),
        ("CII-MANUAL.TEX", Kind.FILE, None, "30-JAN-1996 03:33:12;10"),
        ("RENKEI_JUKI_IDO_20270104_000001.DAT", Kind.FILE, None, "4-JAN-2027 06:00:01.25;3"),
    ]


def test_a_vms_line_without_its_facts_is_counted_and_not_dropped() -> None:
    listed = parse("vms", [*VMS.splitlines(), "ALONE.DAT;1"])
    assert (len(listed.lines), listed.unparsed) == (4, 1)
    with pytest.raises(UnreadableListing):
        parse("vms", ["%RMS-E-PRV, insufficient privilege"])
