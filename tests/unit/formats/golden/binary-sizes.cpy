000100 01  R.
000200     05  B4              PIC S9(4)  COMP.
000300     05  B9              PIC S9(9)  COMP.
000400     05  B18             PIC S9(18) COMP.
000500     05  U4              PIC 9(4)   BINARY.
000600     05  U9              PIC 9(9)   COMP-4.
