"""The demo's data: a city's real purchases, and made-up events of everything else.

The clients and what was made up of them are in `fleet.toml`. The purchases are cut by
`deploy/demo/cut_sample.py`; their licence and origin are in ATTRIBUTION.md. Whole data sets have
tickets and survey answers too. Each file is read by a preset of `rapport import`, and shifted in
time so that it ends yesterday.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from rapport.devkit.data.fleet import DemoClient, read_fleet
from rapport.devkit.data.made_up import made_up
from rapport.devkit.data.recorded import recorded
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord, event_id
from rapport.importers.sync.messages import Message
from rapport_schemas.client import ClientRegistered
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.wire.errors import RapportError

__all__ = ["POLICY", "demo_data", "demo_desk"]
HERE: Final = Path(__file__).parent
POLICY: Final = HERE / "policy.toml"
"""The policy of the demo: what differs from the built-in one."""
PURCHASES: Final = "purchase-card-ledger"
SAMPLE: Final = {PURCHASES: HERE / "purchases.csv.gz"}
WHOLE: Final = {
    "servicenow-audit-log": "incident_event_log.csv.gz",
    PURCHASES: "birmingham_purchase_cards.csv.gz",
    "nhs-friends-and-family": "nhs_fft_scores.csv.gz",
}
OWNER_OF_THE_WHOLE: Final = "relationship-team-a"


def demo_data(
    today: date, directory: Path | None = None
) -> tuple[list[ClientRegistered], list[Message]]:
    """Return the registry, and every event in the order in which they happened.

    No event is later than yesterday. The registry holds the clients of `fleet.toml`, or a client
    for each unit of the whole data in `directory`.
    """
    files = _files(directory)
    yesterday = today - timedelta(days=1)
    events = [event for name in files for event in _shifted(name, files[name], yesterday)]
    if directory is None:
        fleet = read_fleet().clients
        clients = [_registered(client) for client in fleet]
        events = [
            *_known_purchases(events, fleet, today),
            *(event for client in fleet for event in made_up(client, today)),
        ]
    else:
        clients = _units(events)
    events.sort(key=lambda event: (event.at, event.id))
    return clients, events


def demo_desk(today: date, directory: Path | None = None) -> list[Message]:
    """Return what people recorded of the demo's clients; nothing of whole data sets."""
    fleet = read_fleet().clients if directory is None else ()
    return [event for client in fleet for event in recorded(client, today)]


def _registered(client: DemoClient) -> ClientRegistered:
    return ClientRegistered(
        client=client.id,
        name=client.name,
        owner=client.owner,
        aliases=[centre.lower() for centre in client.cost_centres],
    )


def _known_purchases(
    events: Iterable[Message], fleet: Iterable[DemoClient], today: date
) -> Iterator[Message]:
    """Yield the purchases, without those that a new client made before it was a client."""
    first = {
        centre.lower(): today - timedelta(days=client.purchases_since)
        for client in fleet
        if client.purchases_since is not None
        for centre in client.cost_centres
    }
    for event in events:
        data: Any = event.data
        if data.purchased_on >= first.get(data.client.lower(), date.min):
            yield event


def _units(events: list[Message]) -> list[ClientRegistered]:
    names: set[str] = {getattr(event.data, "client", "") for event in events}
    return [
        ClientRegistered(client=name, name=name, owner=OWNER_OF_THE_WHOLE, aliases=[])
        for name in sorted(names)
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
