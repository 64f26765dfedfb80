"""The demo's data: real events of three sources, joined into one organisation that does not exist.

The sample is cut by `deploy/demo/cut_sample.py`; licences and origins are in ATTRIBUTION.md. Each
source is shifted in time so that it ends yesterday.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from rapport.schemas.client import ClientRegistered
from rapport.schemas.errors import RapportError
from rapport.streams.core.facts import slug
from rapport.streams.shell.importers import nhs_fft, purchase_cards, servicenow
from rapport.streams.shell.importers.row import RowEvent, moment

HERE: Final = Path(__file__).parent
SAMPLE: Final = {
    "tickets": HERE / "tickets.csv.gz",
    "purchases": HERE / "purchases.csv.gz",
    "answers": HERE / "answers.csv.gz",
}
WHOLE: Final = {
    "tickets": "incident_event_log.csv.gz",
    "purchases": "birmingham_purchase_cards.csv.gz",
    "answers": "nhs_fft_scores.csv.gz",
}
OWNER_OF_THE_WHOLE: Final = "relationship-team-a"
Rows = list[dict[str, str]]


def demo_clients(directory: Path | None = None) -> list[ClientRegistered]:
    """Return the registry: the sample's joined clients, or a client per unit of the whole data."""
    if directory is not None:
        names = sorted(_units(directory))
        return [
            ClientRegistered(client=name, name=name, owner=OWNER_OF_THE_WHOLE, aliases=[])
            for name in names
        ]
    return [
        ClientRegistered(
            client=client["id"],
            name=client["name"],
            owner=client["owner"],
            aliases=[slug(name) for name in _names(client)],
        )
        for client in json.loads((HERE / "clients.json").read_text())["clients"]
    ]


def demo_events(today: date, directory: Path | None = None) -> list[RowEvent]:
    """Return every event in order of its own time, the newest of each source yesterday."""
    yesterday = today - timedelta(days=1)
    files = _files(directory)
    tickets, purchases, answers = (
        _rows(files[name]) for name in ("tickets", "purchases", "answers")
    )
    events = [
        *_ticket_events(tickets, yesterday),
        *_purchase_events(purchases, yesterday),
        *_answer_events(answers, yesterday),
    ]
    events.sort(key=lambda event: (event.at, event.event_id))
    return events


def _names(client: dict[str, Any]) -> list[str]:
    return [
        name for name in (*client["cost_centres"], client["location"], client["service"]) if name
    ]


def _files(directory: Path | None) -> dict[str, Path]:
    if directory is None:
        return SAMPLE
    files = {name: directory / file for name, file in WHOLE.items()}
    for path in files.values():
        if not path.is_file():
            raise RapportError(
                f"{path} is missing; --data wants a directory with {', '.join(WHOLE.values())}"
            )
    return files


def _rows(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _units(directory: Path) -> Iterator[str]:
    files = _files(directory)
    yield from {slug(row["location"]) for row in _rows(files["tickets"])} - {"-"}
    yield from {slug(row["cac2"]) for row in _rows(files["purchases"])} - {"-"}
    for row in {(r["organisation"], r["service1"]) for r in _rows(files["answers"])}:
        yield slug(" ".join(row))


def _shift(dates: Iterable[date], yesterday: date) -> timedelta:
    return timedelta(days=(yesterday - max(dates)).days)


def _ticket_events(rows: Rows, yesterday: date) -> Iterator[RowEvent]:
    touched = (moment(row["sys_updated_at"], servicenow.DATE).date() for row in rows)
    shift = _shift(touched, yesterday)
    for _, ticket in groupby(rows, key=lambda row: row["number"]):
        yield from servicenow.ticket_events(list(ticket), shift)


def _purchase_events(rows: Rows, yesterday: date) -> Iterator[RowEvent]:
    shift = _shift((date.fromisoformat(row["trans_date"]) for row in rows), yesterday)
    ids = purchase_cards.PurchaseIds()
    for row in rows:
        yield from purchase_cards.purchase_events(row, ids, shift)


def _answer_events(rows: Rows, yesterday: date) -> Iterator[RowEvent]:
    shift = _shift((moment(row["date"], *nhs_fft.DATES).date() for row in rows), yesterday)
    for row in rows:
        yield from nhs_fft.answer_events(row, shift)
