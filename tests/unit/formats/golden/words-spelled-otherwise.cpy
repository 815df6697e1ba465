000100 01  r.
000200     05  a               picture is x(2).
000300     05  b               pic s9(3)v9, usage is packed-decimal.
000400     05  c               pic 9(4) usage computational.
000500     05  d               pic s9(2)
000600                         sign is leading separate character.
000700     05  e               occurs 2 times pic x.
