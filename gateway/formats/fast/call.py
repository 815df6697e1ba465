"""What a kernel is called with: the address of 64-bit numbers, some of which it writes. Places are addresses."""

from __future__ import annotations

from array import array

OPS, OPS_END, AUX, POOL, CODES, STEP, OUT, REACHED, MADE = range(9)
"""Of both kernels: operations, tables and byte strings of the program; the table of the character code; bytes of a
legacy record with its line end; where to write; and what it tells: the record or place reached, the bytes or records
made."""

BLOCK, FIRST, COUNT, OWN_END, CSV_END = range(9, 14)
"""To CSV: where the records begin, the first one and the one after the last, bytes of the line ends read, written."""

BEGIN, END, LINE_END, EMPTY, ROOM = range(9, 14)
"""From CSV: where the lines begin and end, bytes of their line ends, an empty record, how many there is room for."""

NUMBERS = 14


class Call:
    """The numbers of one kernel call after another."""

    def __init__(self) -> None:
        self.numbers = array("q", bytes(8 * NUMBERS))
        self.address = self.numbers.buffer_info()[0]

    def program(self, addresses: tuple[int, int, int, int], codes: int) -> None:
        """What the kernel executes."""
        self.numbers[OPS : CODES + 1] = array("q", (*addresses, codes))
