"""A service that publishes the plan through a spool; killed and started again, it goes on.

A receipt is written down, in one system call, only after `publish` has returned it. A file
named `over` ends it after the next event: one that was killed may have published that event without
a receipt.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

from plan import plan

from rapport.publish import Publisher

SOURCE = "urn:chaos:service"
OVER = "over"


def main(bootstrap: str, directory: Path, seed: int, count: int, rate: float, began: str) -> None:
    events = plan(seed, count, datetime.fromisoformat(began))
    receipts = os.open(directory / "receipts", os.O_CREAT | os.O_RDWR | os.O_APPEND)
    done = os.fstat(receipts).st_size
    due_seconds = time.monotonic()
    with Publisher(bootstrap, source=SOURCE, spool=directory / "spool") as publisher:
        for planned in events[done:]:
            due_seconds += 1 / rate
            time.sleep(max(0.0, due_seconds - time.monotonic()))
            receipt = publisher.publish(planned.data, id=planned.event_id, time=planned.at)
            if receipt.done:
                os.write(receipts, b".")
            if (directory / OVER).exists():
                break
        publisher.flush(60)


if __name__ == "__main__":
    _, address, directory, seed_text, count_text, rate_text, began_text = sys.argv
    main(address, Path(directory), int(seed_text), int(count_text), float(rate_text), began_text)
