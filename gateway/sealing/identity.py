"""Keys as age writes them: an X25519 secret in Bech32 (BIP 173), ``AGE-SECRET-KEY-1...``, as age-keygen makes them."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PREFIX = "age-secret-key-"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6
_BYTE, _FIVE = 8, 5


def secret_of(text: str) -> X25519PrivateKey:
    """The key that a text stands for; raises ``ValueError``, which never quotes it."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1 or not lines[0].upper().startswith(_PREFIX.upper() + "1"):
        raise ValueError("no key of age: it must be one line that begins with AGE-SECRET-KEY-1")
    return X25519PrivateKey.from_private_bytes(_decoded(lines[0].lower()))


def text_of(secret: X25519PrivateKey) -> str:
    """The text that stands for a key."""
    values = _regrouped(secret.private_bytes_raw(), _BYTE, _FIVE, pad=True)
    check = _polymod([*_expanded(), *values, *[0] * _CHECKSUM]) ^ 1
    values += [check >> _FIVE * (_CHECKSUM - 1 - at) & 31 for at in range(_CHECKSUM)]
    return f"{_PREFIX}1{''.join(_LETTERS[value] for value in values)}".upper()


def _decoded(text: str) -> bytes:
    values = [_LETTERS.find(letter) for letter in text[len(_PREFIX) + 1 :]]
    if -1 in values or _polymod([*_expanded(), *values]) != 1:
        raise ValueError("a key of age with a mistake in it: its checksum is wrong")
    secret = bytes(_regrouped(bytes(values[:-_CHECKSUM]), _FIVE, _BYTE, pad=False))
    if len(secret) != 32:  # noqa: PLR2004 - bytes of an X25519 key
        raise ValueError("a key of age has 32 bytes")
    return secret


def _expanded() -> list[int]:
    return [*(ord(letter) >> _FIVE for letter in _PREFIX), 0, *(ord(letter) & 31 for letter in _PREFIX)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << _FIVE ^ value
        for at, generator in enumerate(_GENERATOR):
            check ^= generator if top >> at & 1 else 0
    return check


def _regrouped(data: bytes, before: int, after: int, *, pad: bool) -> list[int]:
    """The same bits in groups of another size."""
    held, bits, out = 0, 0, []
    for value in data:
        held, bits = held << before | value, bits + before
        while bits >= after:
            bits -= after
            out.append(held >> bits & (1 << after) - 1)
    if pad and bits:
        out.append(held << (after - bits) & (1 << after) - 1)
    return out
