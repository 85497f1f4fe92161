"""Smilepost: the on-device agent that hears what customers say and counts the silent."""

__version__ = "0.1.0"
