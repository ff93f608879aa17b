"""Loops that numba compiles; each has a plain twin elsewhere, which it is held to."""
