"""Two layouts of one content, how to write files of them, and what an independent computation says of two files."""

from collections import Counter
from datetime import date

from gateway.comparison import Side, Task, compare
from gateway.formats import CsvProfile, Form, Layout

TODAY = date(2027, 1, 4)
SECRET = b"one series"
NAMES = ("番号", "氏名", "生年月日", "金額", "市町村コード")

CSV = Layout.model_validate(
    {
        "name": "native",
        "records": "csv",
        "items": [
            {"id": "00100001", "name": "番号", "type": "X", "length": 6},
            {"name": "氏名", "type": "N", "length": 20},
            {"name": "生年月日", "type": "DATE"},
            {"name": "金額", "type": "S9", "length": 9, "decimals": 2},
            {"name": "市町村コード", "type": "X", "length": 6},
        ],
    }
)
LEGACY = Layout.model_validate(
    {
        "name": "master",
        "records": "fixed",
        "length": 60,
        "encoding": "cp932",
        "items": [
            {"name": "番号", "type": "text", "length": 6, "width": "half"},
            {"name": "氏名", "type": "text", "length": 20},
            {
                "name": "生年月日",
                "type": "date",
                "form": "YYYYMMDD",
                "meanings": {"zeros": "", "blank": ""},
            },
            {"name": "金額", "type": "packed", "digits": 9, "decimals": 2, "signed": True},
            {"name": "市町村コード", "type": "text", "length": 6, "width": "half"},
            {"type": "filler", "length": 15},
        ],
    }
)


def csv_side(folder, rows, *, name="new", files=1, layout=CSV, **profile):
    """A side of CSV files; each row is a tuple of texts in the order of NAMES."""
    form = Form(layout=layout, profile=CsvProfile.model_validate({"name": "p"} | profile))
    writer_rows = [list(rows)[index::files] for index in range(files)]
    paths = []
    for number, part in enumerate(writer_rows):
        path = folder / f"{name}{number}.csv"
        end = "\r\n" if profile.get("line_end") == "crlf" else "\n"
        heading = () if profile.get("header") == "none" else (NAMES,)
        lines = [",".join(quoted(cell) for cell in row) + end for row in (*heading, *part)]
        bom = "\ufeff" if profile.get("bom") else ""
        path.write_bytes((bom + "".join(lines)).encode(profile.get("encoding", "utf-8")))
        paths.append(path)
    return Side(name=name, form=form, paths=tuple(paths))


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '",\r\n') else cell


def legacy_side(folder, rows, *, name="old"):
    """A side of one file of fixed-length records."""
    path = folder / f"{name}.dat"
    path.write_bytes(b"".join(legacy_record(*row) for row in rows))
    return Side(name=name, form=Form(layout=LEGACY), paths=(path,))


def legacy_record(number, name, born, amount, municipality):
    cents = round(float(amount or 0) * 100)
    digits = f"{abs(cents):09d}" + ("D" if cents < 0 else "C")
    return (
        number.encode("cp932").ljust(6)
        + name.encode("cp932").ljust(20)
        + (born.replace("-", "") or "00000000").encode()
        + bytes.fromhex(digits)
        + municipality.encode().ljust(6)
        + b" " * 15
    )


def run(folder, old, new, rules, **more):
    """One comparison in a folder of its own."""
    work = folder / "work"
    work.mkdir()
    task = Task(old=old, new=new, rules=rules, today=more.pop("today", TODAY), secret=SECRET, **more)
    return compare(task, work)


def independently(old, new, *, key=0):
    """Counts of two lists of rows, by dictionaries and multisets alone.

    Keys that stand once on each side are paired; of the others, whole rows are matched as multisets.
    """
    rows = {"old": list(old), "new": list(new)}
    often = {side: Counter(row[key] for row in found) for side, found in rows.items()}
    twice = {name for counts in often.values() for name, count in counts.items() if count > 1}
    single = {side: {row[key]: row for row in found if row[key] not in twice} for side, found in rows.items()}
    doubled = {side: Counter(row for row in found if row[key] in twice) for side, found in rows.items()}
    both = single["old"].keys() & single["new"].keys()
    changed = [name for name in both if single["old"][name] != single["new"][name]]
    return {
        "only_old": len(single["old"].keys() - both) + (doubled["old"] - doubled["new"]).total(),
        "only_new": len(single["new"].keys() - both) + (doubled["new"] - doubled["old"]).total(),
        "changed": len(changed),
        "items": {
            at: sum(single["old"][name][at] != single["new"][name][at] for name in changed)
            for at in range(len(NAMES))
            if at != key
        },
        "duplicates": {
            side: sum(count for count in counts.values() if count > 1) for side, counts in often.items()
        },
    }
