"""What stands in the addresses that a browser asks for, and what it is given to save."""

from __future__ import annotations

from datetime import date

from aiohttp import web


def local_path(path: str) -> str:
    """A path of this page to go back to; the first page where the given one leads elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def download(content: bytes, name: str) -> web.Response:
    """A CSV that the browser saves under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=headers)


def number(text: str) -> int:
    """A number that an address gives; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def day_of(text: str) -> date | None:
    """A day that an address gives; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
