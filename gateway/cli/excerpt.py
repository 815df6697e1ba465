"""An endpoint as it would be written with what was found out about its place: a part of endpoints.yaml to paste."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from gateway.config import Endpoint


def excerpt(
    directory: Path, name: str, endpoint: Endpoint, settings: Mapping[str, object], now: datetime
) -> str:
    """The endpoint's entry, complete, with ``settings`` in place of what is written; secrets stay references."""
    written = yaml.safe_load((directory / "endpoints.yaml").read_text(encoding="utf-8"))["endpoints"][name]
    changed = {key: value for key, value in settings.items() if key in type(endpoint.options).model_fields}
    entry = dict(written)
    variants = [dict(one) for one in entry.get("variants", ())]
    for key, value in changed.items():
        holding = _holding(entry, variants, endpoint, key, now)
        holding[key] = {**holding[key], **value} if isinstance(value, Mapping) else value
    if variants:
        entry["variants"] = variants
    said = ", ".join(sorted(key for key, value in changed.items() if written.get(key) != value))
    head = f"# {name}, with another {said}" if said else f"# {name}: nothing has to be written otherwise"
    body = yaml.safe_dump({"endpoints": {name: entry}}, sort_keys=False, allow_unicode=True, width=120)
    return f"{head}\n{body}"


def _holding(
    entry: dict[str, Any], variants: list[dict[str, Any]], endpoint: Endpoint, key: str, now: datetime
) -> dict[str, Any]:
    """Where a key stands that holds now: in the variant that does, if it has that key, else in the entry."""
    for variant, written in zip(reversed(endpoint.variants), reversed(variants), strict=True):
        if variant.covers(now):
            return written if key in written else entry
    return entry
