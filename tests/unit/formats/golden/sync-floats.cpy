000100 01  R.
000200     05  A               PIC X.
000300     05  B               COMP-1 SYNC.
000400     05  C               COMP-2 SYNC.
000500     05  D               COMP-1.
000600     05  E               PIC X.
000700     05  F               COMP-2 SYNC.
