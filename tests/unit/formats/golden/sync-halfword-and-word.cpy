000100 01  R.
000200     05  A               PIC X.
000300     05  B               PIC S9(4) COMP SYNC.
000400     05  C               PIC X(3).
000500     05  D               PIC S9(9) COMP SYNC.
000600     05  E               PIC S9(18) COMP SYNCHRONIZED.
