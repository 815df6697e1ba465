000100 01  R.
000200     05  A               PIC G(3) USAGE DISPLAY-1.
000300     05  B               PIC G(2) DISPLAY-1.
000400     05  C               PIC N(2) USAGE IS NATIONAL.
