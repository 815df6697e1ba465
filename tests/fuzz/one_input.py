"""The process that libFuzzer drives: bytes in, one of the checks of ``mutated`` over them.

The first byte of an input chooses the check, the second one the kind of records and the encoding. Run by ``fuzz.py``.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import atheris
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "formats"))
# The kernels are read by numba's compiler, which cannot take instrumented code.
with atheris.instrument_imports(include=["gateway.formats"], exclude=["gateway.formats.fast"]):
    import mutated

SEEDS = mutated.every_seed()
HEAD = 2
"""Bytes of an input that choose what is done with the rest."""


def legacy(seed: mutated.Seed, raw: bytes) -> None:
    mutated.check_legacy(seed, raw)


def standard(seed: mutated.Seed, raw: bytes) -> None:
    mutated.check_csv(seed, raw)


def layout(seed: mutated.Seed, raw: bytes) -> None:
    try:
        text = yaml.safe_load(raw.decode("utf-8", "replace"))
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    if isinstance(text, dict):
        mutated.check_layout(seed, text)


def table(seed: mutated.Seed, raw: bytes) -> None:
    mutated.check_table(seed, raw.decode("utf-8", "replace"))


def copybook(seed: mutated.Seed, raw: bytes) -> None:
    mutated.check_copybook(mutated.as_text(raw), seed.encoding)


RUN: tuple[Callable[[mutated.Seed, bytes], None], ...] = (legacy, standard, layout, table, copybook)


def one_input(data: bytes) -> None:
    """Raises if the answer is neither a refusal nor a right result."""
    if len(data) > HEAD:
        RUN[data[0] % len(RUN)](SEEDS[data[1] % len(SEEDS)], data[2:])


if __name__ == "__main__":
    for one in SEEDS:
        assert one.legacy
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
