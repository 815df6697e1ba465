000100*   A REMARK:  05 NOT-THERE PIC X(9).
000200/   A NEW PAGE
000300 01  R.                                                           ABCD0001
000400D    05  DEBUGGING       PIC X(9).
000500     05  A               PIC X(2).                                 05 B PIC X
000600*
       05  C PIC 9.                         *> 05 D PIC X.
