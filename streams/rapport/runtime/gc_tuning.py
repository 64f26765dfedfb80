"""Garbage collection tuning: rare collections, for millions of tuples without cycles."""

import gc
from typing import Final

THRESHOLDS: Final = (20_000, 500, 1_000)
"""The young generation is collected every 20,000 objects, which pauses all threads for about 5 ms
(200,000 objects: 35 to 80 ms); the older ones after 500 of those, every 10 million objects."""


def tune_gc() -> None:
    """Collect rarely in this process, and exempt the objects that exist now."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
