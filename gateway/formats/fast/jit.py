"""The compiler of kernels. Importing this module needs numba and takes a second: only ``fast`` does, when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba import carray, types  # type: ignore[attr-defined]  # exported by name only
from numba.extending import intrinsic

from gateway.formats.fast.program import Array

Function = TypeVar("Function", bound=Callable[..., Any])

kernel = cast(
    "Callable[[Function], Function]",
    numba.njit(cache=True, nogil=True, boundscheck=False, forceinline=True, error_model="numpy"),
)
"""Compile a function on its first call; the machine code is kept on disk beside the source, or in the user's cache.

Kernels become part of their callers: handing five arrays over costs more than most items' work.
"""

BAD = -1
"""What a kernel gives for something that the reference path must decide."""


def _pointer_to(element: Any) -> Any:
    """An intrinsic that takes an address for a pointer to these elements."""

    def pointer(_context: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        to: Any = types.CPointer
        return to(element)(address), code

    return intrinsic(pointer)


_bytes_at, _words_at, _longs_at = (_pointer_to(kind) for kind in (types.uint8, types.uint32, types.int64))


@kernel
def bare_bytes(array: Array) -> Array:
    """The same bytes as an array without an owner; the caller keeps the owner alive."""
    found: Array = carray(_bytes_at(array.ctypes.data), array.shape)
    return found


@kernel
def bare_words(array: Array) -> Array:
    """The same, of 32-bit numbers."""
    found: Array = carray(_words_at(array.ctypes.data), array.shape)
    return found


@kernel
def bare_longs(array: Array) -> Array:
    """The same, of 64-bit numbers."""
    found: Array = carray(_longs_at(array.ctypes.data), array.shape)
    return found
