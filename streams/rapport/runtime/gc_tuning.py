"""How often Python looks for cycles among objects: rarely, where millions of tuples have none."""

import gc
from typing import Final

THRESHOLDS: Final = (20_000, 500, 1_000)
"""Young objects are looked at 20,000 at a time, which holds every thread up for about 5 ms (200,000
at a time: 35 to 80 ms); older ones after 500 such times, once in 10 million."""


def tune_gc() -> None:
    """Look for cycles rarely in this process, and never among what is there already."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
