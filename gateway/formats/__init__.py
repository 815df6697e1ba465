"""Record formats: legacy layouts, standardized CSV, characters, numbers, dates, and mappings between them.

A leaf: it imports nothing else of the gateway. People write ``Layout``, ``CsvProfile``, ``Mapping`` and 外字 tables;
``compile_conversion`` makes a ``Converter`` of two ``Form``s and a mapping, and names every fault at once.
"""

from gateway.formats.characterimport import Imported, Selectors, import_characters
from gateway.formats.characters.gaiji import CharacterTable
from gateway.formats.conversion import Converter, compile_conversion
from gateway.formats.copybooks.copybookimport import import_copybook
from gateway.formats.explain import Explained, explain
from gateway.formats.faults import (
    BadRecord,
    BadRecordReport,
    BadRecords,
    Converted,
    FormatFault,
    FormatFaults,
)
from gateway.formats.form import Form, count_records, cut_short
from gateway.formats.golden import run_golden
from gateway.formats.layouts.item import Item
from gateway.formats.layouts.layout import Layout
from gateway.formats.mappings.lookup import LookupTable
from gateway.formats.mappings.mapping import Mapping
from gateway.formats.privateuse import PrivateUse, private_use
from gateway.formats.sample import OutsideCode, Sampled, look_outside
from gateway.formats.selection import Selection, SelectionError, identity
from gateway.formats.standardized.profile import CsvProfile

__all__ = [
    "BadRecord",
    "BadRecordReport",
    "BadRecords",
    "CharacterTable",
    "Converted",
    "Converter",
    "CsvProfile",
    "Explained",
    "Form",
    "FormatFault",
    "FormatFaults",
    "Imported",
    "Item",
    "Layout",
    "LookupTable",
    "Mapping",
    "OutsideCode",
    "PrivateUse",
    "Sampled",
    "Selection",
    "SelectionError",
    "Selectors",
    "compile_conversion",
    "count_records",
    "cut_short",
    "explain",
    "identity",
    "import_characters",
    "import_copybook",
    "look_outside",
    "private_use",
    "run_golden",
]
