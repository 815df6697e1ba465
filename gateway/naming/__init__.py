"""Templates in names: what a source pattern captures, and what a destination's name becomes. Pure.

A source pattern such as ``out/JUKI_{date:%Y%m%d}_*.dat`` matches and captures; it never filters by today. A
destination name such as ``RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}`` is rendered once per transfer.

A file's business date is what its name says, else the header item that its layout names (``business_date``), else the
day of its admission, which begins at ``business_day_starts``.

| key          | source pattern                     | destination name                                  |
|--------------|------------------------------------|---------------------------------------------------|
| ``date``     | captures the business date         | the business date; ``%Y%m%d`` if nothing is said  |
| ``time``     | captures a time of day             | the admission time; ``%H%M%S`` if nothing is said |
| ``seq``      | captures a number (``{seq:06}``: six digits) | a counter of the journal, zero-padded so |
| ``name`` ``stem`` ``suffix`` | -                  | the source file's name, and its two parts         |
| ``revision`` | -                                  | nothing, then ``-r2``, ``-r3``                    |
| ``part``     | -                                  | which part of a file that is split, from 1 (``{part:02}``) |
"""

from gateway.naming.destination import Companion, DestinationName, NameValues
from gateway.naming.pattern import Captured, SourcePattern
from gateway.naming.template import PARTED, TemplateFault, bare_directives, split_name

__all__ = [
    "PARTED",
    "Captured",
    "Companion",
    "DestinationName",
    "NameValues",
    "SourcePattern",
    "TemplateFault",
    "bare_directives",
    "split_name",
]
