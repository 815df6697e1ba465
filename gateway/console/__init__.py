"""The status page: how the city's linkages are, what comes next, and what to do; in Japanese and English.

Server-rendered; works without script, from no other server, in old browsers. A script of our own keeps it current.
"""
