"""The keys of files at rest: the first one seals, each opens what it sealed. They are told by their ids."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from adapters.credentials.secret import SecretRef
from adapters.errors import AdapterError
from gateway.errors import SpoolFailed
from gateway.sealing.identity import secret_of


class KeyMissing(SpoolFailed):
    """A key cannot be had now. Nothing is written plainly instead: the file waits, and is tried again."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key that was fetched."""

    id: str
    secret: X25519PrivateKey


class Keys:
    """The keys of an installation by id, the newest first. Each is fetched when it is needed first, and then held."""

    def __init__(self, references: Mapping[str, SecretRef]) -> None:
        self._references = references
        self._fetched: dict[str, Key] = {}
        self._turn = threading.Lock()

    @property
    def ids(self) -> tuple[str, ...]:
        """Of every key, the newest first."""
        return tuple(self._references)

    def take(self, references: Mapping[str, SecretRef]) -> None:
        """Go by another configuration. A key whose place changed is fetched again."""
        with self._turn:
            changed = [one for one in self._fetched if references.get(one) != self._references[one]]
            for one in changed:
                del self._fetched[one]
            self._references = references

    @property
    def newest(self) -> Key:
        """The one that seals. Blocks. Raises ``KeyMissing``."""
        return self.of(self.ids[0] if self.ids else "")

    def of(self, key_id: str) -> Key:
        """The key of an id. Blocks. Raises ``KeyMissing`` naming the id and where it should be, never what it is."""
        with self._turn:
            if key_id not in self._fetched:
                self._fetched[key_id] = self._fetch(key_id)
            return self._fetched[key_id]

    def _fetch(self, key_id: str) -> Key:
        reference = self._references.get(key_id)
        if reference is None:
            hint = "name it there again; a key stays until `linkage-gateway encryption status` shows no file of it"
            raise KeyMissing(
                f"the key {key_id or 'of an encrypted file'} is not among encryption.keys", hint=hint
            )
        try:
            return Key(id=key_id, secret=secret_of(reference.reveal()))
        except AdapterError as error:
            raise KeyMissing(
                f"the key {key_id} cannot be had: {error.message}", hint=error.hint or "see encryption.keys"
            ) from None
        except ValueError as error:
            hint = "make one with: linkage-gateway encryption new-key"
            raise KeyMissing(f"the key {key_id} cannot be used: it is {error}", hint=hint) from None
