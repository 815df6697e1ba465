000100 01  R.
000200     05  Y               OCCURS 2.
000300         10  M           OCCURS 2.
000400             15  D       PIC 9 OCCURS 2.
