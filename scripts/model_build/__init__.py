"""Builds the models Smilepost ships. Runs in its own environment, never on a kiosk."""
