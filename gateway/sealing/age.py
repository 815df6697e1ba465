"""The file format of age, version 1 (https://c2sp.org/age): a header that wraps a file's key, then chunks of 64 KiB.

Each chunk is sealed by ChaCha20-Poly1305 (RFC 8439) with its number and whether it is the last one: a chunk that was
changed, left out, moved or cut off does not open. The primitives are those of ``cryptography``. Beside the recipient
a header names its key's id in a stanza of its own, which the age tool passes over.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 << 10
TAG = 16
SEALED = CHUNK + TAG
"""Bytes of a whole chunk, before and after."""
NONCE = 16
_VERSION = b"age-encryption.org/v1"
_WRAP = b"age-encryption.org/v1/X25519"
_KEY = b"linkage-gateway"
"""Type of the stanza whose argument is the id of the key."""
_LONGEST_HEADER = 4096
_SHARE = re.compile(rb"-> X25519 (\S{43})\n(\S{43})\n")
_NAMED = re.compile(rb"-> linkage-gateway (\S{1,64})\n\n")


class NotAge(ValueError):
    """No header of age, or one that was changed."""


class AnotherKey(ValueError):
    """The header is whole, as far as one can tell, and was made for another key."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """A header as it stands in a file.

    Attributes:
        key: id of the key that opens it; empty where it names none.
        length: bytes of it, with the payload's nonce behind it.
    """

    key: str
    length: int
    share: bytes
    wrapped: bytes
    covered: bytes
    mac: bytes
    nonce: bytes

    def payload_key(self, secret: X25519PrivateKey) -> bytes:
        """What opens the chunks. Raises ``AnotherKey`` or ``NotAge``."""
        public = secret.public_key().public_bytes_raw()
        try:
            shared = secret.exchange(X25519PublicKey.from_public_bytes(self.share))
            wrapping = _derived(shared, self.share + public, _WRAP)
            file_key = ChaCha20Poly1305(wrapping).decrypt(bytes(12), self.wrapped, None)
        except (InvalidTag, ValueError):
            raise AnotherKey from None
        check = HMAC(_derived(file_key, b"", b"header"), SHA256())
        check.update(self.covered)
        try:
            check.verify(self.mac)
        except InvalidSignature:
            raise NotAge("its header was changed") from None
        return _derived(file_key, self.nonce, b"payload")


def begin(key_id: str, secret: X25519PrivateKey) -> tuple[bytes, bytes]:
    """The header of a new file, with the payload's nonce, and the key of its chunks."""
    file_key, nonce, once = os.urandom(16), os.urandom(NONCE), X25519PrivateKey.generate()
    share, public = once.public_key().public_bytes_raw(), secret.public_key()
    wrapping = _derived(once.exchange(public), share + public.public_bytes_raw(), _WRAP)
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    named = b"-> " + _KEY + b" " + key_id.encode("ascii") + b"\n\n"
    stanzas = b"-> X25519 " + _base64(share) + b"\n" + _base64(wrapped) + b"\n" + named
    covered = _VERSION + b"\n" + stanzas + b"---"
    check = HMAC(_derived(file_key, b"", b"header"), SHA256())
    check.update(covered)
    header = covered + b" " + _base64(check.finalize()) + b"\n" + nonce
    return header, _derived(file_key, nonce, b"payload")


def header_of(file: BinaryIO) -> Header:
    """The header at the beginning of a file. Raises ``NotAge``."""
    head = file.read(_LONGEST_HEADER)
    covered, line, rest = head.partition(b"\n---")
    mac, _, payload = rest.partition(b"\n")
    share, named = _SHARE.search(covered + b"\n"), _NAMED.search(covered + b"\n")
    if not head.startswith(_VERSION + b"\n") or not line or share is None or len(payload) < NONCE:
        raise NotAge("it has no header of age")
    try:
        return Header(
            key=named[1].decode("ascii") if named else "",
            length=len(covered) + len(line) + len(mac) + 1 + NONCE,
            share=_unbase64(share[1]),
            wrapped=_unbase64(share[2]),
            covered=covered + line,
            mac=_unbase64(mac.removeprefix(b" ")),
            nonce=payload[:NONCE],
        )
    except (NoBase64, UnicodeDecodeError):
        raise NotAge("its header was changed") from None


def nonce_of(number: int, *, last: bool) -> bytes:
    """The nonce of a chunk: its number, counted from 0, and whether it is the last one."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def content_size(sealed: int) -> int:
    """Bytes of the content whose chunks take ``sealed`` bytes. Raises ``NotAge``."""
    whole, rest = divmod(sealed, SEALED)
    if sealed == TAG:
        return 0
    if sealed < TAG or 0 < rest <= TAG:
        raise NotAge("it was cut off")
    return whole * CHUNK + max(rest - TAG, 0)


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def _base64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    data = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _base64(data) != text:
        raise NoBase64
    return data
