000100 01  R.
000200     05  N               PIC 9.
000300     05  T               PIC X OCCURS 0 TO 3 DEPENDING ON N.
000400     05  AFTER           PIC X.
