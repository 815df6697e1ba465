"""Signatures with Ed25519 (RFC 8032), by keys as OpenSSH writes them: ``ssh-keygen -t ed25519 -f FILE``. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key


class NoKey(ValueError):
    """A text that is no key of this kind. Says what to write, and nothing of the text."""


class Locked(NoKey):
    """The private key is there and needs its password."""


def public_key(text: str) -> Ed25519PublicKey:
    """A public key out of its line. Raises ``NoKey``."""
    try:
        key = load_ssh_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey("is no public key; write the line of the .pub file that ssh-keygen -t ed25519 made")
    return key


def private_key(content: bytes, password: str = "") -> Ed25519PrivateKey:
    """A private key out of its file. Raises ``Locked`` without its password, ``NoKey`` if it is another thing."""
    try:
        key = load_ssh_private_key(content, password.encode() or None)
    except TypeError:
        raise Locked("is locked with a password") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey("is no private key, or its password is another; make one with ssh-keygen -t ed25519")
    return key


def is_signed(content: bytes, signature: bytes, signers: Iterable[str]) -> bool:
    """Whether one of the signers, by their public keys, signed this content."""
    return any(_verifies(public_key(signer), content, signature) for signer in signers)


def _verifies(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
