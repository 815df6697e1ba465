000100 01  R.
000200     05  A               PIC X(2) OCCURS 3 TIMES.
000300     05  B               PIC S9(3) COMP-3 OCCURS 2.
000400     05  C               PIC S9(4) COMP OCCURS 2 TIMES.
