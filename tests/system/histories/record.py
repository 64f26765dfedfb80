"""Recorded the histories: run once for each, never to change one that is there.

python tests/system/histories/record.py NAME, or `pages` for the pages of a new version
"""

import gzip
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from replay import ledger

from rapport.devkit.data import demo_data
from rapport.domain.events.facts import FACT_TYPES
from rapport.domain.ledger.page import PAGE_VERSION, decode
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CONTRACTS

HERE = Path(__file__).parent
TODAY = date(2026, 3, 2)
Event = tuple[Any, str, datetime]


def corrections() -> Iterator[Event]:
    """A week of what the chaos runs publish: twice, late, corrected, cancelled."""
    sys.path.insert(0, str(HERE.parent / "chaos"))
    from plan import plan

    for planned in plan(7, 3_000, datetime(2026, 3, 2, 10, tzinfo=UTC)):
        yield planned.data, planned.event_id, planned.at


def demo() -> Iterator[Event]:
    """Every ninth event of the demo's real data."""
    _, events = demo_data(TODAY)
    for event in events[::9]:
        yield event.data, event.id, event.at


def every_kind() -> Iterator[Event]:
    """A year of every type of event for three clients, of whom one buys outside more and more."""
    drawn = random.Random(11)  # noqa: S311 # events, no secrets
    for days_ago in range(400, 0, -1):
        at = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time(), UTC)
        for name in sorted(FACT_TYPES):
            for client in ("finance", "law", "research"):
                rising = client == "law" and "recorded" in name and days_ago < 40
                if rising or drawn.random() < 0.06:
                    yield _example(name, client, at, drawn), f"{name}/{client}/{days_ago}", at


def _example(name: str, client: str, at: datetime, drawn: random.Random) -> Any:
    good = {**EXAMPLES[name].good, "client": client}
    number = drawn.randrange(10**6)
    changed = {
        "ticket_id": f"INC{number}",
        "purchase_id": f"PO-{number}",
        "purchased_on": str(at.date()),
        "promise_id": f"P-{number}",
        "made_on": str(at.date()),
        "amount_minor": 100 * number + 100,
        "sla_met": drawn.random() < 0.8,
    }
    data = {**good, **{key: value for key, value in changed.items() if key in good}}
    return CONTRACTS[name].decode(json.dumps(data).encode())


def pages() -> None:
    """Record pages of the version that is written now; a new version gets a file of its own."""
    file = HERE / "pages" / f"version-{PAGE_VERSION}.json"
    if file.exists():
        sys.exit(f"{file.name} is recorded: what was released does not change")
    samples = []
    for key, value in sorted(ledger(HERE / "every-kind.jsonl.gz").items())[::9]:
        entries = decode(value).entries
        entries_json = {
            str(entity): [*entry[:2], entry[2].hex()] for entity, entry in entries.items()
        }
        samples.append({"key": key.decode(), "value": value.hex(), "entries": entries_json})
    file.write_text(json.dumps(samples, indent=1, sort_keys=True) + "\n")
    print(f"{file.name}: {len(samples)} pages")


def main(name: str) -> None:
    if name == "pages":
        pages()
        return
    made = {"corrections": corrections, "demo": demo, "every-kind": every_kind}[name]
    file = HERE / f"{name}.jsonl.gz"
    if file.exists():
        sys.exit(f"{file.name} is recorded: histories do not change; give another name")
    lines = []
    for data, event_id, at in made():
        _, _, value, headers = write_binary(data, event_id=event_id, source="urn:history", time=at)
        lines.append(json.dumps([[(key, text.decode()) for key, text in headers], value.decode()]))
    with gzip.GzipFile(file, "wb", mtime=0) as packed:
        packed.write("\n".join(lines).encode() + b"\n")
    print(f"{file.name}: {len(lines)} events, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
