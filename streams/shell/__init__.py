"""Everything that touches the world, kept thin."""
