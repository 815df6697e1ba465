"""``python -m gateway.reference docs/reference``."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.reference.pages import write_reference

write_reference(Path(sys.argv[1]))
