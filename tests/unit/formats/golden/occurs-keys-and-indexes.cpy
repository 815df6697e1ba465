000100 01  R.
000200     05  T               OCCURS 2 TIMES
000300                         ASCENDING KEY IS K
000400                         INDEXED BY IX-1, IX-2.
000500         10  K           PIC 9.
000600         10  V           PIC X.
