"""Simulated years of several homes: the real commands on a real database, with a false clock, mailbox and timer.

People answer late, twice, wrongly, for one another or never; processes die between any two statements; the
database alone says how it goes on. What is decided by chance comes from one seed. `make simulate` lives long.
"""
