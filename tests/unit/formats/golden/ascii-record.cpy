000100 01  R.
000200     05  A               PIC X(6).
000300     05  B               PIC S9(3).
000400     05  C               PIC 9(3).
000500     05  D               PIC S9(2) SIGN LEADING SEPARATE.
000600     05  E               PIC N(2).
