"""What was recorded of a client: for its page, and as JSON."""

from collections.abc import Collection, Iterable
from typing import Any

from rapport.domain.calendar import dated
from rapport.domain.desk.card import ClientCard, Promise, Recorded, client_card
from rapport.domain.desk.entries import DeskEntry
from rapport.language.desk import DeskSection, describe_sections, desk_sections
from rapport.language.language import Language
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient


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
        card = client_card(entries, self._link_hosts)
        return _sections(card, scored, snapshot, language)

    def as_json(
        self,
        entries: Iterable[DeskEntry],
        scored: ScoredClient,
        snapshot: FleetSnapshot,
        language: Language,
    ) -> dict[str, Any]:
        """Return everything that was recorded of a client, the newest first, and its text."""
        card = client_card(entries, self._link_hosts)
        sections = _sections(card, scored, snapshot, language)
        return {
            "client": scored.client.id,
            "name": scored.client.name,
            "knowledge": {facet: _all(known) for facet, known in card.knowledge.items()},
            "promises": list(map(_promise, card.promises)),
            "actions": _all(card.actions),
            "plans": _all(card.plans),
            "notes": _all(card.notes),
            "acknowledgements": _all(card.acknowledgements),
            "text": describe_sections(sections),
        }


def _sections(
    card: ClientCard, scored: ScoredClient, snapshot: FleetSnapshot, language: Language
) -> list[DeskSection]:
    valid_days = snapshot.policy.knowledge.valid_days
    return desk_sections(card, scored.health.day, valid_days, language)


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
