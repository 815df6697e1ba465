000100 01  R.
000200     05  N               PIC S9(4) COMP.
000300     05  T               PIC X(2) OCCURS 1 TO 4 DEPENDING ON N.
000400     05  AFTER           PIC 9(3).
