"""glibc's iconv as an oracle, and the writer of the IBM tables that the package ships.

Run as a program it prints a table: ``python tests/unit/formats/oracle_iconv.py IBM939 double``.
"""

import subprocess
import sys
import unicodedata
from collections.abc import Iterator

SHIFT_OUT, SHIFT_IN = b"\x0e", b"\x0f"


def decode(code: str, raw: bytes) -> str | None:
    """What iconv makes of some bytes, or None if it refuses them."""
    done = subprocess.run(["iconv", "-f", code, "-t", "UTF-8"], input=raw, capture_output=True, check=False)
    return done.stdout.decode("utf-8") if done.returncode == 0 else None


def encode(code: str, text: str) -> bytes | None:
    """How iconv writes a text, or None if it refuses it."""
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", code], input=text.encode(), capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def single_bytes(code: str) -> dict[int, str]:
    """Every single byte from 40 that stands for a printing character."""
    found = {byte: decode(code, bytes([byte])) for byte in range(0x40, 0xFF)}
    return {byte: text for byte, text in found.items() if text and text != "\x1a"}


def double_bytes(code: str) -> dict[int, str]:
    """Every shifted pair outside the user-defined area."""
    found: dict[int, str] = {}
    for lead in range(0x40, 0xFF):
        found |= _row(code, lead)
    return {pair: text for pair, text in found.items() if not 0xE000 <= ord(text[0]) <= 0xF8FF}


def _row(code: str, lead: int) -> dict[int, str]:
    """The pairs of one first byte; ``-c`` drops what is unassigned, so each pair stands on its own line."""
    line = b"".join(SHIFT_OUT + bytes([lead, trail]) + SHIFT_IN + b"\x25" for trail in range(0x40, 0xFF))
    done = subprocess.run(
        ["iconv", "-c", "-f", code, "-t", "UTF-8"], input=line, capture_output=True, check=False
    )
    texts = done.stdout.decode("utf-8").split("\n")
    pairs = {lead * 256 + trail: text for trail, text in zip(range(0x40, 0xFF), texts, strict=False)}
    return {pair: text for pair, text in pairs.items() if text}


def table_lines(codes: dict[int, str], read_only: set[int]) -> Iterator[str]:
    """The table in the text form of the package."""
    run_start, run = -1, ""
    for code in sorted(codes):
        plain = (
            len(codes[code]) == 1 and unicodedata.category(codes[code])[0] in "LNPS" and code not in read_only
        )
        if run and (not plain or code != run_start + len(run)):
            yield f"{run_start:02X} {run}"
            run = ""
        if plain:
            run_start, run = (code if not run else run_start), run + codes[code]
        else:
            mark = ">" if code in read_only else ""
            yield f"{mark}{code:02X} " + " ".join(f"U+{ord(point):04X}" for point in codes[code])
    if run:
        yield f"{run_start:02X} {run}"


def written_otherwise(code: str, codes: dict[int, str]) -> set[int]:
    """Pairs that share their character with another and are not the one that iconv writes."""
    by_text: dict[str, list[int]] = {}
    for pair, text in codes.items():
        by_text.setdefault(text, []).append(pair)
    shared = {text: pairs for text, pairs in by_text.items() if len(pairs) > 1}
    return {
        pair
        for text, pairs in shared.items()
        for pair in pairs
        if encode(code, text) != SHIFT_OUT + pair.to_bytes(2, "big") + SHIFT_IN
    }


if __name__ == "__main__":
    asked = {"single": single_bytes, "double": double_bytes}[sys.argv[2]](sys.argv[1])
    one_way = written_otherwise(sys.argv[1], asked) if sys.argv[2] == "double" else set()
    sys.stdout.write("\n".join(table_lines(asked, one_way)) + "\n")
