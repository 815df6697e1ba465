000100 01  R.
000200     05  N               PIC 9.
000300     05  M               PIC 9.
000400     05  A               PIC X OCCURS 0 TO 3 DEPENDING ON N.
000500     05  B               PIC 9 OCCURS 0 TO 3 DEPENDING ON M.
