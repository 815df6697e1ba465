"""What an SFTP server answers to a request it does not do; numbers of draft-ietf-secsh-filexfer-02, section 7."""

from __future__ import annotations

FX_OK, FX_EOF, FX_NO_SUCH_FILE, FX_PERMISSION_DENIED, FX_FAILURE = 0, 1, 2, 3, 4
FX_NO_CONNECTION, FX_CONNECTION_LOST, FX_OP_UNSUPPORTED = 6, 7, 8


class StatusError(Exception):
    """The server answered with a status other than OK. ``code`` is one of ``FX_*``."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text or f"status {code}")
        self.code = code


class ConnectionGone(Exception):
    """The channel ended, or what came over it is no SFTP."""
