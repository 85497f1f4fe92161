"""Screen: the customer's page, its words, and the server that shows it."""
