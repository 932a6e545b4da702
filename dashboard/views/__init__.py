"""Today and the reports."""
