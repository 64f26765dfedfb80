"""What is logged, and how: never what an event says."""

import logging
from typing import Final

QUOTING: Final = ("aiokafka", "kafka")
"""Loggers that quote whole records at DEBUG, comments and all."""


def log_from(level: str) -> None:
    """Log to standard error from `level` on; libraries that quote events, from INFO on."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    for name in QUOTING:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
