"""Signals alone, without Kafka: microseconds a text, over the labelled texts of the tests."""

import statistics
import sys
import time
from pathlib import Path

from rapport.domain.signals.finder import find_signals
from rapport.runtime.vocabulary_file import load_labelled, load_vocabulary

DATA = Path(__file__).parents[1] / "tests" / "data"
ROUNDS = 5


def main() -> None:
    started = time.perf_counter()
    vocabulary = load_vocabulary(None)
    loaded_seconds = time.perf_counter() - started
    texts = [
        one.text for file in sorted(DATA.glob("signals_*.jsonl")) for one in load_labelled(file)
    ]
    for name, some in (("comment", texts), ("8 KiB text", [("\n".join(texts) * 2)[:8_192]] * 20)):
        rounds = [[_microseconds(text, vocabulary) for text in some] for _ in range(ROUNDS)]
        best = [min(one) for one in zip(*rounds, strict=True)]
        print(
            f"{name}: first time {statistics.median(rounds[0]):.0f} us, then median "
            f"{statistics.median(best):.0f} us, 99th percentile "
            f"{statistics.quantiles(best, n=100)[98]:.0f} us"
        )
    print(f"vocabulary read in {loaded_seconds:.2f} s")


def _microseconds(text, vocabulary) -> float:
    started = time.perf_counter()
    find_signals(text, vocabulary)
    return (time.perf_counter() - started) * 1e6


if __name__ == "__main__":
    sys.exit(main())
