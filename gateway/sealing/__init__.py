"""Files at rest, encrypted where the installation wants it: in age's format, by keys that are known by their ids.

What is encrypted has a name that ends in ``.age``; nothing is told by its bytes. Everywhere else content, digests and
sizes are those of the plain file.
"""

from gateway.sealing.keys import Key, KeyMissing, Keys
from gateway.sealing.sealed import SUFFIX, Broken, SealedFile
from gateway.sealing.sealing import (
    PART,
    PLAIN,
    TURN,
    Sealing,
    on_disk,
    references,
    sealed_name,
    sealing_of,
    sync,
    sync_folder,
)

__all__ = [
    "PART",
    "PLAIN",
    "SUFFIX",
    "TURN",
    "Broken",
    "Key",
    "KeyMissing",
    "Keys",
    "SealedFile",
    "Sealing",
    "on_disk",
    "references",
    "sealed_name",
    "sealing_of",
    "sync",
    "sync_folder",
]
