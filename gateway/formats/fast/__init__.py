"""Conversion by compiled kernels, for plain layouts: the same results as the reference path, much faster.

Needs numba (the extra ``fast``). A kernel converts what is ordinary and stops at any record that is not: a fault, a
character in quotes, a sequence of code points. That record goes through the reference path, which alone decides and
reports, so the two can differ in speed only.
"""
