"""What someone would write instead of the gateway: a plain Python loop over records, and numpy over columns.

Neither checks anything: no overflow, no undefined code, no sign nibble, no truncated file.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import resident_records
from numpy.typing import NDArray
from resident_records import LENGTH, SHIFT_IN, SHIFT_OUT, encoded_alphabet

SINGLE, DOUBLE = encoded_alphabet()
TO_BYTES = {text: bytes([code]) for code, text in SINGLE.items()}
TO_PAIRS = {text: code.to_bytes(2, "big") for code, text in DOUBLE.items()}
CHARMAP = "".join(SINGLE.get(byte, "\ufffe") for byte in range(256))
ZONE_OFF = bytes(0x30 | byte & 0xF for byte in range(256))
WESTERN = {"3": 1925, "4": 1988, "5": 2018}
Item = dict[str, Any]


def _items() -> list[tuple[Item, slice]]:
    found, at = [], 0
    for column in resident_records.columns():
        found.append((column.legacy, slice(at, at + column.size)))
        at += column.size
    return found


def _read_single(raw: bytes) -> str:
    return codecs.charmap_decode(raw, "strict", CHARMAP)[0]


def _read_pairs(raw: bytes) -> str:
    return "".join(map(DOUBLE.__getitem__, struct.unpack(f">{len(raw) // 2}H", raw)))


def _read_mixed(raw: bytes) -> str:
    first, *runs = raw.split(bytes([SHIFT_OUT]))
    found = [_read_single(first)]
    for run in runs:
        pairs, _, rest = run.partition(bytes([SHIFT_IN]))
        found += _read_pairs(pairs), _read_single(rest)
    return "".join(found)


def _read_packed(raw: bytes) -> str:
    digits = raw.hex()
    return str(-int(digits[:-1]) if digits[-1] == "d" else int(digits[:-1]))


def _read_zoned(raw: bytes) -> int:
    number = int(raw.translate(ZONE_OFF))
    return -number if raw[-1] >> 4 == 0xD else number


def _read_rate(raw: bytes) -> str:
    number = _read_zoned(raw)
    return f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02d}"


def _read_birth(raw: bytes) -> str:
    text = _read_single(raw)
    return "" if text == "0000000" else f"{WESTERN[text[0]] + int(text[1:3])}-{text[3:5]}-{text[5:]}"


def _read_moved(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[1:5]}-{digits[5:7]}-{digits[7:9]}"


def _reader(item: Item) -> Callable[[bytes], str]:
    match item["type"], item.get("width"), item.get("coding"):
        case "text", width, _:
            read = {"half": _read_single, "full": _read_pairs}.get(width or "mixed", _read_mixed)
            return lambda raw: read(raw).rstrip(" \u3000")
        case "packed", _, _:
            return _read_packed
        case "zoned", _, _:
            return _read_rate if item.get("decimals") else lambda raw: str(_read_zoned(raw))
        case _, _, "packed":
            return _read_moved
        case _:
            return _read_birth


def loop_to_csv(source: Path, target: Path) -> None:
    """Legacy records to CSV, one by one."""
    readers = [(_reader(item), place) for item, place in _items()]
    with source.open("rb") as records, target.open("w", encoding="utf-8", newline="") as lines:
        lines.write(",".join(item["name"] for item, _ in _items()) + "\n")
        while record := records.read(LENGTH):
            lines.write(",".join([read(record[place]) for read, place in readers]) + "\n")


def _write_mixed(text: str) -> bytes:
    found, double = bytearray(), False
    for unit in text:
        wide = unit in TO_PAIRS
        if wide != double:
            found.append(SHIFT_OUT if wide else SHIFT_IN)
            double = wide
        found += TO_PAIRS[unit] if wide else TO_BYTES[unit]
    return bytes(found + bytes([SHIFT_IN]) if double else found)


def _write_packed(text: str, digits: int) -> bytes:
    number = int(text)
    return bytes.fromhex(str(abs(number)).rjust(digits, "0") + ("d" if number < 0 else "c"))


def _write_zoned(text: str, digits: int, *, signed: bool) -> bytes:
    raw = bytearray(0xF0 + int(digit) for digit in text.lstrip("-").replace(".", "").rjust(digits, "0"))
    if signed:
        raw[-1] = raw[-1] & 0xF | (0xD0 if text.startswith("-") else 0xC0)
    return bytes(raw)


def _write_birth(text: str) -> bytes:
    if not text:
        return b"\xf0" * 7
    year = int(text[:4])
    era = next(code for code, before in reversed(WESTERN.items()) if year > before)
    return bytes(0xF0 + int(digit) for digit in f"{era}{year - WESTERN[era]:02d}{text[5:7]}{text[8:]}")


def _writer(item: Item, size: int) -> Callable[[str], bytes]:
    match item["type"], item.get("width"), item.get("coding"):
        case "text", None, _:
            return lambda text: _write_mixed(text).ljust(size, b"\x40")
        case "text", width, _:
            codes = TO_BYTES if width == "half" else TO_PAIRS
            return lambda text: b"".join(map(codes.__getitem__, text)).ljust(size, b"\x40")
        case "packed", _, _:
            return lambda text: _write_packed(text, item["digits"])
        case "zoned", _, _:
            return lambda text: _write_zoned(text, item["digits"], signed=item.get("signed", False))
        case _, _, "packed":
            return lambda text: bytes.fromhex(f"0{text.replace('-', '')}f")
        case _:
            return _write_birth


def loop_to_legacy(source: Path, target: Path) -> None:
    """CSV lines to legacy records, one by one."""
    writers = [_writer(item, place.stop - place.start) for item, place in _items()]
    with source.open(encoding="utf-8", newline="") as lines, target.open("wb") as records:
        next(lines)
        for line in lines:
            cells = line.removesuffix("\n").split(",")
            record = b"".join([write(cell) for write, cell in zip(writers, cells, strict=True)])
            records.write(record.ljust(LENGTH, b"\x40"))


_SINGLE_POINTS = np.array([ord(SINGLE.get(byte, "\ufffd")) for byte in range(256)], np.uint32)
_DOUBLE_POINTS = np.array([ord(DOUBLE.get(code, "\ufffd")) for code in range(65536)], np.uint32)
Raw = NDArray[np.uint8]
_GONE = 0
"""Numpy's own padding of texts: what has no character of its own."""


