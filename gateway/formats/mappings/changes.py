"""What the lines of a mapping do to values. Each change either proves that it can be undone, or raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.formats.faults import BadValueError
from gateway.formats.values.numbers import scaled_text, unscaled

_FINEST = 36
"""Digits after the point that no layout exceeds."""

Change = Callable[[str], str]
Combine = Callable[[Sequence[str]], Sequence[str]]


def check_constant(value: str) -> Change:
    """The constant itself, proved to stand in the data."""

    def check(found: str) -> str:
        if found != value:
            raise BadValueError("constant", "the item does not hold the constant of the mapping")
        return found

    return check


def code_table(codes: dict[str, str]) -> Change:
    """One code for another; what is not in the table is an error."""

    def change(code: str) -> str:
        found = codes.get(code)
        if found is None:
            raise BadValueError("code", "a code that is not in the mapping's code table")
        return found

    return change


def unchanged(value: str) -> str:
    """The value as it is: a rename."""
    return value


def fill_zeros(digits: int) -> Change:
    """A number without needless zeros, filled up with them; an empty value stays empty."""

    def fill(number: str) -> str:
        if number and (
            not _is_number(number) or len(number) > digits or (number[0] == "0" and number != "0")
        ):
            raise BadValueError("zeros", f"not a number of up to {digits} digits without leading zeros")
        return number.rjust(digits, "0") if number else number

    return fill


def strip_zeros(digits: int) -> Change:
    """The number without the zeros that ``fill_zeros`` puts in front."""

    def strip(filled: str) -> str:
        if filled and (not _is_number(filled) or len(filled) != digits):
            raise BadValueError("zeros", f"not a number filled up to {digits} digits")
        return (filled.lstrip("0") or "0") if filled else filled

    return strip


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def join(separator: str) -> Combine:
    """Several values as one; all empty gives an empty one. What could not be split again is an error."""

    def combine(parts: Sequence[str]) -> Sequence[str]:
        if not any(parts):
            return [""]
        if not all(parts) or any(separator in part for part in parts):
            raise BadValueError("join", "a part is empty, or holds the separator")
        return [separator.join(parts)]

    return combine


def split(separator: str, count: int) -> Combine:
    """One value as ``count`` ones."""

    def divide(whole: Sequence[str]) -> Sequence[str]:
        if not whole[0]:
            return [""] * count
        parts = whole[0].split(separator)
        if len(parts) != count or not all(parts):
            raise BadValueError("split", f"not {count} parts with the separator between them")
        return parts

    return divide


def join_lengths(lengths: Sequence[int]) -> Combine:
    """Values of fixed lengths as one."""

    def combine(parts: Sequence[str]) -> Sequence[str]:
        if not any(parts):
            return [""]
        if [len(part) for part in parts] != list(lengths):
            raise BadValueError("join", "a part does not have its length")
        return ["".join(parts)]

    return combine


def split_lengths(lengths: Sequence[int]) -> Combine:
    """One value as ones of fixed lengths."""

    def divide(whole: Sequence[str]) -> Sequence[str]:
        if not whole[0]:
            return [""] * len(lengths)
        if len(whole[0]) != sum(lengths):
            raise BadValueError("split", f"not {sum(lengths)} characters")
        return [whole[0][sum(lengths[:at]) : sum(lengths[: at + 1])] for at in range(len(lengths))]

    return divide


def part(at: int, length: int) -> Change:
    """``length`` characters from the ``at``-th (from 1) on; an empty value stays empty."""

    def cut(whole: str) -> str:
        if whole and len(whole) < at + length - 1:
            raise BadValueError("part", f"fewer than {at + length - 1} characters")
        return whole[at - 1 : at - 1 + length]

    return cut


def scale(power: int) -> Change:
    """A number times ten to ``power``, exactly; an empty value stays empty."""

    def move(number: str) -> str:
        return (
            scaled_text(unscaled(number, _FINEST) * 10 ** max(power, 0), _FINEST - min(power, 0))
            if number
            else ""
        )

    return move


def negate(number: str) -> str:
    """The number with the other sign; an empty value stays empty."""
    return scaled_text(-unscaled(number, _FINEST), _FINEST) if number else ""


def join_sign(plus: str, minus: str) -> Combine:
    """A sign and a number without one as one number. Minus beside zero could not be told back and is an error."""

    def combine(parts: Sequence[str]) -> Sequence[str]:
        sign, number = parts
        if not sign and not number:
            return [""]
        if sign not in (plus, minus) or not number or number.startswith("-"):
            raise BadValueError(
                "sign", "not one of the two signs of the mapping beside a number without a sign"
            )
        if sign == plus:
            return [number]
        if not unscaled(number, _FINEST):
            raise BadValueError("sign", "minus beside zero")
        return [f"-{number}"]

    return combine


def split_sign(plus: str, minus: str) -> Combine:
    """A number as its sign and what follows it."""

    def divide(whole: Sequence[str]) -> Sequence[str]:
        number = whole[0]
        if not number:
            return ["", ""]
        return [minus, number[1:]] if number.startswith("-") else [plus, number]

    return divide
