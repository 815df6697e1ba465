000100 01  R.
000200     05  K               PIC 9.
000300     05  LONG            PIC X(6).
000400     05  SHORT           REDEFINES LONG PIC 9(2).
000500     05  TAIL            PIC X.
