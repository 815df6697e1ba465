"""Servers reached by SFTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Features, Publish
from adapters.host import HostAdapter
from adapters.options import shows_notes
from adapters.sftp.errors import ERRORS
from adapters.sftp.session import SftpSession

if TYPE_CHECKING:
    from adapters.options import SftpOptions


class SftpAdapter(HostAdapter[SftpSession]):
    """One SFTP server."""

    errors = ERRORS
    size_proves = False  # a write in the middle may have failed before the last one was done

    def __init__(self, options: SftpOptions, *, name: str) -> None:
        super().__init__(options, name=name)
        self._sftp_options = options
        self._creates_only = False

    @property
    def features(self) -> Features:
        """Version 3 gives whole seconds; only some servers refuse a taken name by themselves."""
        direct = self._sftp_options.publish == "direct"
        return Features(
            publish=Publish.DIRECT if direct else Publish.ATOMIC,
            conditional_create=self._creates_only and not direct,
            mtime_precision=1.0,
            resume=True,
            keeps_notes=shows_notes(self._sftp_options),
        )

    def open_session(self) -> SftpSession:
        """Connect, check the host's key, log in."""
        session = SftpSession(self._sftp_options)
        self._creates_only = session.creates_only
        return session
