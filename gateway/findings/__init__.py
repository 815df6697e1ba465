"""What is found of held files, and what commands say, told in Japanese. Pure."""

from gateway.findings.japanese import in_japanese
from gateway.findings.wordings import SAYINGS

__all__ = ["SAYINGS", "in_japanese"]
