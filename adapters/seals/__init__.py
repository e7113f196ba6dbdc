"""Proving the log: a Merkle tree over all its events as static files, signed, witnessed, and checked offline."""
