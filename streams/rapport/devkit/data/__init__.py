"""The demo's data: real events of three sources, joined into one fictional organisation.

The sample is cut by `deploy/demo/cut_sample.py`; licences and origins are in ATTRIBUTION.md. Each
source is read by a preset of `rapport import`, and shifted in time so that it ends yesterday.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from rapport.devkit.data.made_up import made_up
from rapport.domain.events.text_key import slug
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord, event_id
from rapport.importers.sync.messages import Message
from rapport_schemas.client import ClientRegistered
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.wire.errors import RapportError

__all__ = ["demo_data"]
HERE: Final = Path(__file__).parent
SAMPLE: Final = {
    "servicenow-audit-log": HERE / "tickets.csv.gz",
    "purchase-card-ledger": HERE / "purchases.csv.gz",
    "nhs-friends-and-family": HERE / "answers.csv.gz",
}
WHOLE: Final = {
    "servicenow-audit-log": "incident_event_log.csv.gz",
    "purchase-card-ledger": "birmingham_purchase_cards.csv.gz",
    "nhs-friends-and-family": "nhs_fft_scores.csv.gz",
}
OWNER_OF_THE_WHOLE: Final = "relationship-team-a"


def demo_data(
    today: date, directory: Path | None = None
) -> tuple[list[ClientRegistered], list[Message]]:
    """Return the registry, and every event in the order in which they happened.

    The newest event of each source is of yesterday. The registry holds the joined clients of the
    sample, with made-up events of the relationship, or a client for each unit of the whole data.
    """
    yesterday = today - timedelta(days=1)
    files = _files(directory)
    events = [event for name in files for event in _shifted(name, files[name], yesterday)]
    clients = _joined_clients() if directory is None else _units(events)
    if directory is None:
        events += made_up((client.client for client in clients), today)
    events.sort(key=lambda event: (event.at, event.id))
    return clients, events


def _joined_clients() -> list[ClientRegistered]:
    return [
        ClientRegistered(
            client=client["id"],
            name=client["name"],
            owner=client["owner"],
            aliases=[slug(name) for name in _names(client)],
        )
        for client in json.loads((HERE / "clients.json").read_text())["clients"]
    ]


def _units(events: list[Message]) -> list[ClientRegistered]:
    names: set[str] = {getattr(event.data, "client", "") for event in events}
    return [
        ClientRegistered(client=name, name=name, owner=OWNER_OF_THE_WHOLE, aliases=[])
        for name in sorted(names)
    ]


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
                f"{path} is missing; --data needs a directory with {', '.join(WHOLE.values())}"
            )
    return files


def _shifted(name: str, file: Path, yesterday: date) -> Iterator[Message]:
    records = list(_records(name, file))
    newest = max(event.at for record in records for event in record.events).date()
    shift = timedelta(days=(yesterday - newest).days)
    for record in records:
        for event in record.events:
            moved = _moved(event.data, shift)
            yield Message(moved, event_id(record.id, event.slot), event.at + shift)


def _records(name: str, file: Path) -> Iterator[SourceRecord]:
    table, records = open_records(file, preset(name))
    for outcome in records:
        if isinstance(outcome, SourceRecord):
            yield outcome
    table.close()


def _moved(data: BaseModel, shift: timedelta) -> BaseModel:
    if isinstance(data, PurchaseRecorded):
        return data.model_copy(update={"purchased_on": data.purchased_on + shift})
    return data
