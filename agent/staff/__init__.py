"""The people at the counter: who is on shift, what they are told, and when."""
