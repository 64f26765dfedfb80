"""From rows of what people really export to events: pure mappings, one module a kind of file."""
