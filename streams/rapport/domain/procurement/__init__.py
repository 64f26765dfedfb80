"""procurement."""
