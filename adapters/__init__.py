"""The kinds of places, as an explicit table: ``ADAPTERS["ftp"].build(options, name="mainframe")``.

Options are there at once; an adapter's module and its protocol library are loaded when one is first built.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from adapters.options import FtpOptions, LocalOptions, PlaceOptions, SftpOptions
from adapters.s3.options import S3Options

if TYPE_CHECKING:
    from adapters.base import Adapter


@dataclass(frozen=True, kw_only=True)
class AdapterKind:
    """One kind of place: the model of its options, and its class as ``module:name``."""

    options: type[PlaceOptions]
    adapter: str

    def build(self, options: PlaceOptions, *, name: str) -> Adapter:
        """Make the adapter of the endpoint ``name``. Nothing connects before ``async with``."""
        module, attribute = self.adapter.split(":")
        return cast("Adapter", getattr(import_module(module), attribute)(options, name=name))


ADAPTERS: dict[str, AdapterKind] = {
    "ftp": AdapterKind(options=FtpOptions, adapter="adapters.ftp.adapter:FtpAdapter"),
    "sftp": AdapterKind(options=SftpOptions, adapter="adapters.sftp.adapter:SftpAdapter"),
    "s3": AdapterKind(options=S3Options, adapter="adapters.s3.adapter:S3Adapter"),
    "local": AdapterKind(options=LocalOptions, adapter="adapters.local.adapter:LocalAdapter"),
}
