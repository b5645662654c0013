"""The file store: receive, inspect, scan, keep and serve evidence.

Invariant: when a StoredFile is returned, its bytes are on disk for good under their own SHA-256, are of a
kind on the list, and came from a file that was refused nothing; a file refused or cut off leaves no trace.
"""
