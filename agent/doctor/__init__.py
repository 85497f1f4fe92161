"""Doctor: what holds on this machine and what does not, with a remedy for each."""