def _lines(points: NDArray[np.uint32], blank: str) -> list[str]:
    texts = np.ascontiguousarray(points).view(f"<U{points.shape[1]}").ravel()
    return [text.replace("\0", "").rstrip(blank) for text in texts.tolist()]


def _mixed_points(raw: Raw) -> NDArray[np.uint32]:
    """Code points where characters begin, zero elsewhere."""
    places = np.arange(raw.shape[1], dtype=np.int16)
    opens, closes = raw == SHIFT_OUT, raw == SHIFT_IN
    opened = np.maximum.accumulate(np.where(opens, places, np.int16(-1)), axis=1)
    inside = opened > np.maximum.accumulate(np.where(closes, places, np.int16(-1)), axis=1)
    points = _SINGLE_POINTS[raw]
    points[inside | closes] = _GONE
    rows, at = np.nonzero(inside & ((places - opened) & 1).astype(bool))
    points[rows, at] = _DOUBLE_POINTS[raw[rows, at].astype(np.uint16) << 8 | raw[rows, at + 1]]
    return points


def _integers(digits: Raw) -> NDArray[np.int64]:
    powers: NDArray[np.int64] = 10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)
    return np.matmul(digits.astype(np.int64), powers)


def _packed_numbers(raw: Raw) -> NDArray[np.int64]:
    nibbles = np.stack([raw >> 4, raw & 0xF], axis=2).reshape(len(raw), -1)
    found = _integers(nibbles[:, :-1].astype(np.uint8))
    return np.where(nibbles[:, -1] == 0xD, -found, found)


def _column(item: Item, raw: Raw) -> list[str]:
    match item["type"], item.get("coding"):
        case "text", _:
            return _texts(raw, item.get("width"))
        case "packed", _:
            return [str(number) for number in _packed_numbers(raw).tolist()]
        case "zoned", _:
            numbers = np.where(raw[:, -1] >> 4 == 0xD, -1, 1) * _integers(raw & 0xF)
            return _scaled(numbers.tolist(), item.get("decimals", 0))
        case _, "packed":
            dates = _packed_numbers(raw).tolist()
            return [f"{date // 10000:04d}-{date // 100 % 100:02d}-{date % 100:02d}" for date in dates]
        case _:
            return [_read_birth(bytes(row)) for row in raw]


def _texts(raw: Raw, width: str | None) -> list[str]:
    if width == "half":
        return _lines(_SINGLE_POINTS[raw], " ")
    if width == "full":
        return _lines(_DOUBLE_POINTS[raw[:, ::2].astype(np.uint16) << 8 | raw[:, 1::2]], "\u3000")
    return _lines(_mixed_points(raw), " ")


def _scaled(numbers: list[int], decimals: int) -> list[str]:
    if not decimals:
        return [str(number) for number in numbers]
    return [f"{'-' if n < 0 else ''}{abs(n) // 100}.{abs(n) % 100:02d}" for n in numbers]


def _blocks(source: Path, records: int) -> Iterator[Raw]:
    with source.open("rb") as stream:
        while block := stream.read(LENGTH * records):
            yield np.frombuffer(block, np.uint8).reshape(-1, LENGTH)


def numpy_to_csv(source: Path, target: Path) -> None:
    """Legacy records to CSV, column by column in blocks."""
    items = _items()
    with target.open("w", encoding="utf-8", newline="") as lines:
        lines.write(",".join(item["name"] for item, _ in items) + "\n")
        for block in _blocks(source, 4096):
            columns = [_column(item, block[:, place]) for item, place in items]
            lines.write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")
