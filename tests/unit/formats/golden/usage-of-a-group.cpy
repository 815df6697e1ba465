000100 01  R.
000200     05  G               USAGE COMP-3.
000300         10  A           PIC S9(3).
000400         10  B           PIC S9(5)V99.
