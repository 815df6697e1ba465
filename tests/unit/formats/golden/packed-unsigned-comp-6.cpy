000100 01  R.
000200     05  A               PIC 9(4) COMP-6.
000300     05  B               PIC 9(5) COMP-6.
000400     05  C               PIC 9(3)V99 COMP-6.
