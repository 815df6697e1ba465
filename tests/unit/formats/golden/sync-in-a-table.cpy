000100 01  R.
000200     05  T               OCCURS 2 TIMES.
000300         10  A           PIC S9(9) COMP SYNC.
000400         10  B           PIC X.
000500     05  C               PIC X.
