"""Rapport's publisher in each of its ways."""

import sys
import tempfile
import threading
import time

from common import WARM_UP_EVENTS, event, measure, report

from rapport.publish import Publisher, Spool

bootstrap, count, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
MANY = 100
THREADS = 8


def by_threads(publisher):
    """Publish from several threads, which share syncs of the disk."""
    import os

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def work(first):
        for number in range(first, count, THREADS):
            publisher.publish(event(number))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    cpu, started = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name = f"Rapport, spool, {THREADS} threads"
    report(name, count, time.perf_counter() - started, flush, started, cpu)


def many(number):
    """Publish a hundred at each hundredth call."""
    if number % MANY == MANY - 1:
        publisher.publish_many([event(one) for one in range(number - MANY + 1, number + 1)])


def flush():
    return publisher.flush(120)


with tempfile.TemporaryDirectory(prefix="rapport-spool-") as directory:
    every = Spool(directory, fsync="each-second" if way == "each-second" else "always")
    spool = None if way == "memory" else every
    with Publisher(bootstrap, source="urn:bench", spool=spool) as publisher:
        one = lambda number: publisher.publish(event(number))  # noqa: E731 # beside the others
        assert WARM_UP_EVENTS % MANY == count % MANY == 0
        match way:
            case "memory":
                measure("Rapport", count, one, flush)
            case "each-second":
                measure("Rapport, spool synced each second", count, one, flush)
            case "many":
                measure(f"Rapport, spool, publish_many of {MANY}", count, many, flush)
            case "threads":
                by_threads(publisher)
            case _:
                measure("Rapport, spool, one thread", count, one, flush)
