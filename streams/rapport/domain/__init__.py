"""The pure core: values in, values out; no clock, no log, no I/O, no randomness."""
