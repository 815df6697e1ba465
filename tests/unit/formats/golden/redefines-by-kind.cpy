000100 01  R.
000200     05  KIND            PIC X.
000300     05  PERSON.
000400         10  NAME        PIC X(6).
000500         10  AGE         PIC 9(2).
000600     05  COMPANY         REDEFINES PERSON.
000700         10  TITLE       PIC X(5).
000800         10  STAFF       PIC S9(5) COMP-3.
000900     05  TAIL            PIC X.
