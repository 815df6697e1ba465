"""What kernels do to memory, by address. The caller sees to it that the addresses are good.

Numbers are 64-bit integers; more than a byte is in the machine's order unless said otherwise (``pair``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # ships no type information
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _pointer(builder: Any, address: Any, bits: int) -> Any:
    return builder.inttoptr(address, ir.IntType(bits).as_pointer())


def _loading(bits: int) -> Any:
    """An intrinsic that reads an unsigned number of so many bits at an address."""

    def load(_context: Any, address: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            found = builder.load(_pointer(builder, arguments[0], bits), align=1)
            return found if bits == 64 else builder.zext(found, ir.IntType(64))  # noqa: PLR2004 - bits of a word

        return types.int64(address), code

    return intrinsic(load)


def _storing(bits: int) -> Any:
    """An intrinsic that writes the low bits of a number at an address."""

    def store(_context: Any, address: Any, _number: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            cut = arguments[1] if bits == 64 else builder.trunc(arguments[1], ir.IntType(bits))  # noqa: PLR2004 - bits of a word
            builder.store(cut, _pointer(builder, arguments[0], bits), align=1)
            return context.get_dummy_value()

        return types.void(address, types.int64), code

    return intrinsic(store)


def _swapped(_context: Any, address: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        found = builder.load(_pointer(builder, arguments[0], 16), align=1)
        return builder.zext(builder.bswap(found), ir.IntType(64))

    return types.int64(address), code


def _counting(*, trailing: bool) -> Any:
    """An intrinsic that counts the zero bits at one end of a number; 64 for 0."""

    def count(_context: Any, number: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            defined = ir.Constant(ir.IntType(1), 0)
            return (builder.cttz if trailing else builder.ctlz)(arguments[0], defined)

        return types.int64(number), code

    return intrinsic(count)


def _copying(_context: Any, to: Any, source: Any, size: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        ends = [_pointer(builder, arguments[0], 8), _pointer(builder, arguments[1], 8)]
        cgutils.raw_memcpy(builder, ends[0], ends[1], arguments[2], 1)  # type: ignore[no-untyped-call]  # numba tells no types here
        return context.get_dummy_value()

    return types.void(to, source, size), code


Number = Callable[[int], int]
Store = Callable[[int, int], None]

byte, word, long = (cast("Number", _loading(bits)) for bits in (8, 32, 64))
put_byte, put_pair, put_word, put_long = (cast("Store", _storing(bits)) for bits in (8, 16, 32, 64))
pair = cast("Number", intrinsic(_swapped))
"""Two bytes, the first one highest."""
leading_zeros, trailing_zeros = (cast("Number", _counting(trailing=end)) for end in (False, True))
copy = cast("Callable[[int, int, int], None]", intrinsic(_copying))
"""Copy bytes to an address from another one; they may not overlap."""
