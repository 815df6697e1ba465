000100 01  R.
000200     05  A               PIC X(4) VALUE 'AB
000300-    'CD'.
000400     05  LONG-NA
000500-    ME              PIC 9(2).
000600     05  B
000700                         PICTURE IS
000800                         S9(3)
000900                         USAGE IS
001000                         COMPUTATIONAL-3.
