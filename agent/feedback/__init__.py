"""Feedback: praise, complaints, suggestions, questions, in the customer's own words."""
