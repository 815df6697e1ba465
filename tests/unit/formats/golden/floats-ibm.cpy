000100 01  R.
000200     05  A               COMP-1.
000300     05  B               COMP-2.
000400     05  C               USAGE IS COMP-1.
