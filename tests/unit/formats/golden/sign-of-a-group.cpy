000100 01  R.
000200     05  G               SIGN IS LEADING SEPARATE.
000300         10  A           PIC S9(2).
000400         10  B           PIC 9(2).
