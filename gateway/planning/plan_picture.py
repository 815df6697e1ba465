"""The plan of a city as a picture, and the pictures in docs/ of the sample city's plan."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.drawing import Labels, timeline_svg
from gateway.drawing.palette import Language
from gateway.load import City, load
from gateway.planning.plan import Planner
from gateway.timeline import Timeline

_SAMPLE_DAY = datetime(2026, 12, 1, tzinfo=UTC)
_WORDS: dict[Language, str] = {"ja": "移行計画", "en": "Migration plan"}


def plan_picture(
    city: City, plan: Timeline, now: datetime, language: Language, before: Timeline | None = None
) -> str:
    """A timeline of the city as SVG, with the names that people know; see ``timeline_svg``."""
    installation = city.installation
    labels = Labels(
        title=f"{installation.gateway.name} {_WORDS[language]}",
        vendors={name: vendor.title for name, vendor in installation.vendors.items()},
        systems={name: system.title for name, system in city.systems.items()},
    )
    return timeline_svg(
        plan, zone=installation.zone, now=now, language=language, before=before, labels=labels
    )


def sample(config: Path, language: Language) -> str:
    """The picture in docs/: the plan of the sample city on one certain day."""
    city = load(config, environment={}, now=_SAMPLE_DAY)
    planner = Planner(city=city)
    return plan_picture(city, planner.timeline(*planner.usual(_SAMPLE_DAY)), _SAMPLE_DAY, language)


if __name__ == "__main__":
    written: dict[str, Language] = {"plan-sample.svg": "en", "plan-sample.ja.svg": "ja"}
    for name, spoken in written.items():
        (Path(sys.argv[2]) / name).write_text(sample(Path(sys.argv[1]), spoken), encoding="utf-8")
