"""announce."""
