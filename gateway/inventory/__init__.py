"""The linkage inventory (連携一覧): written out of the configuration, read back as skeletons of routes, compared."""

from gateway.inventory.difference import Difference, differences
from gateway.inventory.entry import COLUMNS, Column, Entry, column_of
from gateway.inventory.listing import Listed, entries, linkage_map
from gateway.inventory.sheet import SheetFault, csv_text, read_sheet, write_xlsx
from gateway.inventory.skeletons import Skeleton, skeletons
from gateway.inventory.tables import markdown, mermaid

__all__ = [
    "COLUMNS",
    "Column",
    "Difference",
    "Entry",
    "Listed",
    "SheetFault",
    "Skeleton",
    "column_of",
    "csv_text",
    "differences",
    "entries",
    "linkage_map",
    "markdown",
    "mermaid",
    "read_sheet",
    "skeletons",
    "write_xlsx",
]
