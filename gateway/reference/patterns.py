"""The page of linkage patterns: with whom a standard system exchanges files, in which environment, by which ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import get_args

from gateway.config.places import Environment
from gateway.model import Format
from gateway.reference.language import Language

TITLE = "Linkage patterns"
ABOUT = (
    "Four kinds of partners of a standard system, each in production and in verification: eight patterns. Files go "
    "either way. `check` refuses a route that joins two environments, and an unencrypted place that is not on site."
)
SEVERAL = "Verification has two sides, core and information, which are kept apart like production."
EXAMPLE = (
    "The partner's endpoint, for each kind of partner; in verification only `environment` differs, and the place. "
    "A place of another environment is an endpoint of its own, and routes to it are routes of their own."
)
COLUMNS = ("partner", "zone", "the partner's end", "conversion", *get_args(Environment))


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A kind of partner.

    Attributes:
        name: short, as in a file.
        format: what its end speaks, for as long as it is this kind of partner.
        endpoint: an example of its place, without its environment.
    """

    name: str
    title: str
    zone: str
    format: Format
    endpoint: str

    def written(self, environment: str) -> str:
        """The example, in an environment."""
        return f"{self.name}:\n  environment: {environment}\n{indent(dedent(self.endpoint), '  ').rstrip()}\n"


PARTNERS = (
    Partner(
        name="on-prem-system",
        title="A system on site that has not moved, or never moves",
        zone="on-prem",
        format=Format.LEGACY,
        endpoint="""\
          adapter: ftp
          zone: on-prem
          host: host.city.example
          tls: none
          login: {user: RENKEI, password: {env: MAINFRAME_PASSWORD}}
        """,
    ),
    Partner(
        name="same-package",
        title="A system that has moved, in the same package",
        zone="gov-cloud",
        format=Format.STANDARD,
        endpoint="""\
          adapter: s3
          zone: gov-cloud
          bucket: renkei
          region: ap-northeast-1
        """,
    ),
    Partner(
        name="other-package",
        title="A system that has moved, in a package of another vendor",
        zone="gov-cloud",
        format=Format.STANDARD,
        endpoint="""\
          adapter: s3
          zone: gov-cloud
          bucket: renkei-of-another-vendor
          region: ap-northeast-1
        """,
    ),
    Partner(
        name="outside",
        title="Another cloud, or a party outside",
        zone="other-cloud, outside",
        format=Format.LEGACY,
        endpoint="""\
          adapter: sftp
          zone: outside
          host: partner.example
          host_key: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          login: {user: city, key: {file: /etc/linkage-gateway/partner.key}}
        """,
    ),
)


def texts() -> Iterator[str]:
    """What the page says, to be translated."""
    yield from (TITLE, ABOUT, SEVERAL, EXAMPLE, *COLUMNS[:4], *_CONVERSION.values(), *_ENDS.values())
    yield from (partner.title for partner in PARTNERS)


_CONVERSION = {
    Format.LEGACY: "between its own format and the standardized one (`convert`), or unchanged if it takes that as well",
    Format.STANDARD: "none: both ends are standardized",
}
_ENDS = {Format.LEGACY: "its own format", Format.STANDARD: "standardized format"}


def patterns_page(spoken: Language, generated: str) -> str:
    """The page, in Markdown."""
    say = spoken.say
    head = [f"| {' | '.join(map(say, COLUMNS))} |", "|---" * len(COLUMNS) + "|"]
    rows = [f"| {' | '.join(_cells(partner, spoken))} |" for partner in PARTNERS]
    blocks = [f"```yaml\n{partner.written('production')}```" for partner in PARTNERS]
    text = [
        f"# {say(TITLE)}",
        generated,
        say(ABOUT),
        "\n".join([*head, *rows]),
        say(SEVERAL),
        say(EXAMPLE),
        *blocks,
    ]
    return "\n\n".join(text) + "\n"


def _cells(partner: Partner, spoken: Language) -> Iterator[str]:
    yield spoken.say(partner.title)
    yield ", ".join(f"`{zone}`" for zone in partner.zone.split(", "))
    yield spoken.say(_ENDS[partner.format])
    yield spoken.say(_CONVERSION[partner.format])
    yield from ("○" for _ in get_args(Environment))
