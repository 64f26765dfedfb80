"""What was recorded of a client: for its page, and as JSON."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from rapport.domain.calendar import dated, day_number
from rapport.domain.clients.agreed_texts import AgreedText
from rapport.domain.desk.card import ClientCard, Promise, Recorded, client_card
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.links import shown_link
from rapport.language.desk import DeskSection, describe_sections, desk_sections
from rapport.language.language import Language
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient


class Note(NamedTuple):
    """Something that happened, as a person noted it."""

    day: int
    text: str


class DeskView:
    """Shows entries, with links to some hosts only."""

    def __init__(self, link_hosts: Collection[str] = ()) -> None:
        self._link_hosts = frozenset(link_hosts)

    def sections(
        self,
        entries: Iterable[DeskEntry],
        scored: ScoredClient,
        snapshot: FleetSnapshot,
        language: Language,
    ) -> list[DeskSection]:
        """Return the sections of a client's page."""
        card, agreed = client_card(entries, self._link_hosts), self._agreed(scored, snapshot)
        return _sections(card, agreed, scored, snapshot, language)

    def notes(self, entries: Iterable[DeskEntry]) -> list[Note]:
        """Return the notes for the timeline of a client's page."""
        recorded = client_card(entries).notes
        days = (day_number(date.fromisoformat(one.data["happened_on"])) for one in recorded)
        return [Note(day, one.data["text"]) for day, one in zip(days, recorded, strict=True)]

    def as_json(
        self,
        entries: Iterable[DeskEntry],
        scored: ScoredClient,
        snapshot: FleetSnapshot,
        language: Language,
    ) -> dict[str, Any]:
        """Return everything that was recorded of a client, the newest first, and its text."""
        card, agreed = client_card(entries, self._link_hosts), self._agreed(scored, snapshot)
        sections = _sections(card, agreed, scored, snapshot, language)
        return {
            "client": scored.client.id,
            "name": scored.client.name,
            "knowledge": {facet: _all(known) for facet, known in card.knowledge.items()},
            "agreed_texts": [_agreed_json(text, scored.health.day) for text in agreed],
            "promises": list(map(_promise, card.promises)),
            "actions": _all(card.actions),
            "plans": _all(card.plans),
            "notes": _all(card.notes),
            "acknowledgements": _all(card.acknowledgements),
            "text": describe_sections(sections),
        }

    def _agreed(self, scored: ScoredClient, snapshot: FleetSnapshot) -> list[AgreedText]:
        """Return the agreed texts for a client, with the links that may be shown."""
        texts = snapshot.organisation.agreed.of(scored.client.id, scored.health.day)
        return [replace(text, link=shown_link(text.link, self._link_hosts)) for text in texts]


def _sections(
    card: ClientCard,
    agreed: list[AgreedText],
    scored: ScoredClient,
    snapshot: FleetSnapshot,
    language: Language,
) -> list[DeskSection]:
    valid_days = snapshot.policy.knowledge.valid_days
    return desk_sections(card, scored.health.day, valid_days, language, agreed)


def _agreed_json(text: AgreedText, day: int) -> dict[str, Any]:
    return {
        "kind": text.kind,
        "client": text.client,
        "since": dated(text.since).isoformat(),
        "holds": text.since <= day,
        **text.parts,
        "link": text.link,
    }


def _all(some: Iterable[Recorded]) -> list[dict[str, Any]]:
    return list(map(_recorded, some))


def _recorded(one: Recorded) -> dict[str, Any]:
    return {
        "day": dated(one.entry.day).isoformat(),
        "entity": f"{one.entry.entity:016x}",
        "revision": one.entry.revision,
        "source": one.source,
        "event_id": one.event_id,
        "has_hidden_link": one.has_hidden_link,
        **one.data,
    }


def _promise(promise: Promise) -> dict[str, Any]:
    settled = None if promise.settled is None else _recorded(promise.settled)
    return {**_recorded(promise.made), "state": promise.state, "settled": settled}
