000100 01  R.
000200     05  FILLER.
000300         10  A           PIC X.
000400         10  B           PIC X.
000500     05  C               PIC X.
