000100 01  R.
000200     05  A               PIC S9(3)
000300                         SIGN IS LEADING SEPARATE CHARACTER.
000400     05  B               PIC S9(3) SIGN IS TRAILING SEPARATE.
000500     05  C               PIC S9(2)V9
000600                         SIGN TRAILING SEPARATE CHARACTER.
