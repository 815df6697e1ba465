000100 01  R.
000200     05  K               PIC 9.
000300     05  WHOLE           PIC X(6).
000400     05  PARTS           REDEFINES WHOLE.
000500         10  PART        PIC 9(2) OCCURS 3.
