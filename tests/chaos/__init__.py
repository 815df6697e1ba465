"""Everything at once: dozens of routes over real servers while lines, hosts, disk, clock and the gateway itself fail.

``run.py`` plays it, ``checker.py`` says what became of every file. The checker is a program of its own: it reads what
senders wrote down, the places themselves and what consumers took away, and never the gateway's journal.
"""
