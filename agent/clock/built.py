"""When this wheel was built; `setup.py` writes this module anew into every wheel."""

BUILT_MS = 0
"""Milliseconds since 1970 UTC; 0 in a checkout."""
