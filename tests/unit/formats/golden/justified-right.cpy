000100 01  R.
000200     05  A               PIC X(5) JUSTIFIED RIGHT.
000300     05  B               PIC X(3) JUST.
