000100 01  R.
000200     05  N               PIC 9(2).
000300     05  T               OCCURS 0 TO 5 TIMES DEPENDING ON N.
000400         10  A           PIC X.
000500         10  P           PIC S9(3) COMP-3.
