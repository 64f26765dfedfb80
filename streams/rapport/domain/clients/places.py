"""Places of clients in the organisation: group, size, sector, roles, and the day of a review."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rapport.domain.calendar import day_number
from rapport_schemas.client import OrganisationDescribed


@dataclass(frozen=True, slots=True)
class Place:
    """A client's place in the organisation."""

    group: tuple[str, ...] = ()
    """What it is a part of, the greatest first."""
    size: int | None = None
    """How many people it has."""
    sector: str | None = None
    review_on: int | None = None
    """When the relationship is looked at again, as days since 1970-01-01."""
    roles: tuple[tuple[str, str], ...] = ()
    """Role, and the team that has it."""

    def is_in(self, group: str) -> bool:
        """Return whether a group is one of those that the client is a part of.

        >>> Place(("Care", "Clinic")).is_in("care"), Place().is_in("care")
        (True, False)
        """
        return folded(group) in map(folded, self.group)


NOWHERE = Place()
"""The place of a client without a description."""


@dataclass(slots=True)
class Places:
    """The places by client; a newer description replaces an older one."""

    _by_client: dict[str, Place] = field(default_factory=dict)
    changes: int = 0
    """How often a record was put."""

    def put(self, key: str, event: Any) -> None:
        """Add or replace a place; an event that withdraws it, or None, removes it."""
        self.changes += 1
        if isinstance(event, OrganisationDescribed):
            self._by_client[key] = place_of(event)
        else:
            self._by_client.pop(key, None)

    def of(self, client: str) -> Place:
        """Return the place of a client."""
        return self._by_client.get(client, NOWHERE)

    def items(self) -> Iterator[tuple[str, Place]]:
        """Yield each described client with its place."""
        return iter(self._by_client.items())

    def frozen(self) -> "Places":
        """Return a copy that later records do not change."""
        return Places(dict(self._by_client))


def place_of(event: OrganisationDescribed) -> Place:
    """Return the place that an event describes."""
    return Place(
        group=tuple(event.group),
        size=event.size,
        sector=event.sector,
        review_on=None if event.review_on is None else day_number(event.review_on),
        roles=tuple((one.role, one.held_by) for one in event.roles),
    )


def folded(name: str) -> str:
    """Return a name of a group as it is compared: without letter case and outer spaces."""
    return name.strip().casefold()
