"""What changes goods and where they lie."""
