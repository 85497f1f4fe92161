"""Pages for people: what today was like, and what an installer needs; behind a PIN, over TLS."""
