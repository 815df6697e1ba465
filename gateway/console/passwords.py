"""Passwords as hashes: scrypt (RFC 7914), with a salt of their own."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from functools import cache

COST, BLOCK, LANES = 2**15, 8, 1
MEMORY = 64 * 1024 * 1024
SHORTEST = 12


def hash_of(password: str) -> str:
    """The hash to keep: ``scrypt$cost$block$lanes$salt$hash``. Raises ``ValueError`` for one that is too short."""
    if len(password) < SHORTEST:
        raise ValueError(f"is too short; take {SHORTEST} characters or more")
    salt = secrets.token_bytes(16)
    made = _scrypt(password, salt, COST, BLOCK, LANES)
    return f"scrypt${COST}${BLOCK}${LANES}${b64encode(salt).decode()}${b64encode(made).decode()}"


def fits(password: str, kept: str) -> bool:
    """Whether the password is the one of the hash. A hash that cannot be read fits none. Takes a tenth of a second."""
    try:
        name, cost, block, lanes, salt, made = kept.strip().split("$")
        wanted = b64decode(made, validate=True)
        found = _scrypt(password, b64decode(salt, validate=True), int(cost), int(block), int(lanes))
    except ValueError:
        return False
    return name == "scrypt" and hmac.compare_digest(found, wanted)


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=MEMORY, dklen=32)


@cache
def nobodys() -> str:
    """A hash that no password fits; compared with where there is no such person, so that both take as long."""
    return hash_of(secrets.token_urlsafe(24))
