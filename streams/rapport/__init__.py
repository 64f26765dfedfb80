"""The stream processor: pure core, catalogue, thin shell, and the command line."""
