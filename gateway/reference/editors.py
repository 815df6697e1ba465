"""New files of a configuration folder as editors like them: with a comment that leads to the schema of their kind.

The schemas of this version lie in the folder itself, so that completion and hover texts need nothing but the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from gateway.reference.pages import schema_text

FOLDER = ".schema"
"""In the configuration's folder; what begins with a dot is no part of the configuration."""


def create(path: Path, text: str, *, directory: Path, kind: str = "") -> bool:
    """Write a file below ``directory``; False, and nothing written, if it is there already.

    ``kind`` is one of ``KINDS``; a table has none, and no comment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = directory / FOLDER / f"{kind}.json"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(f"{comment(schema, path)}{text}" if kind else text)
    except FileExistsError:
        return False
    if kind:
        schema.parent.mkdir(exist_ok=True)
        schema.write_text(schema_text(kind), encoding="utf-8")
    return True


def comment(schema: Path, file: Path) -> str:
    """The first line, its end included, of a file by which editors find its schema."""
    return f"# yaml-language-server: $schema={Path(os.path.relpath(schema, file.parent)).as_posix()}\n"
