"""Replays a recorded history through the ledger, and says what scores come out.

A history is a file of records as publishers wrote them, one JSON array a line: headers and value.
`make histories` writes the expected scores anew; what changes is then seen in the diff.
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from rapport.domain.events.decoder import decode_event
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import decode, encode
from rapport.domain.ledger.rollup import Amounts, count_page
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth, evaluate
from rapport.domain.scoring.score import Score
from rapport.domain.signals.finder import SignalNames
from rapport.runtime.policy_file import DEFAULT_POLICY
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.worker.storage.pages import PageStore, is_live_page

HERE = Path(__file__).parent
SCORED_DAYS = 2
BETWEEN_DAYS = 28
EPOCH = date(1970, 1, 1)
DIGITS = 9
BATCH = 500


class Stores(dict[bytes, bytes]):
    """Stands in for the local store."""

    def get(self, _partition: int, key: bytes) -> bytes | None:  # type: ignore[override]
        return super().get(key)


def histories() -> list[Path]:
    return sorted(HERE.glob("*.jsonl.gz"))


def records(history: Path) -> Iterator[tuple[list[tuple[str, bytes]], bytes]]:
    with gzip.open(history, "rt", encoding="utf-8") as lines:
        for line in lines:
            headers, value = json.loads(line)
            yield [(name, text.encode()) for name, text in headers], value.encode()


def ledger(history: Path) -> dict[bytes, bytes]:
    """Return every page, by key."""
    find, stores = SignalNames(load_vocabulary(None)), Stores()
    store, outcomes = PageStore(stores), Counter()
    for number, (headers, value) in enumerate(records(history), 1):
        client, page_day, posting, *_ = decode_event(value, headers, find)
        store.join((0, client, page_day), ([posting[0]], [posting[1:]]), [], outcomes)
        if number % BATCH == 0:
            keep(store, stores)
    keep(store, stores)
    return stores


def keep(store: PageStore, stores: Stores) -> None:
    for values in store.encode_pages(store.take_touched()).values():
        stores.update(values)
    store.forget()


def measures(pages: dict[bytes, bytes]) -> dict[str, ClientMeasures]:
    amounts: defaultdict[str, Amounts] = defaultdict(dict)
    for key, value in sorted(pages.items()):
        if is_live_page(key, value, super(Stores, pages).get):
            count_page(value, amounts[key.rsplit(b"|", 3)[0].decode()])
            assert encode(decode(value), int(key.split(b"|")[-3])) == value
    return {client: ClientMeasures.restored(found) for client, found in amounts.items()}


def scores(history: Path) -> dict[str, Any]:
    """Return client -> day -> what it scores."""
    every = measures(ledger(history))
    compiled = CompiledPolicy(parse_policy(DEFAULT_POLICY.read_text()))
    last = max(day for one in every.values() for days in one.amounts.values() for day in days)
    scores: dict[str, Any] = {client: {} for client in sorted(every)}
    for day in range(last - (SCORED_DAYS - 1) * BETWEEN_DAYS, last + 1, BETWEEN_DAYS):
        own = {name: client_inputs(found, compiled.policy, day) for name, found in every.items()}
        shared = fleet_context(own.values(), compiled.policy, day, {})
        for name, found in sorted(every.items()):
            health = evaluate(name, found, own[name], compiled, day, shared)
            scores[name][str(date.fromordinal(EPOCH.toordinal() + day))] = scores_json(health)
    return scores


def scores_json(health: ClientHealth) -> dict[str, Any]:
    purchases = health.purchases
    return rounded(
        {
            **{score.name: _score(score) for score in health.scores},
            "purchases": {
                "observed": purchases.observed,
                "expected": purchases.expected,
                "probability": purchases.probability,
                "state": purchases.state,
            },
        }
    )


def _score(score: Score) -> dict[str, Any] | None:
    if score.shown is None and not score.confidence:
        return None
    parts = {part.component: score.ratio(part.points) for part in score.parts if part.points}
    return {"value": score.shown, "confidence": score.confidence, "from": parts}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    return round(value, DIGITS) if isinstance(value, float) else value


def expected_file(history: Path) -> Path:
    return history.with_name(history.name.replace(".jsonl.gz", ".scores.json"))


def main() -> None:
    for history in histories():
        text = json.dumps(scores(history), indent=1, sort_keys=True) + "\n"
        file = expected_file(history)
        before = file.read_text() if file.exists() else ""
        file.write_text(text)
        print(f"{file.name}: {'unchanged' if text == before else 'changed: review the diff'}")


if __name__ == "__main__":
    sys.exit(main())
