"""A second reader of legacy records, written from the facts alone: it shares no code with the engine.

Characters by ICU (IBM) and Python's codecs (CP932, EUC-JP, JIS X 0208 plus 8080); numbers nibble by nibble. Where it
does not know (extensions, codes in which a vendor differs from JIS X 0208), it says so with None.
"""

from decimal import Decimal

import icu

FIRST_YEARS = {"1": 1867, "2": 1911, "3": 1925, "4": 1988, "5": 2018}
ASCII = {"cp932", "euc-jp", "jips-j"}
IBM = {"ibm930": "ibm-930", "ibm939": "ibm-939", "ibm1390": "ibm-1390", "ibm1399": "ibm-1399"}
SHIFTS = {
    "jef": (b"\x28", b"\x29"),
    "keis78": (b"\x0a\x42", b"\x0a\x41"),
    "keis83": (b"\x0a\x42", b"\x0a\x41"),
}
SIZES = {
    "packed": lambda item: item["digits"] // 2 + 1,
    "zoned": lambda item: item["digits"],
    "date": lambda _: 7,
}
# The places of JIS X 0208 where a maker has another character: rows of kanji that were swapped or added since 1978.
UNCERTAIN = set("鯵鰺鴬鶯蛎蠣撹攪竃竈潅灌諌諫頚頸砿礦蕊蘂靭靱賎賤壷壺砺礪梼檮涛濤迩邇蝿蠅桧檜侭儘薮藪篭籠")


def rows(kind, encoding, items, raw):
    """The values of the plain items of every record, or None for records of a kind that is not read here."""
    bodies = _bodies(kind, raw)
    return None if bodies is None else [_row(encoding, items, body) for body in bodies]


def _bodies(kind, raw):
    if kind == "fixed":
        return [raw[at : at + 60] for at in range(0, len(raw), 60)]
    if kind == "line":
        return [raw[at : at + 60] for at in range(0, len(raw), 62)]
    if kind == "rdw":
        return list(_worded(raw))
    return None


def _worded(raw):
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        yield raw[at + 4 : at + length]
        at += length


def _row(encoding, items, body):
    found, at = [], 0
    for item in items:
        size = item.get("length") or SIZES[item["type"]](item)
        found.append(_value(encoding, item, body[at : at + size]))
        at += size
    return found


def _value(encoding, item, raw):
    match item["type"]:
        case "packed":
            return Decimal(_packed(raw)).scaleb(-item["decimals"])
        case "zoned":
            return Decimal(_zoned(raw))
        case "binary":
            return Decimal(int.from_bytes(raw, "big", signed=True))
        case "date":
            return _date("".join(str(byte & 0xF) for byte in raw))
        case _:
            return _text(encoding, item.get("width", "mixed"), raw)


def _packed(raw):
    number = 0
    for byte in raw[:-1]:
        number = number * 100 + (byte >> 4) * 10 + (byte & 0xF)
    number = number * 10 + (raw[-1] >> 4)
    return -number if raw[-1] & 0xF in {0xB, 0xD} else number


def _zoned(raw):
    number = 0
    for byte in raw:
        number = number * 10 + (byte & 0xF)
    return -number if raw[-1] >> 4 in {0xB, 0xD, 0x7} else number


def _date(digits):
    if digits == "0000000":
        return ""
    return f"{FIRST_YEARS[digits[0]] + int(digits[1:3])}-{digits[3:5]}-{digits[5:]}"


def _text(encoding, width, raw):
    if encoding in IBM:
        framed = b"\x0e" + raw + b"\x0f" if width == "full" else raw
        text = str(icu.UnicodeString(framed, IBM[encoding]))
    elif encoding in {"cp932", "euc-jp"}:
        text = raw.decode({"cp932": "cp932", "euc-jp": "euc_jp"}[encoding])
    else:
        text = _vendor_text(encoding, width, raw)
    return None if text is None else text.rstrip("\u3000" if width == "full" else " ")


def _vendor_text(encoding, width, raw):
    """Kanji of JIS X 0208, and the capitals, digits and blank that all EBCDIC variants share; else None."""
    if encoding.startswith("jips"):
        return None
    if width == "full":
        return _kanji(raw)
    opened, closed = SHIFTS[encoding]
    first, *runs = raw.split(opened)
    parts = [_shared(first)]
    for run in runs:
        pairs, _, rest = run.partition(closed)
        parts += [_kanji(pairs), _shared(rest)]
    return None if None in parts else "".join(parts)


def _kanji(raw):
    text = ""
    for at in range(0, len(raw), 2):
        pair = raw[at : at + 2]
        if pair == b"\x40\x40":
            text += "\u3000"
        elif 0xB0 <= pair[0] <= 0xCF:
            text += pair.decode("euc_jp", "replace")
        else:
            return None
    return None if UNCERTAIN & set(text) or "\ufffd" in text else text


def _shared(raw):
    text = raw.decode("cp037")
    known = all(
        letter == " " or (letter.isascii() and (letter.isdigit() or letter.isupper())) for letter in text
    )
    return text if known else None


def agrees(row, want):
    """What differs between a CSV row of the engine and the values here; empty if nothing does."""
    for at, (cell, value) in enumerate(zip(row, want, strict=False)):
        if value is not None and value != (Decimal(cell) if isinstance(value, Decimal) else cell):
            return f"column {at + 1}"
    return ""


def same_cells(types, before, after):
    """What differs between two rows of a CSV; numbers by value, everything else as it is written."""
    if len(before) != len(after):
        return "columns"
    for at, (kind, one, two) in enumerate(zip(types, before, after, strict=True)):
        number = kind in {"9", "S9"} and one and two
        if (Decimal(one) != Decimal(two)) if number else (one != two):
            return f"column {at + 1}"
    return ""
