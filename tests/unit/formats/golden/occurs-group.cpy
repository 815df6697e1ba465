000100 01  R.
000200     05  LINE            OCCURS 2 TIMES.
000300         10  ITEM        PIC X(2).
000400         10  PRICE       PIC 9(3).
000500     05  TOTAL           PIC 9(4).
