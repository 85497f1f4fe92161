"""What the customer's page and the pages for people share as HTTP servers."""
