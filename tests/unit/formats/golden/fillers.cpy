000100 01  R.
000200     05  A               PIC X(2).
000300     05  FILLER          PIC X(3).
000400     05                  PIC X(2).
000500     05  B               PIC 9(2).
000600     05  FILLER          PIC X.
