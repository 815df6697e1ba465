"""The compiler of kernels. Importing this module needs numba and takes half a second: only where code must be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

BAD = -1
"""What a kernel gives for something that the reference path must decide."""

kernel = cast(
    "Callable[[Function], Function]",
    numba.njit(nogil=True, boundscheck=False, forceinline=True, error_model="numpy"),
)
"""Compile a function into those that call it: calls cost more than most items' work."""


def compiled(entrance: Callable[[int], int]) -> tuple[str, bytes]:
    """What a function of one 64-bit number is called by C, and its object code, which needs nothing of numba."""
    signature = numba.types.int64(numba.types.int64)
    options: Any = {"boundscheck": False, "error_model": "numpy"}
    made: Any = numba.cfunc(signature, **options)(entrance)
    return str(made.native_name), bytes(made._library._get_compiled_object())  # noqa: SLF001 - no public name gives linked code
