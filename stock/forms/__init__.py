"""Forms of the pages of stock."""
