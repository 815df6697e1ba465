000100 01  R.
000200     05  K               PIC X.
000300     05  A               PIC X(4).
000400     05  B               REDEFINES A PIC 9(4).
000500     05  C               REDEFINES A.
000600         10  C1          PIC S9(4) COMP.
000700         10  C2          PIC X(2).
