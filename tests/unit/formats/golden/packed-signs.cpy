000100 01  R.
000200     05  P1              PIC S9(5)     COMP-3.
000300     05  P2              PIC S9(4)     COMP-3.
000400     05  P3              PIC 9(3)      COMP-3.
000500     05  P4              PIC S9(7)V99  COMP-3.
000600     05  P5              PIC SV9(3)    COMP-3.
