000100 01  R.
000200     05  A               PIC 9(2)PPP.
000300     05  B               PIC VPP9(2).
000400     05  C               PIC S9(3)P COMP-3.
000500     05  D               PIC PP9(3).
