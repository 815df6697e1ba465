000100 01  R.
000200     05  N               PIC 9.
000300     05  G               OCCURS 0 TO 2 DEPENDING ON N.
000400         10  K           PIC X.
000500         10  V           PIC 9 OCCURS 3.
