"""Today, the reports, and the notices."""
