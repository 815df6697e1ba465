000100 01  R.
000200     05  A               PIC S9(7)V99 COMP.
000300     05  B               PIC SV9(4)   COMP.
000400     05  C               PIC 9(3)PP   COMP.
