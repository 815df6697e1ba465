000100 01  R.
000200     05  A               PIC S9(4) COMP-5.
000300     05  B               PIC 9(4)  COMP-5.
000400     05  C               PIC S9(9) COMP-5.
