"""How often Python looks for cycles among objects: rarely, where millions of tuples have none."""

import gc
from typing import Final

THRESHOLDS: Final = (200_000, 50, 1_000)


def collect_rarely() -> None:
    """Look for cycles rarely in this process, and never among what is there already."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
